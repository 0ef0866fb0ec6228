"""Runs that one agent prepares and another approves or stops."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.payments.domain.cheque import Cheque
from services.payments.domain.draft_errors import (
    RunDecidedAlready,
    RunNotReady,
    RunUnderWay,
    SecondAgentNeeded,
    TwoAgentsNeeded,
)
from services.payments.domain.errors import NothingPayable, RunNotFound, RunOfAnotherClass
from services.payments.domain.run_rules import RunRules
from services.payments.handlers.access import AgentsOnly
from shared.clock import new_id
from shared.contracts.banking import DirectDepositChanged, DirectDepositWithdrawn
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import CloseRun, PaymentScheduled, RunApproved, StatementIssued
from shared.contracts.payments_runs import ActRecorded, ApproveRun, ListRunDates, ListRuns, StopRun
from shared.outbox import each
from tests.support.payments_builders import (
    FRIDAY,
    MONDAY,
    a_payable,
    agent,
    claim_adjudicated,
    file_of,
    member,
    readjudicated,
    settlement_of,
    some_id,
)
from tests.support.payments_desk import received
from tests.support.payments_memory import MemoryStorage
from tests.support.payments_runs_desk import ANNE, BRUNO, CLAIRE, RunDesk, run_desk

pytestmark = pytest.mark.req("PAY-8")


async def payable(desk: RunDesk, *amounts: int, enrolled: bool = True) -> list[ClaimAdjudicated]:
    """A claim each of as many members."""
    claims = [claim_adjudicated(benefit_cents=cents) for cents in amounts]
    await desk.adjudicated(*claims)
    if enrolled:
        await desk.enrol(*(claim.dossier_id for claim in claims))
    return claims


async def test_a_prepared_run_shows_what_it_is_going_to_pay_and_books_nothing() -> None:
    desk = run_desk()
    await payable(desk, 5_000, 7_000)
    await payable(desk, 900, enrolled=False)
    run = await desk.prepare()
    assert (run.state, run.prepared_by, run.agents) == ("prepared", ANNE.account_id, (ANNE.account_id,))
    assert (run.payees, run.claims, run.amount_cents, run.approvals_needed) == (2, 2, 12_000, 2)
    assert (run.carried_over_payees, run.carried_over_cents) == (1, 900)
    assert [payee.amount_cents for payee in run.largest] == [7_000, 5_000]
    ledger = await desk.ledger()
    assert ledger.balances == {"benefit_expense": 12_900, "payable": -12_900}
    assert ledger.payables_open_cents == 12_900
    assert desk.events(RunApproved) == []
    assert desk.events(PaymentScheduled) == []


@pytest.mark.req("PAY-1", "PAY-6")
async def test_another_agent_approves_and_the_run_goes_all_the_way() -> None:
    desk = run_desk()
    await payable(desk, 5_000, 7_000)
    run = await desk.prepare("run-1")
    approved = await desk.approve("run-1")
    assert (approved.state, approved.agents) == ("released", (ANNE.account_id, BRUNO.account_id))
    assert (approved.payable_on, approved.released_payees, approved.released_cents) == (MONDAY, 2, 12_000)
    (event,) = desk.events(RunApproved)
    assert (event.run_id, event.amount_cents, event.part, event.parts) == (run.run_id, 12_000, 1, 1)
    assert sorted(item.batch_number for item in event.items) == ["10000001", "10000002"]
    await desk.file_sent(file_of(event))
    await desk.settled(*(settlement_of(payment) for payment in desk.events(PaymentScheduled)))
    assert (await desk.run("run-1")).status == "settled"
    assert (await desk.ledger()).balances == {
        "benefit_expense": 12_000,
        "payable": 0,
        "in_transit": 0,
        "bank": -12_000,
    }


async def test_whoever_prepared_a_run_cannot_approve_it() -> None:
    desk = run_desk()
    await payable(desk, 5_000)
    await desk.prepare("run-1")
    with pytest.raises(SecondAgentNeeded) as refused:
        await desk.approve("run-1", by=ANNE)
    assert refused.value.code == "payments.second_agent_needed"
    assert (await desk.preview("run-1")).state == "prepared"
    assert desk.events(RunApproved) == []


async def test_an_approval_repeated_is_one_and_one_too_many_is_refused() -> None:
    desk = run_desk()
    await payable(desk, 5_000)
    await desk.prepare("run-1")
    once, again = await desk.approve("run-1"), await desk.approve("run-1")
    assert once == again
    with pytest.raises(RunDecidedAlready):
        await desk.approve("run-1", by=CLAIRE)
    assert len(desk.events(RunApproved)) == 1


async def test_with_one_approval_an_agent_closes_runs_alone() -> None:
    desk = run_desk(approvals=1)
    await payable(desk, 5_000)
    await desk.prepare("run-1")
    assert (await desk.approve("run-1", by=ANNE)).state == "released"


async def test_where_two_are_needed_nobody_closes_a_run_alone() -> None:
    desk = run_desk()
    await payable(desk, 5_000)
    handlers = desk.handlers
    close = handlers.close_run.func  # type: ignore[attr-defined]
    values = handlers.close_run.keywords | {"rules": RunRules(approvals=2)}  # type: ignore[attr-defined]
    with pytest.raises(TwoAgentsNeeded):
        await close(received(CloseRun(run_id="r", payee_class="member"), actor=ANNE), None, **values)


@pytest.mark.req("PAY-6", "PAY-7")
async def test_a_stopped_run_gives_everything_back_exactly_and_says_so() -> None:
    desk = run_desk(slice_payables=2)
    claims = await payable(desk, 5_000, 7_000, 400)
    await desk.adjudicated(readjudicated(claims[0], benefit_cents=4_000))
    before = await desk.ledger()
    await desk.prepare("run-1")
    stopped = await desk.stop("run-1")
    assert (stopped.state, stopped.stopped_by, stopped.stop_reason) == ("stopped", ANNE.account_id, "wrong fee guide")
    assert (stopped.given_back_payables, stopped.given_back_cents) == (4, 11_400)
    assert await desk.ledger() == before
    again = await desk.prepare("run-2")
    assert (again.payees, again.amount_cents) == (3, 11_400)
    with pytest.raises(RunDecidedAlready):
        await desk.approve("run-1")
    assert (await desk.stop("run-1")).state == "stopped"


async def test_an_approved_run_can_be_stopped_until_its_window_is_over() -> None:
    desk = run_desk(stop_window=timedelta(minutes=15))
    await payable(desk, 5_000)
    await desk.prepare("run-1")
    approved = await desk.approve("run-1")
    assert (approved.state, approved.release_at) == ("approved", FRIDAY + timedelta(minutes=15))
    await desk.driver.run_once()
    assert desk.events(RunApproved) == []
    assert (await desk.stop("run-1", by=CLAIRE)).given_back_cents == 5_000
    await desk.prepare("run-2")
    await desk.approve("run-2")
    desk.now += timedelta(minutes=15)
    await desk.driver.run_once()
    assert (await desk.preview("run-2")).state == "released"
    with pytest.raises(RunDecidedAlready):
        await desk.stop("run-2")


async def test_a_class_has_one_run_under_way_and_the_same_run_is_prepared_once() -> None:
    desk = run_desk()
    await payable(desk, 5_000)
    first = await desk.prepare("run-1")
    assert await desk.prepare("run-1", by=BRUNO) == first
    with pytest.raises(RunUnderWay):
        await desk.prepare("run-2")
    with pytest.raises(RunOfAnotherClass):
        await desk.prepare("run-1", payee_class="provider")
    with pytest.raises(NothingPayable):
        await desk.prepare(payee_class="provider")


async def test_a_run_without_anything_in_it_is_over_at_once() -> None:
    desk = run_desk()
    await payable(desk, 5_000, enrolled=False)
    with pytest.raises(NothingPayable):
        await desk.prepare("run-1")
    assert (await desk.preview("run-1")).state == "empty"
    with pytest.raises(RunDecidedAlready):
        await desk.approve("run-1")
    with pytest.raises(RunDecidedAlready):
        await desk.stop("run-1")


async def test_a_run_that_is_still_being_prepared_is_neither_approved_nor_stopped() -> None:
    desk = run_desk(slice_payables=1)
    await payable(desk, *range(100, 106))
    run = await desk.prepare("run-1")
    assert run.state == "preparing"
    with pytest.raises(RunNotReady):
        await desk.runs.approve_run(received(ApproveRun(run_id="run-1"), actor=BRUNO), desk.work())
    with pytest.raises(RunNotReady):
        await desk.runs.stop_run(received(StopRun(run_id="run-1", reason="late"), actor=ANNE), desk.work())
    await desk.driver.run_once()
    assert (await desk.preview("run-1")).state == "prepared"


async def test_payees_are_listed_page_by_page_with_what_is_done_about_them() -> None:
    desk = run_desk(minimum_cents=1_000)
    paid = await payable(desk, 5_000, 7_000)
    (small,) = await payable(desk, 999)
    (unknown,) = await payable(desk, 2_000, enrolled=False)
    (held,) = await payable(desk, 3_000)
    (owing,) = await payable(desk, 4_000)
    changed = DirectDepositChanged(
        payee_id=held.dossier_id,
        account_id=new_id(),
        former_account_id=new_id(),
        version=2,
        changed_at=FRIDAY,
        held_until=FRIDAY + timedelta(days=1),
    )
    await desk.tell(each(desk.handlers.on_direct_deposit_changed), changed)
    await desk.adjudicated(readjudicated(owing, benefit_cents=0))
    run = await desk.prepare("run-1")
    expected = {
        **dict.fromkeys((claim.dossier_id for claim in paid), "deposit"),
        small.dossier_id: "below_minimum",
        unknown.dossier_id: "no_deposit",
        held.dossier_id: "held",
        owing.dossier_id: "owes",
    }
    seen: dict[str, str] = {}
    after = None
    while True:
        page = await desk.payees("run-1", limit=2, after=after)
        seen |= {payee.payee_id: payee.outcome for payee in page.payees}
        after = page.next_after
        if after is None:
            break
    assert seen == expected
    assert [p.payee_id for p in (await desk.payees("run-1", outcome="held")).payees] == [held.dossier_id]
    assert {figures.outcome: figures.amount_cents for figures in run.outcomes} == {
        "deposit": 12_000,
        "below_minimum": 999,
        "no_deposit": 2_000,
        "held": 3_000,
        "owes": 0,
    }
    assert (run.carried_over_payees, run.carried_over_cents) == (3, 5_999)
    with pytest.raises(RunNotFound):
        await desk.payees("unknown")


@pytest.mark.req("PAY-1", "PAY-7")
async def test_what_is_below_the_minimum_is_carried_over_until_there_is_enough() -> None:
    desk = run_desk(minimum_cents=1_000)
    (claim,) = await payable(desk, 600)
    with pytest.raises(NothingPayable):
        await desk.prepare()
    await desk.adjudicated(claim_adjudicated(benefit_cents=500, dossier_id=claim.dossier_id))
    run = await desk.prepare()
    assert (run.payees, run.claims, run.amount_cents) == (1, 2, 1_100)


async def test_whoever_withdrew_since_is_left_out_and_gets_it_by_a_later_run() -> None:
    desk = run_desk()
    stays, leaves = await payable(desk, 5_000, 7_000)
    await desk.prepare("run-1")
    (known,) = (await desk.storage.payees.get_many([leaves.dossier_id], session=None)).values()
    withdrawn = DirectDepositWithdrawn(payee_id=leaves.dossier_id, account_id=known.account_ids[0], withdrawn_at=FRIDAY)
    await desk.tell(each(desk.handlers.on_direct_deposit_withdrawn), withdrawn)
    run = await desk.approve("run-1")
    assert (run.released_payees, run.released_cents) == (1, 5_000)
    assert (run.dropped_payees, run.dropped_cents) == (1, 7_000)
    (event,) = desk.events(RunApproved)
    assert [item.payee_id for item in event.items] == [stays.dossier_id]
    closed = await desk.run("run-1")
    assert (closed.payments, closed.carried_over_cents) == (1, 7_000)
    await desk.enrol(leaves.dossier_id)
    assert (await desk.prepare()).amount_cents == 7_000


@pytest.mark.req("PAY-1")
async def test_a_large_run_goes_out_in_parts_that_together_are_the_run() -> None:
    desk = run_desk(part_size=2, slice_payables=3)
    await payable(desk, *range(1_000, 1_007))
    await desk.prepare("run-1")
    await desk.driver.run_once()
    await desk.approve("run-1")
    events = desk.events(RunApproved)
    assert [(event.part, event.parts, len(event.items)) for event in events] == [
        (1, 4, 2),
        (2, 4, 2),
        (3, 4, 2),
        (4, 4, 1),
    ]
    assert sum(event.amount_cents for event in events) == sum(range(1_000, 1_007))
    numbers = [item.batch_number for event in events for item in event.items]
    assert numbers == [str(10_000_001 + index) for index in range(7)]
    assert (await desk.run("run-1")).payments == 7


@pytest.mark.req("PAY-5", "PAY-6")
async def test_payees_without_direct_deposit_go_to_the_cheque_register_where_that_is_set() -> None:
    desk = run_desk(cheques=True)
    await payable(desk, 5_000)
    (by_cheque,) = await payable(desk, 7_000, enrolled=False)
    await desk.prepare("run-1")
    await desk.approve("run-1")
    (cheque,) = await cheques_of(desk)
    assert (cheque.number, cheque.payee_id, cheque.amount_cents) == ("100001", by_cheque.dossier_id, 7_000)
    assert (cheque.status, cheque.issued_at) == ("issued", FRIDAY)
    assert [item.amount_cents for item in desk.events(RunApproved)[0].items] == [5_000]
    assert {event.payee_id: event.method for event in desk.events(PaymentScheduled)}[cheque.payee_id] == "cheque"
    assert [event.batch_number for event in desk.events(StatementIssued)] == [cheque.batch_number]
    statement = await desk.statement(cheque.batch_number, by_cheque.dossier_id)
    assert statement.amount_cents == 7_000
    assert (await desk.ledger()).balances == {
        "benefit_expense": 12_000,
        "payable": 0,
        "in_transit": -5_000,
        "cheques": -7_000,
    }


async def cheques_of(desk: RunDesk) -> Sequence[Cheque]:
    storage = desk.storage
    assert isinstance(storage, MemoryStorage)
    return await storage.cheques.list_of(None, before=None, limit=10)


@pytest.mark.req("PAY-5")
async def test_a_run_of_cheques_alone_asks_banking_for_nothing() -> None:
    desk = run_desk(cheques=True)
    await payable(desk, 5_000, enrolled=False)
    await desk.prepare("run-1")
    assert (await desk.approve("run-1")).state == "released"
    assert desk.events(RunApproved) == []
    assert (await desk.run("run-1")).payments == 1


@pytest.mark.req("PAY-1")
async def test_the_calendar_prepares_a_run_once_and_two_agents_are_needed_for_it() -> None:
    desk = run_desk()
    await payable(desk, 5_000)
    for _ in range(2):
        await desk.driver.run_once()
    run = await desk.preview("member-2026-11-20")
    assert (run.state, run.prepared_by, run.agents, run.amount_cents) == ("prepared", None, (), 5_000)
    assert (await desk.preview("provider-2026-11-09")).state == "empty"
    first = await desk.approve(run.run_id, by=ANNE)
    assert (first.state, first.agents) == ("prepared", (ANNE.account_id,))
    with pytest.raises(SecondAgentNeeded):
        await desk.approve(run.run_id, by=ANNE)
    assert (await desk.approve(run.run_id, by=BRUNO)).state == "released"


@pytest.mark.req("PAY-1")
async def test_the_calendar_waits_for_an_agents_run_of_the_same_class() -> None:
    desk = run_desk()
    await payable(desk, 5_000)
    await desk.prepare("run-1")
    await desk.driver.run_once()
    with pytest.raises(RunNotFound):
        await desk.preview("member-2026-11-20")
    await desk.stop("run-1")
    await desk.driver.run_once()
    assert (await desk.preview("member-2026-11-20")).amount_cents == 5_000


async def test_the_audit_hears_of_each_decision_once() -> None:
    desk = run_desk()
    await payable(desk, 5_000)
    await desk.prepare("run-1")
    await desk.stop("run-1")
    await desk.stop("run-1")
    await desk.prepare("run-2")
    await desk.approve("run-2")
    acts = [(act.details["what"], act.details["run_id"], act.account_id) for act in desk.events(ActRecorded)]
    assert acts == [
        ("payment_run_prepared", "run-1", ANNE.account_id),
        ("payment_run_stopped", "run-1", ANNE.account_id),
        ("payment_run_prepared", "run-2", ANNE.account_id),
        ("payment_run_approved", "run-2", BRUNO.account_id),
    ]


async def test_runs_are_for_agents_only() -> None:
    desk = run_desk()
    stranger = member(some_id("dossier"))
    for attempt in (desk.prepare("r", by=stranger), desk.approve("r", by=stranger), desk.stop("r", by=stranger)):
        with pytest.raises(AgentsOnly):
            await attempt
    for handler, query in (
        (desk.runs.list_runs, ListRuns()),
        (desk.runs.list_run_dates, ListRunDates()),
    ):
        with pytest.raises(AgentsOnly):
            await desk.asked(handler, query, by=stranger)
    for decision in (desk.approve, desk.stop):
        with pytest.raises(RunNotFound):
            await decision("unknown", by=agent())


@pytest.mark.req("PAY-1")
async def test_agents_see_the_coming_runs_and_the_last_ones() -> None:
    desk = run_desk()
    dates = (await desk.asked(desk.runs.list_run_dates, ListRunDates(limit=3))).dates
    assert [(date.payee_class, date.day.isoformat()) for date in dates] == [
        ("member", "2026-11-23"),
        ("provider", "2026-11-23"),
        ("member", "2026-11-24"),
    ]
    await payable(desk, 5_000)
    run = await desk.prepare("run-1")
    (listed,) = (await desk.asked(desk.runs.list_runs, ListRuns())).runs
    assert listed.model_copy(update={"largest": run.largest}) == run


def test_recoveries_are_netted_in_the_order_of_the_claims() -> None:
    """The domain alone: a payee with a recovery is paid the difference, and one batch."""
    rules = RunRules()
    payables = [a_payable(payee_id="one", amount_cents=cents) for cents in (1_000, -300)]
    later = replace(payables[0], claim_id="later", opened_at=FRIDAY + timedelta(days=1))
    (batch,) = rules.sort_out("run", [later, *payables], {}, at=FRIDAY)
    assert (batch.outcome, batch.amount_cents, batch.claims) == ("no_deposit", 1_700, 3)
