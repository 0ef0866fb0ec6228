"""Hypothesis looks for an order of events after which money is lost, made, or paid twice (PAY-6, PAY-7).

The machine plays events to the service in memory and keeps a plain model beside it: what each claim is worth to whom.
A new kind of event is a ``rule`` that plays it and, where it changes what somebody is owed, tells the model; the
invariants need no change, because they compare the model with what the service says.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from services.payments.domain.errors import NothingPayable, NotSentYet
from services.payments.handlers.balances import check_books, take_snapshot
from shared.clock import utc_now
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import PaymentScheduled, PaymentSettled, RunApproved
from shared.outbox import each
from tests.support.payments_builders import FRIDAY, claim_adjudicated, file_of, readjudicated, settlement_of
from tests.support.payments_desk import Desk, without_transaction
from tests.support.payments_memory import MemoryStorage
from tests.support.payments_returns_desk import ReturnsDesk, returned

T = TypeVar("T")

MEMBERS = ("member-0", "member-1")
PROVIDER = "provider-0"
pytestmark = [pytest.mark.wide, pytest.mark.req("PAY-6", "PAY-7", "BNK-5")]

DAY = {"from_day": FRIDAY.date(), "to_day": FRIDAY.date()}

benefits = st.sampled_from([0, 1, 300, 4_999, 10_000])
payees = st.sampled_from([*MEMBERS, PROVIDER])


def paid_to(payee: str) -> dict[str, Any]:
    """Facts of a claim that pays this payee."""
    if payee == PROVIDER:
        return {"dossier_id": MEMBERS[0], "provider_id": PROVIDER, "pay_to": "provider"}
    return {"dossier_id": payee, "provider_id": None, "pay_to": "member"}


class MoneyMachine(RuleBasedStateMachine):
    claims = Bundle("claims")
    """The newest version of every claim."""
    approved = Bundle("approved")
    """Runs of which banking has not written the file yet."""
    sent = Bundle("sent")
    """Payments on their way, for the bank to settle."""
    settled = Bundle("settled")
    """Payments that the bank settled."""
    came_back = Bundle("came_back")
    """Payments that came back and wait to be issued again."""
    cheques = Bundle("cheques")
    """Cheques that nobody has cashed yet."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.Runner()
        self.storage = MemoryStorage()
        self.desk = Desk(self.storage, without_transaction)
        self.returns = ReturnsDesk(self.desk, self.storage)
        self.worth: dict[str, tuple[str, int]] = {}
        self.files = 0

    def play(self, playing: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(playing)

    def teardown(self) -> None:
        """Whatever was left under way is paid, and then nothing may be left over."""
        try:
            self._settle_all()
            self.money_is_neither_made_nor_lost()
            self.everything_reconciles()
            balances = self.play(self.desk.ledger()).balances
            left = {kind: balances.get(kind, 0) for kind in ("in_transit", "returned", "cheques")}
            assert left == dict.fromkeys(left, 0)
        finally:
            self._loop.close()

    def _settle_all(self) -> None:
        self.play(self.desk.enrol(*MEMBERS, PROVIDER))
        for payee_class in ("member", "provider"):
            with suppress(NothingPayable):
                self.play(self.desk.close_run(payee_class=payee_class))
        for payment in list(self.storage.payments.payments.values()):
            if payment.status == "returned" and payment.reissued_by is None:
                self.play(self.returns.reissue(payment.batch_number, confirmed=True))
        for cheque in self.play(self.returns.cheques(status="issued", limit=100)).cheques:
            self.play(self.returns.decide(cheque.cheque_number, "cashed"))
        written = {word.run_id for word in self.storage.records.words.values() if word.kind == "file"}
        for event in self.desk.events(RunApproved):
            if event.run_id not in written:
                self.play(self.desk.file_sent(self._file(event)))
        under_way = {p.payment_id for p in self.storage.payments.payments.values() if p.status == "sent"}
        for scheduled in self.desk.events(PaymentScheduled):
            if scheduled.payment_id in under_way:
                self.play(self.desk.settled(settlement_of(scheduled)))

    def _file(self, approved: RunApproved) -> Any:
        self.files += 1
        return file_of(approved, file_number=self.files)

    @initialize()
    def one_member_is_enrolled(self) -> None:
        self.play(self.desk.enrol(MEMBERS[0]))

    @rule(payee=payees)
    def enrol(self, payee: str) -> None:
        self.play(self.desk.enrol(payee))

    @rule(target=claims, payee=payees, benefit=benefits)
    def adjudicate(self, payee: str, benefit: int) -> ClaimAdjudicated:
        event = claim_adjudicated(benefit_cents=benefit, **paid_to(payee))
        return self._adjudicated(event, payee, benefit)

    @rule(target=claims, claim=consumes(claims), payee=payees, benefit=benefits)
    def correct(self, claim: ClaimAdjudicated, payee: str, benefit: int) -> ClaimAdjudicated:
        """More, less, or to somebody else."""
        facts = paid_to(payee)
        event = readjudicated(claim, benefit_cents=benefit, **facts)
        return self._adjudicated(event, payee, benefit)

    @rule(target=claims, claim=consumes(claims))
    def void(self, claim: ClaimAdjudicated) -> ClaimAdjudicated:
        """Nothing is owed any more; what was paid becomes a recovery."""
        payee, _ = self.worth[claim.claim_id]
        return self._adjudicated(readjudicated(claim, benefit_cents=0, **paid_to(payee)), payee, 0)

    def _adjudicated(self, event: ClaimAdjudicated, payee: str, benefit: int) -> ClaimAdjudicated:
        self.worth[event.claim_id] = (payee, benefit)
        self.play(self.desk.adjudicated(event))
        return event

    @rule(claim=claims)
    def adjudicate_again(self, claim: ClaimAdjudicated) -> None:
        self.play(self.desk.adjudicated(claim))

    @rule(target=approved, payee_class=st.sampled_from(["member", "provider"]))
    def close_run(self, payee_class: str) -> Any:
        try:
            self.play(self.desk.close_run(payee_class=payee_class))
        except NothingPayable:
            return multiple()
        return self.desk.events(RunApproved)[-1]

    @rule(target=sent, run=consumes(approved))
    def send_file(self, run: RunApproved) -> Any:
        self.play(self.desk.file_sent(self._file(run)))
        return multiple(*(event for event in self.desk.events(PaymentScheduled) if event.run_id == run.run_id))

    @rule(target=settled, payment=consumes(sent))
    def settle(self, payment: PaymentScheduled) -> PaymentScheduled:
        self.play(self.desk.settled(settlement_of(payment)))
        return payment

    @rule(payment=settled)
    def book_a_settlement_again(self, payment: PaymentScheduled) -> None:
        self.play(self.desk.tell(self.desk.handlers.on_deposit_settled, settlement_of(payment)))

    @rule(target=came_back, payment=consumes(settled))
    def come_back_after_settling(self, payment: PaymentScheduled) -> PaymentScheduled:
        return self._came_back(payment, was_settled=True)

    @rule(target=came_back, payment=consumes(sent))
    def come_back_unsettled(self, payment: PaymentScheduled) -> PaymentScheduled:
        return self._came_back(payment, was_settled=False)

    def _came_back(self, payment: PaymentScheduled, *, was_settled: bool) -> PaymentScheduled:
        """Told by banking, twice to the books; the bank details stay in use."""
        event = returned(payment, was_settled=was_settled, details_version=None)
        self.play(self.desk.tell(each(self.desk.handlers.keep_returns), event))
        self.play(self.returns.came_back(event))
        self.play(self.returns.came_back(event))
        return payment

    @rule(target=approved, payment=consumes(came_back))
    def issue_again_by_deposit(self, payment: PaymentScheduled) -> RunApproved:
        self.play(self.returns.reissue(payment.batch_number))
        return self.desk.events(RunApproved)[-1]

    @rule(target=cheques, payment=consumes(came_back))
    def issue_again_by_cheque(self, payment: PaymentScheduled) -> str:
        number = self.play(self.returns.reissue(payment.batch_number, "cheque")).reissue.cheque_number
        assert number is not None
        return number

    @rule(cheque=consumes(cheques))
    def cash(self, cheque: str) -> None:
        self.play(self.returns.decide(cheque, "cashed"))

    @rule(cheque=consumes(cheques))
    def void_cheque(self, cheque: str) -> None:
        """Owed again; nothing more is done about it until the end."""
        self.play(self.returns.decide(cheque, "voided"))

    @rule(run=approved)
    def settle_before_the_file(self, run: RunApproved) -> None:
        early = next(event for event in self.desk.events(PaymentScheduled) if event.run_id == run.run_id)
        with suppress(NotSentYet):
            self.play(self.desk.tell(self.desk.handlers.on_deposit_settled, settlement_of(early)))

    @rule()
    def snapshot(self) -> None:
        now = utc_now()
        self.play(take_snapshot(self.storage.books, now, at=now))

    @invariant()
    def the_ledger_sums_to_zero(self) -> None:
        full = self.play(check_books(self.storage.books, full=True))
        assert full.totals.sum_cents == 0
        assert full.differences == ()
        since = self.play(check_books(self.storage.books, full=False))
        assert {name: cents for name, cents in since.totals.balances.items() if cents} == {
            name: cents for name, cents in full.totals.balances.items() if cents
        }

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        payments = self.storage.payments.payments.values()
        first = [payment for payment in payments if payment.reissue_of is None]
        taken = Counter((p.payee_id, item.claim_id, item.version) for p in first for item in p.items)
        assert not [key for key, times in taken.items() if times > 1]
        anew = Counter(payment.reissue_of for payment in payments if payment.reissue_of is not None)
        assert not [payment_id for payment_id, times in anew.items() if times > 1]
        announced = Counter(event.payment_id for event in self.desk.events(PaymentSettled))
        assert not [payment_id for payment_id, times in announced.items() if times > 1]

    @invariant()
    def money_is_neither_made_nor_lost(self) -> None:
        """Of every payee: paid, on its way or come back, once each, and owed, is what the claims are worth."""
        standing = [p for p in self.storage.payments.payments.values() if p.reissued_by is None]
        for payee in (*MEMBERS, PROVIDER):
            worth = sum(cents for owner, cents in self.worth.values() if owner == payee)
            scheduled = sum(p.amount_cents for p in standing if p.payee_id == payee)
            owed = sum(p.amount_cents for p in self.storage.payables.open.values() if p.payee_id == payee)
            assert scheduled + owed == worth
        settled = sum(payment.amount_cents for payment in standing if payment.status == "settled")
        assert self.play(self.desk.ledger()).balances.get("bank", 0) == -settled

    @invariant()
    def everything_reconciles(self) -> None:
        view = self.play(self.desk.reconciled(**DAY))
        assert view.reconciled, view.differences
        (first, *_) = view.equations
        worth = sum(cents for _, cents in self.worth.values())
        assert (sum(first.left.values()), sum(first.right.values())) == (worth, worth)


TestMoney = MoneyMachine.TestCase
TestMoney.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
