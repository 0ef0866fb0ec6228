from datetime import date
from typing import Any

import pytest

from services.payments.domain.claim_version import ContradictoryVersion
from services.payments.domain.errors import (
    Contradiction,
    NothingPayable,
    NotSentYet,
    PaymentUnknown,
    RunOfAnotherClass,
)
from services.payments.handlers.access import AgentsOnly
from shared.contracts.banking import DepositItem
from shared.contracts.payments import (
    CheckLedger,
    CloseRun,
    GetRun,
    PaymentScheduled,
    PaymentSent,
    PaymentSettled,
    RunApproved,
    StatementIssued,
)
from shared.errors import NotFound
from shared.outbox import each
from tests.support.payments_builders import (
    FRIDAY,
    MONDAY,
    claim_adjudicated,
    enrolled,
    file_of,
    member,
    readjudicated,
    settlement_of,
    some_id,
)
from tests.support.payments_desk import Desk, memory_desk, paid_batch


@pytest.fixture
def desk() -> Desk:
    return memory_desk()


@pytest.mark.req("PAY-6")
async def test_an_adjudicated_claim_is_owed_to_its_dossier(desk: Desk) -> None:
    await desk.adjudicated(claim_adjudicated(benefit_cents=8_000), claim_adjudicated(benefit_cents=0))
    ledger = await desk.ledger()
    assert ledger.balances == {"benefit_expense": 8_000, "payable": -8_000}
    assert (ledger.sum_cents, ledger.unbalanced_transfers, ledger.payables_open_cents) == (0, 0, 8_000)
    assert ledger.postings == 2


@pytest.mark.req("PAY-7")
async def test_a_redelivered_claim_version_is_booked_once(desk: Desk) -> None:
    event = claim_adjudicated(benefit_cents=8_000)
    await desk.adjudicated(event, event)
    await desk.adjudicated(event)
    assert (await desk.ledger()).payables_open_cents == 8_000


@pytest.mark.req("PAY-7")
async def test_versions_of_a_claim_in_one_delivery_book_their_differences(desk: Desk) -> None:
    first = claim_adjudicated(benefit_cents=5_000)
    second = readjudicated(first, benefit_cents=8_000)
    await desk.adjudicated(first, second, first, readjudicated(second, benefit_cents=6_000))
    ledger = await desk.ledger()
    assert ledger.balances == {"benefit_expense": 6_000, "payable": -6_000}
    assert ledger.payables_open_cents == 6_000


@pytest.mark.req("PAY-7")
async def test_a_version_that_arrives_after_its_successor_is_ignored(desk: Desk) -> None:
    first = claim_adjudicated(benefit_cents=5_000)
    await desk.adjudicated(readjudicated(first, benefit_cents=8_000))
    await desk.adjudicated(first)
    assert (await desk.ledger()).payables_open_cents == 8_000


@pytest.mark.req("PAY-7")
async def test_the_same_version_with_another_benefit_is_refused_for_a_person_to_look_at(desk: Desk) -> None:
    event = claim_adjudicated(benefit_cents=5_000)
    await desk.adjudicated(event)
    with pytest.raises(ContradictoryVersion):
        await desk.adjudicated(event.model_copy(update={"benefit_cents": 9_000}))
    assert (await desk.ledger()).payables_open_cents == 5_000


@pytest.mark.req("PAY-1")
async def test_a_run_pays_enrolled_payees_in_numbered_batches(desk: Desk) -> None:
    one, two = some_id("dossier"), some_id("dossier")
    claims = [claim_adjudicated(benefit_cents=cents, dossier_id=d) for d, cents in ((one, 100), (two, 250), (one, 50))]
    await desk.adjudicated(*claims, claim_adjudicated(benefit_cents=999))
    await desk.enrol(one, two)
    run = await desk.close_run("run-1")
    assert (run.status, run.payments, run.claims, run.amount_cents) == ("approved", 2, 3, 400)
    assert (run.carried_over_payees, run.carried_over_cents) == (1, 999)
    assert (run.payable_on, run.closed_at) == (MONDAY, FRIDAY)
    scheduled = desk.events(PaymentScheduled)
    assert [event.batch_number for event in scheduled] == ["10000001", "10000002"]
    assert {e.payee_id: (e.amount_cents, set(e.claim_ids)) for e in scheduled} == {
        one: (150, {claims[0].claim_id, claims[2].claim_id}),
        two: (250, {claims[1].claim_id}),
    }
    assert all(event.payable_on == MONDAY and event.scheduled_at == FRIDAY for event in scheduled)


@pytest.mark.req("PAY-1", "PAY-6")
async def test_closing_a_run_asks_banking_once_and_puts_the_money_in_transit(desk: Desk) -> None:
    claim = claim_adjudicated(benefit_cents=8_000)
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)
    await desk.close_run("run-1")
    (approved,), (scheduled,) = desk.events(RunApproved), desk.events(PaymentScheduled)
    assert (approved.run_id, approved.payable_on, approved.amount_cents) == ("run-1", MONDAY, 8_000)
    assert [(i.payment_id, i.payee_id, i.batch_number, i.amount_cents) for i in approved.items] == [
        (scheduled.payment_id, claim.dossier_id, "10000001", 8_000)
    ]
    ledger = await desk.ledger()
    assert ledger.balances == {"benefit_expense": 8_000, "payable": 0, "in_transit": -8_000}
    assert ledger.payables_open_cents == 0


@pytest.mark.req("PAY-1", "PAY-7")
async def test_closing_a_run_again_answers_with_the_same_run(desk: Desk) -> None:
    await paid_batch(desk, claim_adjudicated())
    run_id = desk.events(RunApproved)[0].run_id
    await desk.adjudicated(claim_adjudicated())
    published = list(desk.published)
    again = await desk.close_run(run_id)
    assert (again.run_id, again.status, again.settled_payments) == (run_id, "settled", 1)
    assert desk.published == published


async def test_a_run_id_of_the_other_class_is_a_conflict(desk: Desk) -> None:
    claim = claim_adjudicated()
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)
    await desk.close_run("run-1")
    with pytest.raises(RunOfAnotherClass):
        await desk.close_run("run-1", payee_class="provider")


@pytest.mark.req("PAY-1")
async def test_a_run_with_nothing_payable_is_rejected_and_its_id_stays_free(desk: Desk) -> None:
    claim = claim_adjudicated()
    await desk.adjudicated(claim)
    with pytest.raises(NothingPayable) as refusal:
        await desk.close_run("run-1")
    assert refusal.value.code == "payments.nothing_payable"
    await desk.enrol(claim.dossier_id)
    assert (await desk.close_run("run-1")).payments == 1


@pytest.mark.req("PAY-1")
async def test_a_run_stops_at_its_limit_and_the_next_one_goes_on() -> None:
    desk = memory_desk(run_max_batches=2)
    claims = [claim_adjudicated(benefit_cents=100) for _ in range(3)]
    await desk.adjudicated(*claims)
    await desk.enrol(*(claim.dossier_id for claim in claims))
    first, second = await desk.close_run(), await desk.close_run()
    assert (first.payments, first.carried_over_payees, first.carried_over_cents) == (2, 1, 100)
    assert (second.payments, second.carried_over_payees) == (1, 0)
    assert desk.events(PaymentScheduled)[-1].batch_number == "10000003"


@pytest.mark.req("PAY-7")
async def test_a_recovery_is_deducted_from_the_next_batch_and_shown_on_its_statement(desk: Desk) -> None:
    first = claim_adjudicated(benefit_cents=8_000)
    await paid_batch(desk, first)
    other = claim_adjudicated(benefit_cents=9_000, dossier_id=first.dossier_id)
    await desk.adjudicated(readjudicated(first, benefit_cents=5_000))
    with pytest.raises(NothingPayable):
        await desk.close_run()
    await paid_batch(desk, other)
    assert desk.events(PaymentSettled)[-1].amount_cents == 6_000
    statement = await desk.statement("10000002", first.dossier_id)
    assert {c.claim_number: (c.version, c.benefit_cents, c.previously_cents) for c in statement.claims} == {
        first.claim_number: (2, 5_000, 8_000),
        other.claim_number: (1, 9_000, 0),
    }
    assert statement.amount_cents == 6_000
    assert (await desk.ledger()).balances == {
        "benefit_expense": 14_000,
        "payable": 0,
        "in_transit": 0,
        "bank": -14_000,
    }


@pytest.mark.req("PAY-3")
async def test_sending_the_file_marks_the_batches_and_issues_their_statements(desk: Desk) -> None:
    claim = claim_adjudicated(benefit_cents=8_000)
    await desk.adjudicated(claim)
    (enrolment,) = await desk.enrol(claim.dossier_id)
    run = await desk.close_run()
    file = await desk.file_sent()
    (sent,), (issued,) = desk.events(PaymentSent), desk.events(StatementIssued)
    assert (sent.batch_number, sent.account_ids, sent.file_number) == ("10000001", (enrolment.account_id,), 17)
    assert (sent.amount_cents, sent.payable_on, sent.sent_at) == (8_000, MONDAY, FRIDAY)
    assert sent.claim_ids == (claim.claim_id,)
    assert (issued.batch_number, issued.payee_id, issued.claim_ids) == (
        "10000001",
        claim.dossier_id,
        (claim.claim_id,),
    )
    view = await desk.run(run.run_id)
    assert (view.status, view.file_number, view.file_name, view.file_sha256) == (
        "sent",
        file.file_number,
        file.file_name,
        file.sha256,
    )


@pytest.mark.req("PAY-3")
async def test_a_statement_shows_every_line_of_the_version_that_was_paid(desk: Desk) -> None:
    first = claim_adjudicated(benefit_cents=8_000)
    await desk.adjudicated(first)
    await desk.enrol(first.dossier_id)
    await desk.close_run()
    await desk.adjudicated(readjudicated(first, benefit_cents=9_500))
    await desk.file_sent()
    statement = await desk.statement("10000001", first.dossier_id)
    (claim,) = statement.claims
    assert (statement.amount_cents, claim.benefit_cents, claim.version) == (8_000, 8_000, 1)
    assert (claim.claim_number, claim.person_id, claim.claim_type) == (
        first.claim_number,
        first.person_id,
        first.claim_type,
    )
    assert [line.model_dump(exclude={"reasons"}) for line in claim.lines] == [line.model_dump() for line in first.lines]


@pytest.mark.req("PAY-3", "PAY-7")
async def test_two_versions_in_one_batch_are_one_claim_on_its_statement(desk: Desk) -> None:
    first = claim_adjudicated(benefit_cents=5_000)
    await paid_batch(desk, first, readjudicated(first, benefit_cents=8_000))
    statement = await desk.statement("10000001", first.dossier_id)
    assert [(c.version, c.benefit_cents, c.previously_cents) for c in statement.claims] == [(2, 8_000, 0)]
    assert desk.events(PaymentScheduled)[0].claim_ids == (first.claim_id,)


@pytest.mark.req("PAY-7")
async def test_a_redelivered_file_or_settlement_changes_nothing(desk: Desk) -> None:
    await paid_batch(desk, claim_adjudicated())
    published, ledger = list(desk.published), await desk.ledger()
    await desk.file_sent()
    settlement = settlement_of(desk.events(PaymentScheduled)[0])
    await desk.settled(settlement, settlement)
    assert desk.published == published
    assert await desk.ledger() == ledger


@pytest.mark.req("PAY-6")
async def test_a_settlement_books_the_money_out_of_the_bank(desk: Desk) -> None:
    claim = claim_adjudicated(benefit_cents=8_000)
    await paid_batch(desk, claim)
    (settled,) = desk.events(PaymentSettled)
    assert (settled.amount_cents, settled.claim_ids, settled.settled_on) == (8_000, (claim.claim_id,), MONDAY)
    ledger = await desk.ledger()
    assert ledger.balances == {"benefit_expense": 8_000, "payable": 0, "in_transit": 0, "bank": -8_000}
    assert ledger.sum_cents == 0


async def test_a_run_counts_its_settlements_until_all_are_there(desk: Desk) -> None:
    claims = [claim_adjudicated() for _ in range(2)]
    await desk.adjudicated(*claims)
    await desk.enrol(*(claim.dossier_id for claim in claims))
    run_id = (await desk.close_run()).run_id
    await desk.file_sent()
    for scheduled, expected in zip(desk.events(PaymentScheduled), [("sent", 1), ("settled", 2)], strict=True):
        await desk.settled(settlement_of(scheduled))
        view = await desk.run(run_id)
        assert (view.status, view.settled_payments) == expected


async def test_a_settlement_that_overtakes_the_file_is_tried_later(desk: Desk) -> None:
    claim = claim_adjudicated()
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)
    await desk.close_run()
    with pytest.raises(NotSentYet):
        await desk.settled(settlement_of(desk.events(PaymentScheduled)[0]))


@pytest.mark.req("PAY-6")
async def test_banking_cannot_settle_another_amount_or_an_unknown_payment(desk: Desk) -> None:
    claim = claim_adjudicated(benefit_cents=8_000)
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)
    await desk.close_run()
    await desk.file_sent()
    scheduled = desk.events(PaymentScheduled)[0]
    with pytest.raises(Contradiction):
        await desk.settled(settlement_of(scheduled, amount_cents=7_999))
    with pytest.raises(PaymentUnknown):
        await desk.settled(settlement_of(scheduled, payment_id="unknown"))
    assert "bank" not in (await desk.ledger()).balances


def another_file(approved: RunApproved) -> dict[str, Any]:
    return {"file_number": 18}


def another_amount(approved: RunApproved) -> dict[str, Any]:
    return {"items": (DepositItem(payment_id=approved.items[0].payment_id, amount_cents=1),)}


def another_run(approved: RunApproved) -> dict[str, Any]:
    return {"run_id": "another"}


@pytest.mark.req("PAY-6")
@pytest.mark.parametrize("difference", [another_file, another_amount, another_run])
async def test_a_file_that_contradicts_the_run_is_refused(desk: Desk, difference: Any) -> None:
    await paid_batch(desk, claim_adjudicated())
    approved = desk.events(RunApproved)[0]
    published = list(desk.published)
    with pytest.raises(Contradiction):
        await desk.file_sent(file_of(approved, **difference(approved)))
    assert desk.published == published


async def test_a_file_with_an_unknown_payment_is_tried_later(desk: Desk) -> None:
    await paid_batch(desk, claim_adjudicated())
    unknown = (DepositItem(payment_id="unknown", amount_cents=1),)
    with pytest.raises(PaymentUnknown):
        await desk.file_sent(file_of(desk.events(RunApproved)[0], items=unknown))


async def test_every_account_that_enrolled_a_payee_is_told(desk: Desk) -> None:
    claim = claim_adjudicated()
    await desk.adjudicated(claim)
    for account_id in ("first", "second", "first"):
        event = enrolled(claim.dossier_id, account_id=account_id)
        await desk.tell(each(desk.handlers.on_direct_deposit_enrolled), event)
    await desk.close_run()
    await desk.file_sent()
    assert desk.events(PaymentSent)[0].account_ids == ("first", "second")


@pytest.mark.req("PAY-2")
async def test_payments_are_listed_newest_first_page_by_page(desk: Desk) -> None:
    dossier_id = some_id("dossier")
    for _ in range(3):
        await paid_batch(desk, claim_adjudicated(benefit_cents=100, dossier_id=dossier_id))
    await paid_batch(desk, claim_adjudicated())
    first = await desk.payments_of(dossier_id, limit=2)
    assert [p.batch_number for p in first.payments] == ["10000003", "10000002"]
    rest = await desk.payments_of(dossier_id, limit=2, before=first.next_before)
    assert [p.batch_number for p in rest.payments] == ["10000001"]
    assert rest.next_before is None
    payment = rest.payments[0]
    assert (payment.claims, payment.amount_cents, payment.status, payment.payable_on) == (1, 100, "settled", MONDAY)
    assert (payment.scheduled_at, payment.sent_at, payment.settled_on) == (FRIDAY, FRIDAY, date(2026, 11, 23))


@pytest.mark.req("PAY-2")
async def test_a_page_that_ends_with_the_last_payment_has_no_cursor(desk: Desk) -> None:
    dossier_id = some_id("dossier")
    await paid_batch(desk, claim_adjudicated(dossier_id=dossier_id))
    assert (await desk.payments_of(dossier_id, limit=1)).next_before is None


@pytest.mark.req("PAY-3")
async def test_a_statement_of_somebody_else_is_not_found(desk: Desk) -> None:
    await paid_batch(desk, claim_adjudicated())
    for dossier_id in (some_id("dossier"), None):
        with pytest.raises(NotFound):
            await desk.statement("10000001", dossier_id)
    with pytest.raises(NotFound):
        await desk.payments_of(None)


@pytest.mark.req("PAY-3")
async def test_a_statement_is_not_there_before_the_batch_is_sent(desk: Desk) -> None:
    claim = claim_adjudicated()
    await desk.adjudicated(claim)
    await desk.enrol(claim.dossier_id)
    await desk.close_run()
    with pytest.raises(NotFound):
        await desk.statement("10000001", claim.dossier_id)


async def test_an_unknown_run_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.run("unknown")


async def test_runs_and_ledger_are_for_agents_only(desk: Desk) -> None:
    caller = member(some_id("dossier"))
    with pytest.raises(AgentsOnly):
        await desk.tell(each(desk.handlers.close_run), CloseRun(run_id="r", payee_class="member"), actor=caller)
    with pytest.raises(AgentsOnly):
        await desk.ask(desk.handlers.get_run, GetRun(run_id="r"), actor=caller)
    with pytest.raises(AgentsOnly):
        await desk.ask(desk.handlers.check_ledger, CheckLedger(), actor=caller)
