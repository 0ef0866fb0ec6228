"""Balances by snapshot are the balances of the whole ledger, now and at any past instant."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.balances import Snapshot, SnapshotPolicy, Span, next_cut
from services.payments.domain.chart import CHART, on_the_wrong_side
from services.payments.domain.ledger import (
    BANK,
    BENEFIT_EXPENSE,
    CHEQUES,
    Account,
    AccountKind,
    Posting,
    in_transit,
    payable_to,
    returned_to,
    transfer,
)
from services.payments.handlers.balances import SnapshotTaker, check_books, take_snapshot, totals_at
from tests.support.payments_memory import MemoryLedger, MemoryStorage

pytestmark = pytest.mark.req("PAY-6")

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
"""Noon in Toronto."""
MIDNIGHT = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POLICY = SnapshotPolicy(settle=timedelta(minutes=5), every=3)

accounts = st.sampled_from(
    [
        BENEFIT_EXPENSE,
        BANK,
        payable_to("a"),
        payable_to("b"),
        in_transit("run"),
        returned_to("p"),
        CHEQUES,
    ]
)
movements = st.tuples(accounts, accounts, st.integers(1, 10_000)).filter(lambda legs: legs[0] != legs[1])
histories = st.lists(st.one_of(movements, st.just("snapshot")), max_size=30)


class Moving:
    """A clock that moves by a second whenever it is read."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += SECOND
        return self.now


class Books:
    """A ledger in memory with its clock."""

    def __init__(self, now: datetime = NOON) -> None:
        self.clock = Moving(now)
        self.storage = MemoryStorage()
        self.ledger = MemoryLedger(clock=self.clock)
        self.books = type(self.storage.books)(self.ledger)
        self._posted = 0

    async def post(self, debit: Account, credit: Account, cents: int) -> None:
        self._posted += 1
        moved = transfer(f"moved/{self._posted}", debit=debit, credit=credit, amount_cents=cents, at=self.clock())
        await self.ledger.post([moved], session=None)

    async def snapshot(self) -> Snapshot:
        cut = self.clock()
        return await take_snapshot(self.books, cut, at=cut)

    def tamper(self, key: str, cents: int) -> None:
        """Change the first leg of a transfer, as nobody may."""
        stored = self.ledger.transfers[key]
        first, *others = stored.postings
        changed = replace(stored)
        object.__setattr__(changed, "postings", (Posting(first.account, first.amount_cents + cents), *others))
        self.ledger.transfers[key] = changed


@given(history=histories)
async def test_a_snapshot_and_what_came_after_is_the_whole_ledger_at_every_instant(history: list[object]) -> None:
    books = Books()
    for step in history:
        if step == "snapshot":
            await books.snapshot()
        else:
            await books.post(*step)  # type: ignore[misc]
    instants = [NOON + number * SECOND for number in range(int((books.clock.now - NOON) / SECOND) + 1)]
    for at in [*instants[::3], None]:
        for by in ("kind", "account"):
            whole = await books.books.totals(by, Span(posted_until=at))
            built, _ = await totals_at(books.books, by=by, at=at)
            assert nonzero(built.balances) == nonzero(whole.balances)
            assert (built.transfers, built.postings) == (whole.transfers, whole.postings)
            assert built.sum_cents == 0
    assert (await check_books(books.books, full=True)).totals == await books.books.totals("kind", Span())


def nonzero(balances: Mapping[str, int]) -> dict[str, int]:
    return {name: cents for name, cents in balances.items() if cents}


async def test_a_check_reads_what_came_since_the_snapshot_and_in_full_everything() -> None:
    books = Books()
    await books.post(BENEFIT_EXPENSE, payable_to("a"), 100)
    cut = (await books.snapshot()).cut
    await books.post(payable_to("a"), in_transit("run"), 60)
    partial = await check_books(books.books, full=False)
    full = await check_books(books.books, full=True)
    assert (partial.since, full.since) == (cut, None)
    assert partial.totals == full.totals
    assert partial.totals.balances == {"benefit_expense": 100, "payable": -40, "in_transit": -60}
    assert partial.differences == full.differences == ()


async def test_a_transfer_changed_before_the_snapshot_is_found_by_a_full_check_only() -> None:
    books = Books()
    await books.post(BENEFIT_EXPENSE, payable_to("a"), 100)
    await books.snapshot()
    books.tamper("moved/1", 7)
    assert (await check_books(books.books, full=False)).differences == ()
    found = (await check_books(books.books, full=True)).differences
    assert {(one.kind, one.subject, one.expected_cents, one.found_cents) for one in found} == {
        ("transfer_unbalanced", "moved/1", 0, 7),
        ("snapshot_differs", "benefit_expense", 107, 100),
        ("sum_not_zero", "", 0, 7),
    }


async def test_a_transfer_changed_since_the_snapshot_is_found_by_every_check() -> None:
    books = Books()
    await books.snapshot()
    await books.post(BENEFIT_EXPENSE, payable_to("a"), 100)
    books.tamper("moved/1", 7)
    found = (await check_books(books.books, full=False)).differences
    assert [one.kind for one in found] == ["transfer_unbalanced", "sum_not_zero"]


async def test_a_run_that_settled_more_than_it_scheduled_is_found() -> None:
    books = Books()
    await books.post(in_transit("run"), BANK, 60)
    (found,) = (await check_books(books.books, full=True)).differences
    assert (found.kind, found.subject, found.found_cents) == ("wrong_side", "in_transit:run", 60)


def test_every_kind_of_account_stands_in_the_chart() -> None:
    assert set(CHART) == set(AccountKind)
    balances = {"payable:a": 5, "payable:b": -5, "benefit_expense": -1, "bank": 1, "returned:p": 2, "in_transit:r": -3}
    assert dict(on_the_wrong_side(balances)) == {"benefit_expense": -1, "bank": 1, "returned:p": 2}


@pytest.mark.parametrize(
    ("now", "latest", "transfers", "cut"),
    [
        (NOON, None, 0, MIDNIGHT),
        (NOON, MIDNIGHT - SECOND, 0, MIDNIGHT),
        (NOON, MIDNIGHT, 2, None),
        (NOON, MIDNIGHT, 3, NOON - POLICY.settle),
        (MIDNIGHT + POLICY.settle, MIDNIGHT - timedelta(days=1), 0, MIDNIGHT),
        (MIDNIGHT + POLICY.settle - SECOND, MIDNIGHT - timedelta(days=1), 0, None),
    ],
    ids=["first", "after the day", "same day", "many transfers", "day just settled", "day not settled yet"],
)
def test_a_snapshot_is_due_after_the_business_day_or_after_many_transfers(
    now: datetime, latest: datetime | None, transfers: int, cut: datetime | None
) -> None:
    assert next_cut(now, latest=latest, transfers_since=transfers, policy=POLICY) == cut


async def test_of_two_processes_one_takes_the_snapshot_and_it_is_due_again_after_many_transfers() -> None:
    books = Books()
    one, two = (SnapshotTaker(books.books, POLICY, clock=books.clock, poll_seconds=1) for _ in range(2))
    taken = await one.run_once()
    assert taken is not None
    assert taken.cut == MIDNIGHT
    assert await two.run_once() is None
    for _ in range(3):
        await books.post(BENEFIT_EXPENSE, payable_to("a"), 1)
    assert await two.run_once() is None, "the transfers may still be under way"
    books.clock.now += POLICY.settle
    later = await two.run_once()
    assert later is not None
    assert later.totals.balances == {"benefit_expense": 3, "payable": -3}
