"""Whatever happens in whatever order and however often, the ledger balances and no claim version is paid twice."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.errors import NothingPayable, NotSentYet
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import PaymentScheduled, PaymentSettled, RunApproved, StatementIssued
from tests.support.payments_builders import claim_adjudicated, file_of, settlement_of
from tests.support.payments_desk import Desk, memory_desk
from tests.support.payments_memory import MemoryStorage

PAYEES = ("payee-0", "payee-1", "payee-2")
CLAIMS = 4
VERSIONS = 4

benefits = st.lists(
    st.lists(st.sampled_from([0, 1, 300, 300, 4_999, 10_000]), min_size=VERSIONS, max_size=VERSIONS),
    min_size=CLAIMS,
    max_size=CLAIMS,
)
some_number = st.integers(min_value=0, max_value=50)
delivery = st.tuples(st.integers(0, CLAIMS - 1), st.integers(1, VERSIONS))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("adjudicated"), st.lists(delivery, min_size=1, max_size=6)),
        st.tuples(st.just("enrolled"), st.integers(0, len(PAYEES) - 1)),
        st.tuples(st.just("run"), some_number),
        st.tuples(st.just("file"), some_number),
        st.tuples(st.just("settled"), some_number),
    ),
    max_size=25,
)


@dataclass
class History:
    """Plays steps and remembers what must be true because of them."""

    desk: Desk
    storage: MemoryStorage
    events: dict[tuple[int, int], ClaimAdjudicated]
    newest: dict[int, int]

    async def play(self, name: str, argument: object) -> None:
        await getattr(self, f"_{name}")(argument)

    async def _adjudicated(self, deliveries: list[tuple[int, int]]) -> None:
        for claim, version in deliveries:
            self.newest[claim] = max(version, self.newest.get(claim, 0))
        await self.desk.adjudicated(*(self.events[key] for key in deliveries))

    async def _enrolled(self, payee: int) -> None:
        await self.desk.enrol(PAYEES[payee])

    async def _run(self, number: int) -> None:
        with suppress(NothingPayable):
            await self.desk.close_run(f"run-{number}")

    async def _file(self, number: int) -> None:
        approved = self.desk.events(RunApproved)
        if approved:
            await self.desk.file_sent(file_of(approved[number % len(approved)]))

    async def _settled(self, number: int) -> None:
        scheduled = self.desk.events(PaymentScheduled)
        if scheduled:
            with suppress(NotSentYet):
                await self.desk.settled(settlement_of(scheduled[number % len(scheduled)]))

    async def check(self) -> None:
        ledger = await self.desk.ledger()
        assert (ledger.sum_cents, ledger.unbalanced_transfers) == (0, 0)
        entitled = sum(self.events[key].benefit_cents for key in self.newest.items())
        assert ledger.balances.get("benefit_expense", 0) == entitled
        assert ledger.payables_open_cents == -ledger.balances.get("payable", 0)
        deposited = sum(event.amount_cents for event in self.desk.events(PaymentSettled))
        assert ledger.balances.get("bank", 0) == -deposited
        self._check_payments()

    def _check_payments(self) -> None:
        payments = self.storage.payments.payments.values()
        taken = Counter((p.payee_id, item.claim_id, item.version) for p in payments for item in p.items)
        assert not [key for key, times in taken.items() if times > 1]
        assert all(payment.amount_cents > 0 for payment in payments)
        kinds = (PaymentScheduled, PaymentSettled, StatementIssued)
        for events in ([event for event in self.desk.published if isinstance(event, kind)] for kind in kinds):
            announced = Counter(event.subject() for event in events)
            assert not [number for number, times in announced.items() if times > 1]


@pytest.mark.req("PAY-6", "PAY-7")
@given(benefits=benefits, steps=steps)
async def test_the_ledger_balances_and_nothing_is_paid_twice_after_any_history(
    benefits: list[list[int]], steps: list[tuple[str, object]]
) -> None:
    desk = memory_desk()
    assert isinstance(desk.storage, MemoryStorage)
    events = {
        (claim, version): claim_adjudicated(
            claim_id=f"claim-{claim}",
            version=version,
            dossier_id=PAYEES[claim % len(PAYEES)],
            benefit_cents=benefits[claim][version - 1],
        )
        for claim in range(CLAIMS)
        for version in range(1, VERSIONS + 1)
    }
    history = History(desk, desk.storage, events, {})
    for name, argument in steps:
        await history.play(name, argument)
        await history.check()
