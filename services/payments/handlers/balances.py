"""Balances of the ledger: by query, by snapshot, at any past instant; and whether all of it is right (PAY-6)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.payments.domain.balances import (
    Grouping,
    LedgerCheck,
    LedgerDifference,
    Snapshot,
    SnapshotPolicy,
    Span,
    Totals,
    next_cut,
)
from services.payments.domain.chart import on_the_wrong_side
from services.payments.handlers.access import require_agent
from services.payments.ports import PayableRepository
from services.payments.ports_ledger import LedgerBooks
from shared.clock import Clock
from shared.contracts import payments as contract
from shared.contracts.payments import CheckLedger, LedgerView
from shared.envelopes import Received
from shared.mongo import Unavailable
from shared.telemetry import logger

LISTED: Final = 100
"""Transfers that are listed because they do not sum to zero; how many there are is counted in any case."""
TURN: Final = timedelta(minutes=2)
"""After this long another process may take the snapshot that one did not finish."""

Pause = Callable[[float], Awaitable[None]]


async def totals_at(books: LedgerBooks, *, by: Grouping, at: datetime | None = None) -> tuple[Totals, datetime | None]:
    """Balances now or at a past instant, and the cut of the snapshot that they build on."""
    snapshot = await books.latest_snapshot(until=at)
    if snapshot is None:
        return await books.totals(by, Span(posted_until=at)), None
    earlier = snapshot.totals
    if by == "account":
        earlier = replace(earlier, balances=await books.accounts_at(snapshot.cut))
    later = await books.totals(by, Span(stored_from=snapshot.cut, posted_until=at))
    return earlier.plus(later), snapshot.cut


async def check_books(books: LedgerBooks, *, full: bool) -> LedgerCheck:
    """The ledger since the last snapshot, or with ``full`` all of it, compared with that snapshot."""
    snapshot = await books.latest_snapshot()
    if full or snapshot is None:
        whole = await books.totals("account", Span())
        differences = [
            *await _unbalanced(books, Span()),
            *(_wrong_side(name, cents) for name, cents in on_the_wrong_side(whole.balances)),
            *(() if snapshot is None else await _beside(books, snapshot)),
        ]
        totals, since = whole.by_kind(), None
    else:
        totals, since = await totals_at(books, by="kind")
        differences = [*await _unbalanced(books, Span(stored_from=since))]
    if totals.sum_cents:
        differences.append(
            LedgerDifference(kind="sum_not_zero", subject="", expected_cents=0, found_cents=totals.sum_cents)
        )
    return LedgerCheck(totals=totals, since=since, differences=tuple(differences))


async def _unbalanced(books: LedgerBooks, span: Span) -> list[LedgerDifference]:
    return [
        LedgerDifference(kind="transfer_unbalanced", subject=key, expected_cents=0, found_cents=cents)
        for key, cents in await books.unbalanced(span, limit=LISTED)
    ]


def _wrong_side(account: str, cents: int) -> LedgerDifference:
    return LedgerDifference(kind="wrong_side", subject=account, expected_cents=0, found_cents=cents)


async def _beside(books: LedgerBooks, snapshot: Snapshot) -> list[LedgerDifference]:
    """Accounts for which the snapshot says something else than the transfers stored before its cut."""
    kept = await books.accounts_at(snapshot.cut)
    read = (await books.totals("account", Span(stored_before=snapshot.cut))).balances
    return [
        LedgerDifference(
            kind="snapshot_differs", subject=name, expected_cents=read.get(name, 0), found_cents=kept.get(name, 0)
        )
        for name in sorted({*kept, *read})
        if kept.get(name, 0) != read.get(name, 0)
    ]


async def check_ledger(
    received: Received[CheckLedger], *, books: LedgerBooks, payables: PayableRepository
) -> LedgerView:
    """Sum and balances of the ledger, and what is wrong with it; for agents."""
    require_agent(received.require_actor())
    checked = await check_books(books, full=received.message.full)
    totals = checked.totals
    return LedgerView(
        postings=totals.postings,
        sum_cents=totals.sum_cents,
        balances=dict(totals.balances),
        payables_open_cents=await payables.open_cents(),
        unbalanced_transfers=totals.unbalanced_transfers,
        since=checked.since,
        differences=tuple(
            contract.LedgerDifference(
                kind=one.kind,
                subject=one.subject,
                expected_cents=one.expected_cents,
                found_cents=one.found_cents,
            )
            for one in checked.differences[:LISTED]
        ),
    )


async def take_snapshot(books: LedgerBooks, cut: datetime, *, at: datetime) -> Snapshot:
    """Store the balances of everything stored before ``cut``: those of the snapshot before, and what came since.

    ``cut`` must lie so far back that no transaction of before is still under way.
    """
    before = await books.latest_snapshot(until=cut)
    accounts = await books.totals("account", Span(stored_from=before.cut if before else None, stored_before=cut))
    if before is not None:
        accounts = replace(before.totals, balances=await books.accounts_at(before.cut)).plus(accounts)
    kinds = accounts.by_kind()
    if before is not None:
        kinds = replace(kinds, balances=dict.fromkeys(before.totals.balances, 0) | dict(kinds.balances))
    snapshot = Snapshot(cut=cut, taken_at=at, totals=kinds)
    await books.add_snapshot(snapshot, accounts.balances)
    return snapshot


class SnapshotTaker:
    """Takes snapshots when they are due, in one process at a time."""

    def __init__(
        self,
        books: LedgerBooks,
        policy: SnapshotPolicy,
        *,
        clock: Clock,
        poll_seconds: float,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._books = books
        self._policy = policy
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._pause = pause

    async def run(self) -> None:
        """Take what is due, for ever."""
        while True:
            try:
                await self.run_once()
            except Unavailable:
                logger().warning("ledger_snapshot_waits")
            await self._pause(self._poll_seconds)

    async def run_once(self) -> Snapshot | None:
        """Take a snapshot if one is due and nobody else is at it."""
        now = self._clock()
        latest = await self._books.latest_snapshot()
        since = latest.cut if latest else None
        stored = await self._books.count(Span(stored_from=since, stored_before=now - self._policy.settle))
        cut = next_cut(now, latest=since, transfers_since=stored, policy=self._policy)
        if cut is None or not await self._books.take_turn(now, now + TURN):
            return None
        snapshot = await take_snapshot(self._books, cut, at=now)
        logger().info("ledger_snapshot", cut=cut.isoformat(), transfers=snapshot.totals.transfers)
        return snapshot
