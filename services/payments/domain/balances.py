"""Balances of the ledger, read whole or on top of a snapshot (PAY-6).

A snapshot holds the balances of all transfers that were *stored* before its cut. A cut lies so far in the past that
every transaction of before is decided: a transfer is stored within the life of a transaction, which the database ends
after a minute. Balances are those of the newest snapshot and of the transfers stored since; there is no need to read
the others again. ``posted_at`` never lies after the moment of storing, so that a snapshot cut before an instant belongs
to the balances at that instant as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from services.payments.domain.chart import kind_of
from shared.clock import BUSINESS_ZONE, business_day
from shared.money import Cents

Grouping = Literal["kind", "account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What some transfers come to: their number, and balances by kind or by account."""

    transfers: int = 0
    postings: int = 0
    unbalanced_transfers: int = 0
    balances: Mapping[str, Cents] = field(default_factory=dict)

    @property
    def sum_cents(self) -> Cents:
        """Zero at every moment."""
        return sum(self.balances.values())

    def plus(self, later: "Totals") -> "Totals":
        """Both together; they have no transfer in common."""
        names = (*self.balances, *(name for name in later.balances if name not in self.balances))
        return Totals(
            transfers=self.transfers + later.transfers,
            postings=self.postings + later.postings,
            unbalanced_transfers=self.unbalanced_transfers + later.unbalanced_transfers,
            balances={name: self.balances.get(name, 0) + later.balances.get(name, 0) for name in names},
        )

    def by_kind(self) -> "Totals":
        """The same, by kind of account."""
        kinds: dict[str, Cents] = {}
        for name, balance in self.balances.items():
            kind = kind_of(name).value
            kinds[kind] = kinds.get(kind, 0) + balance
        return Totals(
            transfers=self.transfers,
            postings=self.postings,
            unbalanced_transfers=self.unbalanced_transfers,
            balances=kinds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which transfers: stored from ``stored_from`` on and before ``stored_before``, posted by ``posted_until``."""

    stored_from: datetime | None = None
    stored_before: datetime | None = None
    posted_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Totals by kind of everything stored before ``cut``; the balances by account are kept beside it."""

    cut: datetime
    taken_at: datetime
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPolicy:
    """When a snapshot is due.

    Attributes:
        settle: how long ago a cut must lie; longer than any transaction, and than clocks differ.
        every: transfers after which a snapshot does not wait for the end of the business day.
    """

    settle: timedelta
    every: int


def next_cut(
    now: datetime, *, latest: datetime | None, transfers_since: int, policy: SnapshotPolicy
) -> datetime | None:
    """Where to cut the next snapshot, if one is due: at the end of the business day, or after so many transfers."""
    settled = now - policy.settle
    end_of_day = datetime.combine(business_day(settled), time(), BUSINESS_ZONE).astimezone(UTC)
    if latest is None or latest < end_of_day:
        return end_of_day
    return settled if transfers_since >= policy.every and settled > latest else None


DifferenceKind = Literal["sum_not_zero", "transfer_unbalanced", "snapshot_differs", "wrong_side"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDifference:
    """Something in the ledger that cannot be; ``subject`` is the transfer or the account."""

    kind: DifferenceKind
    subject: str
    expected_cents: Cents
    found_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """The ledger by kind, what is wrong with it, and the snapshot that was built on (None: all of it was read)."""

    totals: Totals
    since: datetime | None
    differences: tuple[LedgerDifference, ...]
