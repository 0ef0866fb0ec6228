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
from tests.support.payments_builders import FRIDAY, claim_adjudicated, file_of, readjudicated, settlement_of
from tests.support.payments_desk import memory_desk
from tests.support.payments_memory import MemoryStorage

T = TypeVar("T")

MEMBERS = ("member-0", "member-1")
PROVIDER = "provider-0"
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
    said = Bundle("said")
    """Events that were delivered already, to be delivered again."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.Runner()
        self.desk = memory_desk()
        assert isinstance(self.desk.storage, MemoryStorage)
        self.storage = self.desk.storage
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
            assert balances.get("in_transit", 0) == 0
        finally:
            self._loop.close()

    def _settle_all(self) -> None:
        self.play(self.desk.enrol(*MEMBERS, PROVIDER))
        for payee_class in ("member", "provider"):
            with suppress(NothingPayable):
                self.play(self.desk.close_run(payee_class=payee_class))
        written = {word.run_id for word in self.storage.records.words.values() if word.kind == "file"}
        for event in self.desk.events(RunApproved):
            if event.run_id not in written:
                self.play(self.desk.file_sent(self._file(event)))
        settled = {event.payment_id for event in self.desk.events(PaymentSettled)}
        for payment in self.desk.events(PaymentScheduled):
            if payment.payment_id not in settled:
                self.play(self.desk.settled(settlement_of(payment)))

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

    @rule(target=said, payment=consumes(sent))
    def settle(self, payment: PaymentScheduled) -> PaymentScheduled:
        self.play(self.desk.settled(settlement_of(payment)))
        return payment

    @rule(payment=said)
    def book_a_settlement_again(self, payment: PaymentScheduled) -> None:
        self.play(self.desk.tell(self.desk.handlers.on_deposit_settled, settlement_of(payment)))

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
        taken = Counter((p.payee_id, item.claim_id, item.version) for p in payments for item in p.items)
        assert not [key for key, times in taken.items() if times > 1]
        announced = Counter(event.payment_id for event in self.desk.events(PaymentSettled))
        assert not [payment_id for payment_id, times in announced.items() if times > 1]

    @invariant()
    def money_is_neither_made_nor_lost(self) -> None:
        """Of every payee: deposited + on its way + owed is what the claims are worth."""
        settled = {event.payment_id for event in self.desk.events(PaymentSettled)}
        for payee in (*MEMBERS, PROVIDER):
            worth = sum(cents for owner, cents in self.worth.values() if owner == payee)
            mine = [event for event in self.desk.events(PaymentScheduled) if event.payee_id == payee]
            deposited = sum(event.amount_cents for event in mine if event.payment_id in settled)
            under_way = sum(event.amount_cents for event in mine if event.payment_id not in settled)
            owed = sum(p.amount_cents for p in self.storage.payables.open.values() if p.payee_id == payee)
            assert deposited + under_way + owed == worth

    @invariant()
    def everything_reconciles(self) -> None:
        view = self.play(self.desk.reconciled(**DAY))
        assert view.reconciled, view.differences
        (first, *_) = view.equations
        worth = sum(cents for _, cents in self.worth.values())
        assert (sum(first.left.values()), sum(first.right.values())) == (worth, worth)


MoneyMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@pytest.mark.wide
@pytest.mark.req("PAY-6", "PAY-7")
class TestMoney(MoneyMachine.TestCase):  # type: ignore[misc, name-defined]
    """The machine, for pytest."""
