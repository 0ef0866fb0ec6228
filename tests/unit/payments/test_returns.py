"""BNK-5, PAY-5, PAY-6: what came back is booked once, owed again, and paid anew once."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.payments.domain.errors import (
    AlreadyReissued,
    ChequeAlreadyDecided,
    ChequeNotFound,
    Contradiction,
    DetailsNotChanged,
    NoDirectDeposit,
    NothingPayable,
    NotSentYet,
    NotSettledYet,
    PayeeHeld,
    PaymentUnknown,
    ReturnedPaymentNotFound,
)
from services.payments.handlers.access import AgentsOnly
from shared.contracts.banking import DirectDepositWithdrawn
from shared.contracts.payments import PaymentScheduled, PaymentSent, PaymentSettled, RunApproved, StatementIssued
from shared.contracts.payments_returns import (
    BankDetailsConfirmed,
    ListCheques,
    ListReturnedPayments,
    PaymentReturned,
    ReissuePayment,
    ReturnsActRecorded,
)
from shared.outbox import each
from tests.support.payments_builders import FRIDAY, claim_adjudicated, file_of, member, settlement_of, some_id
from tests.support.payments_returns_desk import WEDNESDAY, ReturnsDesk, details_changed, returned


@pytest.fixture
def office() -> ReturnsDesk:
    return ReturnsDesk.in_memory()


@pytest.mark.req("BNK-5", "PAY-6", "SUB-1")
async def test_a_settled_payment_that_comes_back_is_owed_again_and_said_so(office: ReturnsDesk) -> None:
    first, _ = await office.paid(700, 300)
    await office.came_back(returned(first))
    assert await office.balances() == {"benefit_expense": 1_000, "bank": -300, "returned": -700}
    (event,) = office.desk.events(PaymentReturned)
    assert (event.payment_id, event.batch_number, event.amount_cents) == (first.payment_id, first.batch_number, 700)
    assert (event.claim_ids, event.reason_code, event.returned_on) == (first.claim_ids, 905, WEDNESDAY)
    assert len(event.account_ids) == 1
    assert event.public
    (shown,) = (await office.desk.payments_of(first.payee_id)).payments
    assert (shown.status, shown.settled_on is not None, shown.returned_on) == ("returned", True, WEDNESDAY)


@pytest.mark.req("PAY-6")
async def test_a_payment_that_comes_back_before_it_was_settled_leaves_the_transit(office: ReturnsDesk) -> None:
    claim = claim_adjudicated(benefit_cents=500)
    await office.desk.adjudicated(claim)
    await office.desk.enrol(claim.dossier_id)
    await office.desk.close_run()
    (payment,) = office.desk.events(PaymentScheduled)
    with pytest.raises(NotSentYet):
        await office.came_back(returned(payment, was_settled=False))
    await office.desk.file_sent()
    with pytest.raises(NotSettledYet):
        await office.came_back(returned(payment))
    await office.came_back(returned(payment, was_settled=False))
    assert await office.balances() == {"benefit_expense": 500, "returned": -500}


@pytest.mark.req("BNK-5", "PAY-7")
async def test_a_return_told_twice_is_booked_once_and_a_late_settlement_changes_nothing(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.came_back(returned(payment))
    await office.came_back(returned(payment))
    await office.desk.settled(settlement_of(payment))
    assert len(office.desk.events(PaymentReturned)) == 1
    assert await office.balances() == {"benefit_expense": 700, "returned": -700}


@pytest.mark.req("BNK-5")
async def test_a_return_of_another_amount_or_of_nobodys_payment_is_not_booked(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    with pytest.raises(Contradiction):
        await office.came_back(returned(payment, amount_cents=701))
    with pytest.raises(PaymentUnknown):
        await office.came_back(returned(payment, payment_id=some_id("payment")))
    assert await office.balances() == {"benefit_expense": 700, "bank": -700}


@pytest.mark.req("BNK-5")
async def test_nothing_more_is_paid_to_flagged_details_until_they_change(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.came_back(returned(payment))
    await office.desk.adjudicated(claim_adjudicated(benefit_cents=50, dossier_id=payment.payee_id))
    with pytest.raises(NothingPayable):
        await office.desk.close_run()
    await office.changed(details_changed(payment.payee_id))
    assert (await office.desk.close_run()).amount_cents == 50


@pytest.mark.req("BNK-5")
async def test_a_change_that_is_told_before_the_return_of_the_old_details_leaves_no_flag(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.changed(details_changed(payment.payee_id))
    await office.came_back(returned(payment))
    assert (await office.reissue(payment.batch_number)).reissue.status == "scheduled"


@pytest.mark.req("BNK-5", "PAY-6", "PAY-7")
async def test_a_returned_payment_is_deposited_anew_once_its_details_changed(office: ReturnsDesk) -> None:
    payment, _ = await office.paid(700, 300)
    await office.came_back(returned(payment))
    with pytest.raises(DetailsNotChanged):
        await office.reissue(payment.batch_number)
    await office.changed(details_changed(payment.payee_id))
    view = await office.reissue(payment.batch_number)
    assert await office.balances() == {"benefit_expense": 1_000, "bank": -300, "in_transit": -700}
    scheduled, approved = office.desk.events(PaymentScheduled)[-1], office.desk.events(RunApproved)[-1]
    assert (scheduled.reissue_of, scheduled.claim_ids) == (payment.payment_id, payment.claim_ids)
    assert (scheduled.batch_number, scheduled.run_id) == (view.reissue.batch_number, approved.run_id)
    assert [(item.payment_id, item.amount_cents) for item in approved.items] == [(scheduled.payment_id, 700)]
    assert view.reissue.batch_number > payment.batch_number
    await office.reissue_settled()
    assert await office.balances() == {"benefit_expense": 1_000, "bank": -1_000}
    assert [one.reissue_of for one in office.desk.events(PaymentSent)[-1:]] == [payment.payment_id]
    statement = await office.desk.statement(view.reissue.batch_number, payment.payee_id)
    assert (statement.amount_cents, len(statement.claims)) == (700, 1)
    assert not office.desk.events(BankDetailsConfirmed)


@pytest.mark.req("BNK-3", "BNK-5")
async def test_a_deposit_waits_for_the_hold_after_a_change_and_a_cheque_does_not(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.came_back(returned(payment))
    await office.changed(details_changed(payment.payee_id, held_until=FRIDAY + timedelta(hours=1)))
    with pytest.raises(PayeeHeld):
        await office.reissue(payment.batch_number, confirmed=True)
    assert (await office.reissue(payment.batch_number, "cheque")).reissue.method == "cheque"


@pytest.mark.req("BNK-5", "OPS-7")
async def test_an_agent_may_say_that_the_details_are_right(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.came_back(returned(payment))
    await office.reissue(payment.batch_number, confirmed=True)
    assert [event.payee_id for event in office.desk.events(BankDetailsConfirmed)] == [payment.payee_id]
    (act,) = office.desk.events(ReturnsActRecorded)
    assert (act.act, act.about, act.details["details"]) == ("payment_reissued", payment.payee_id, "confirmed")
    await office.desk.adjudicated(claim_adjudicated(benefit_cents=50, dossier_id=payment.payee_id))
    assert (await office.desk.close_run()).amount_cents == 50


@pytest.mark.req("PAY-7")
async def test_a_re_issue_asked_for_again_is_the_same_and_by_another_method_a_conflict(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.came_back(returned(payment))
    first = await office.reissue(payment.batch_number, "cheque")
    assert await office.reissue(payment.batch_number, "cheque") == first
    with pytest.raises(AlreadyReissued):
        await office.reissue(payment.batch_number, confirmed=True)
    assert len(office.desk.events(PaymentScheduled)) == 2
    assert await office.balances() == {"benefit_expense": 700, "cheques": -700}


@pytest.mark.req("BNK-5")
async def test_only_what_came_back_is_re_issued_and_a_deposit_needs_direct_deposit(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    for batch_number in (payment.batch_number, "99999999"):
        with pytest.raises(ReturnedPaymentNotFound):
            await office.reissue(batch_number, "cheque")
    await office.came_back(returned(payment))
    withdrawn = DirectDepositWithdrawn(payee_id=payment.payee_id, account_id="account", withdrawn_at=FRIDAY)
    await office.desk.tell(each(office.desk.handlers.on_direct_deposit_withdrawn), withdrawn)
    with pytest.raises(NoDirectDeposit):
        await office.reissue(payment.batch_number, confirmed=True)


@pytest.mark.req("PAY-5", "PAY-6")
async def test_a_cheque_stands_in_the_register_until_it_is_cashed(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.came_back(returned(payment))
    view = await office.reissue(payment.batch_number, "cheque")
    (cheque,) = (await office.cheques(status="issued")).cheques
    assert (cheque.cheque_number, cheque.amount_cents) == (view.reissue.cheque_number, 700)
    assert (cheque.payee_id, cheque.batch_number) == (payment.payee_id, view.reissue.batch_number)
    assert office.desk.events(StatementIssued)[-1].batch_number == view.reissue.batch_number
    cashed = await office.decide(cheque.cheque_number, "cashed")
    assert await office.decide(cheque.cheque_number, "cashed") == cashed
    assert (cashed.cheque.status, cashed.cheque.decided_on) == ("cashed", WEDNESDAY)
    assert await office.balances() == {"benefit_expense": 700, "bank": -700}
    assert office.desk.events(PaymentSettled)[-1].reissue_of == payment.payment_id
    with pytest.raises(ChequeAlreadyDecided):
        await office.decide(cheque.cheque_number, "voided")
    with pytest.raises(ChequeNotFound):
        await office.decide("999999", "cashed")
    assert (await office.cheques(status="issued")).cheques == ()


@pytest.mark.req("PAY-5", "PAY-6")
async def test_a_voided_cheque_makes_its_payment_a_returned_one_that_is_re_issued_in_turn(office: ReturnsDesk) -> None:
    (payment,) = await office.paid(700)
    await office.came_back(returned(payment))
    cheque = (await office.reissue(payment.batch_number, "cheque")).reissue
    await office.decide(str(cheque.cheque_number), "voided")
    assert await office.balances() == {"benefit_expense": 700, "returned": -700}
    again = await office.reissue(cheque.batch_number, "cheque")
    assert again.reissue.cheque_number != cheque.cheque_number
    (waiting, done) = (await office.list_returned(reissued=True)).payments
    assert [(one.batch_number, one.reissue_of) for one in (waiting, done)] == [
        (cheque.batch_number, payment.payment_id),
        (payment.batch_number, None),
    ]
    assert done.reissue is not None
    assert (done.reissue.batch_number, done.reissue.status) == (cheque.batch_number, "returned")


@pytest.mark.req("PAY-6")
async def test_the_list_shows_the_way_from_claims_to_re_issue_page_by_page(office: ReturnsDesk) -> None:
    payments = sorted(await office.paid(100, 200, 300), key=lambda payment: payment.batch_number)
    await office.came_back(*(returned(payment) for payment in payments))
    first = await office.list_returned(limit=2)
    assert [one.batch_number for one in first.payments] == [payments[2].batch_number, payments[1].batch_number]
    (last,) = (await office.list_returned(limit=2, before=first.next_before)).payments
    assert (last.claim_ids, last.file_number, last.reason_code) == (payments[0].claim_ids, 17, 905)
    assert (last.details_flagged, last.reissue) == (True, None)


async def test_all_of_it_is_for_agents(office: ReturnsDesk) -> None:
    for handler, query in (
        (office.handlers.list_returned_payments, ListReturnedPayments()),
        (office.handlers.list_cheques, ListCheques()),
    ):
        with pytest.raises(AgentsOnly):
            await office.desk.ask(handler, query, actor=member("dossier"))
    command = ReissuePayment(batch_number="10000001", method="cheque")
    with pytest.raises(AgentsOnly):
        await office.desk.tell(each(office.handlers.reissue_payment), command, actor=member("dossier"))


def run_now(work: Any) -> Any:
    """Nothing here ever waits: the coroutine runs to its end at once."""
    try:
        work.send(None)
    except StopIteration as finished:
        return finished.value
    raise AssertionError("something waited")


class MoneyComingAndGoing(RuleBasedStateMachine):
    """Payable, batch, file, settlement, return, re-issue, void in any order: zero in sum, nothing paid twice."""

    def __init__(self) -> None:
        super().__init__()
        self.office = ReturnsDesk.in_memory()
        self.earned = 0

    @property
    def payments(self) -> list[Any]:
        return list(self.office.storage.payments.payments.values())  # type: ignore[attr-defined]

    def in_state(self, *states: str, method: str | None = None) -> list[Any]:
        return [one for one in self.payments if one.status in states and method in {None, one.method}]

    @rule(cents=st.integers(1, 10_000))
    def earn_and_close(self, cents: int) -> None:
        claim = claim_adjudicated(benefit_cents=cents)
        self.earned += cents
        run_now(self.office.desk.adjudicated(claim))
        run_now(self.office.desk.enrol(claim.dossier_id))
        run_now(self.office.desk.close_run())
        run_now(self.office.desk.file_sent())

    def event_of(self, payment: Any) -> PaymentScheduled:
        return next(one for one in self.office.desk.events(PaymentScheduled) if one.payment_id == payment.payment_id)

    @precondition(lambda self: self.in_state("sent", method="deposit"))
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        payment = data.draw(st.sampled_from(self.in_state("sent", method="deposit")))
        run_now(self.office.desk.settled(settlement_of(self.event_of(payment))))

    @precondition(lambda self: self.in_state("sent", "settled", "returned", method="deposit"))
    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        payment = data.draw(st.sampled_from(self.in_state("sent", "settled", "returned", method="deposit")))
        was_settled = payment.settled_on is not None
        run_now(self.office.came_back(returned(self.event_of(payment), was_settled=was_settled)))

    @precondition(lambda self: self.in_state("returned"))
    @rule(data=st.data(), method=st.sampled_from(["deposit", "cheque"]))
    def reissue(self, data: st.DataObject, method: str) -> None:
        payment = data.draw(st.sampled_from(self.in_state("returned")))
        try:
            run_now(self.office.reissue(payment.batch_number, method, confirmed=True))
        except AlreadyReissued:
            return
        for waiting in self.in_state("scheduled"):
            approved = next(one for one in self.office.desk.events(RunApproved) if one.run_id == waiting.run_id)
            run_now(self.office.desk.file_sent(file_of(approved, file_number=18)))

    @precondition(lambda self: self.in_state("sent", method="cheque"))
    @rule(data=st.data(), outcome=st.sampled_from(["cashed", "voided"]))
    def decide(self, data: st.DataObject, outcome: str) -> None:
        payment = data.draw(st.sampled_from(self.in_state("sent", method="cheque")))
        numbers = run_now(self.office.storage.cheques.numbers_of([payment.payment_id], session=None))
        run_now(self.office.decide(numbers[payment.payment_id], outcome))

    @invariant()
    def the_ledger_says_where_every_cent_is(self) -> None:
        balances = run_now(self.office.balances())
        alive = [one for one in self.payments if one.reissued_by is None]
        assert sum(one.amount_cents for one in alive) == balances.get("benefit_expense", 0) == self.earned
        where = {"settled": "bank", "returned": "returned"}
        expected: dict[str, int] = {}
        for one in alive:
            kind = where.get(one.status) or ("cheques" if one.method == "cheque" else "in_transit")
            expected[kind] = expected.get(kind, 0) - one.amount_cents
        assert {kind: cents for kind, cents in balances.items() if kind != "benefit_expense"} == expected

    @invariant()
    def a_returned_payment_has_one_successor(self) -> None:
        before = [one.reissue_of for one in self.payments if one.reissue_of is not None]
        assert len(before) == len(set(before))


TestMoneyComingAndGoing = pytest.mark.req("PAY-6", "PAY-7", "BNK-5")(MoneyComingAndGoing.TestCase)
TestMoneyComingAndGoing.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
