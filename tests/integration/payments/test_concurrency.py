"""Processes side by side on one database: nothing is paid twice, nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import pytest

from services.payments.domain.errors import NothingPayable
from services.payments.storage import SCHEMA, Storage
from shared.contracts.payments import PaymentScheduled, PaymentSettled, RunApproved, RunView, StatementIssued
from shared.mongo import Database, DuplicateKey
from shared.schema import Schema
from tests.support.payments_builders import claim_adjudicated, file_of, readjudicated, settlement_of, some_id
from tests.support.payments_desk import Desk

MakeDatabase = Callable[[Schema], Awaitable[Database]]
PROCESSES = 4


@pytest.fixture
async def desks(make_database: MakeDatabase) -> list[Desk]:
    """Processes of the service, each with its own handlers, on the same database."""
    database = await make_database(SCHEMA)
    return [Desk.over(Storage(database), database) for _ in range(PROCESSES)]


async def closed(desk: Desk, run_id: str | None = None) -> RunView | None:
    try:
        return await desk.close_run(run_id)
    except NothingPayable:
        return None


def scheduled_by(desks: Sequence[Desk]) -> list[PaymentScheduled]:
    return [event for desk in desks for event in desk.events(PaymentScheduled)]


@pytest.mark.req("PAY-1", "PAY-7")
async def test_four_runs_closed_at_once_take_each_payable_once(desks: list[Desk]) -> None:
    dossiers = [some_id("dossier") for _ in range(20)]
    claims = [claim_adjudicated(benefit_cents=100, dossier_id=dossier) for dossier in dossiers for _ in range(5)]
    await desks[0].adjudicated(*claims)
    await desks[0].enrol(*dossiers)
    runs = await asyncio.gather(*(closed(desk) for desk in desks))
    assert [run.amount_cents for run in runs if run is not None] == [10_000]
    scheduled = scheduled_by(desks)
    paid = Counter(claim_id for event in scheduled for claim_id in event.claim_ids)
    assert paid == Counter(claim.claim_id for claim in claims)
    assert sorted(event.batch_number for event in scheduled) == [str(10_000_001 + index) for index in range(20)]
    ledger = await desks[0].ledger()
    assert ledger.balances == {"benefit_expense": 10_000, "payable": 0, "in_transit": -10_000}


@pytest.mark.req("PAY-1", "PAY-7")
async def test_runs_closed_while_claims_arrive_pay_each_of_them_once(desks: list[Desk]) -> None:
    dossiers = [some_id("dossier") for _ in range(5)]
    claims = [claim_adjudicated(benefit_cents=100, dossier_id=dossier) for dossier in dossiers for _ in range(8)]
    await desks[0].enrol(*dossiers)
    await desks[0].adjudicated(claims[0])
    arrivals = (desks[0].adjudicated(*claims[start : start + 5]) for start in range(0, len(claims), 5))
    await asyncio.gather(*arrivals, *(closed(desk) for desk in desks[1:]))
    await closed(desks[1])
    paid = Counter(claim_id for event in scheduled_by(desks) for claim_id in event.claim_ids)
    assert paid == Counter(claim.claim_id for claim in claims)
    ledger = await desks[0].ledger()
    assert (ledger.sum_cents, ledger.payables_open_cents) == (0, 0)
    assert ledger.balances["in_transit"] == -4_000


@pytest.mark.req("PAY-1")
async def test_the_same_run_closed_at_once_by_all_is_one_run(desks: list[Desk]) -> None:
    claim = claim_adjudicated()
    await desks[0].adjudicated(claim)
    await desks[0].enrol(claim.dossier_id)
    runs = await asyncio.gather(*(desk.close_run("run-1") for desk in desks))
    assert runs == [runs[0]] * PROCESSES
    assert runs[0].status == "approved"
    assert len(scheduled_by(desks)) == 1
    assert sum(len(desk.events(RunApproved)) for desk in desks) == 1


@pytest.mark.req("PAY-1")
async def test_runs_of_both_classes_share_the_batch_numbers(desks: list[Desk]) -> None:
    claim = claim_adjudicated()
    await desks[0].adjudicated(claim)
    await desks[0].enrol(claim.dossier_id)
    with pytest.raises(NothingPayable):
        await desks[0].close_run(payee_class="provider")
    await desks[0].close_run()
    assert [event.batch_number for event in scheduled_by(desks)] == ["10000001"]


@pytest.mark.req("PAY-6", "PAY-7")
async def test_the_same_claims_handled_by_all_at_once_are_booked_once(desks: list[Desk]) -> None:
    claims = [claim_adjudicated(benefit_cents=100) for _ in range(50)]
    outcomes = await asyncio.gather(*(desk.adjudicated(*claims) for desk in desks), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {type(None), DuplicateKey}
    assert None in outcomes
    ledger = await desks[0].ledger()
    assert ledger.balances == {"benefit_expense": 5_000, "payable": -5_000}
    assert ledger.postings == 100


@pytest.mark.req("PAY-7")
async def test_versions_of_a_claim_handled_at_once_add_up_to_the_newest(desks: list[Desk]) -> None:
    versions = [claim_adjudicated(benefit_cents=1_000)]
    for benefit_cents in (7_000, 3_000, 5_000):
        versions.append(readjudicated(versions[-1], benefit_cents=benefit_cents))
    pending = list(zip(desks, versions, strict=True))
    while pending:
        outcomes = await asyncio.gather(*(d.adjudicated(v) for d, v in pending), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {type(None), DuplicateKey}
        pending = [pair for pair, outcome in zip(pending, outcomes, strict=True) if outcome is not None]
    ledger = await desks[0].ledger()
    assert ledger.balances == {"benefit_expense": 5_000, "payable": -5_000}
    assert ledger.payables_open_cents == 5_000


@pytest.mark.req("PAY-3", "PAY-6", "PAY-7")
async def test_a_file_and_its_settlements_delivered_to_all_at_once_count_once(desks: list[Desk]) -> None:
    claims = [claim_adjudicated(benefit_cents=100) for _ in range(10)]
    await desks[0].adjudicated(*claims)
    await desks[0].enrol(*(claim.dossier_id for claim in claims))
    await desks[0].close_run()
    file = file_of(desks[0].events(RunApproved)[0])
    await asyncio.gather(*(desk.file_sent(file) for desk in desks))
    assert sum(len(desk.events(StatementIssued)) for desk in desks) == 10
    settlements = [settlement_of(event) for event in scheduled_by(desks)]
    await asyncio.gather(*(desk.settled(*settlements) for desk in desks))
    assert sum(len(desk.events(PaymentSettled)) for desk in desks) == 10
    ledger = await desks[0].ledger()
    assert ledger.balances == {"benefit_expense": 1_000, "payable": 0, "in_transit": 0, "bank": -1_000}
    assert ledger.sum_cents == 0


@pytest.mark.req("PAY-1", "PAY-3")
async def test_a_run_of_thousands_goes_all_the_way(desks: list[Desk]) -> None:
    desk, payees, claims_each = desks[0], 1_000, 3
    claims = [
        claim_adjudicated(benefit_cents=100, dossier_id=f"dossier-{payee}")
        for payee in range(payees)
        for _ in range(claims_each)
    ]
    for start in range(0, len(claims), 500):
        await desk.adjudicated(*claims[start : start + 500])
    await desk.enrol(*(f"dossier-{payee}" for payee in range(payees)))
    run = await desk.close_run()
    assert (run.payments, run.claims, run.amount_cents) == (payees, payees * claims_each, 300_000)
    await desk.file_sent()
    await desk.settled(*(settlement_of(event) for event in desk.events(PaymentScheduled)))
    assert len(desk.events(StatementIssued)) == payees
    assert (await desk.run(run.run_id)).status == "settled"
    ledger = await desk.ledger()
    assert ledger.balances == {"benefit_expense": 300_000, "payable": 0, "in_transit": 0, "bank": -300_000}
