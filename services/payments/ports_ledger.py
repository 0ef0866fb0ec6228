"""What balances and reconciliation need from storage; beside ``services.payments.ports``."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.payments.domain.balances import Grouping, Snapshot, Span, Totals
from services.payments.domain.claim_version import ClaimVersion
from services.payments.domain.reconciliation import BankWord, Batch, StoredPayable, StoredTransfer
from shared.money import Cents
from shared.mongo import Session


class LedgerBooks(Protocol):
    """The ledger, added up; and its snapshots, which are append-only as well."""

    async def totals(self, by: Grouping, span: Span) -> Totals: ...

    async def count(self, span: Span) -> int:
        """Number of transfers."""
        ...

    async def unbalanced(self, span: Span, *, limit: int) -> Sequence[tuple[str, Cents]]:
        """Keys and sums of transfers that do not sum to zero, the first ``limit`` of them."""
        ...

    async def latest_snapshot(self, *, until: datetime | None = None) -> Snapshot | None:
        """The snapshot with the latest cut, at ``until`` at the latest."""
        ...

    async def accounts_at(self, cut: datetime) -> Mapping[str, Cents]:
        """Balances other than zero by account name, of the snapshot with this cut."""
        ...

    async def add_snapshot(self, snapshot: Snapshot, accounts: Mapping[str, Cents]) -> None:
        """Keep a snapshot; one with the same cut stays as it is. It counts only when all of it is stored."""
        ...

    async def take_turn(self, now: datetime, until: datetime) -> bool:
        """Whether the caller may take snapshots until then, and nobody else."""
        ...


class Records(Protocol):
    """What payments wrote down on the way of a cent, and what banking said about it."""

    async def record(self, words: Sequence[BankWord], *, session: Session | None) -> None:
        """Keep what banking said, in its own figures, whatever is stored here."""
        ...

    async def bank_words(self, run_ids: Collection[str]) -> Sequence[BankWord]: ...

    async def claim_ids(self, claim_number: str) -> Sequence[str]:
        """Claims with this number; one at most."""
        ...

    async def versions(self, claim_ids: Collection[str]) -> Sequence[ClaimVersion]:
        """All versions of claims, the oldest first; without their lines."""
        ...

    async def claims_recorded(self, start: datetime, end: datetime) -> Sequence[str]:
        """Claims of which a version was booked from ``start`` on and before ``end``."""
        ...

    async def payables(self, keys: Collection[str]) -> Sequence[StoredPayable]: ...

    async def payables_of_run(self, run_id: str) -> Sequence[StoredPayable]: ...

    async def batches(self, run_ids: Collection[str]) -> Sequence[Batch]:
        """All batches of runs."""
        ...

    async def runs_scheduled(self, start: datetime, end: datetime) -> Sequence[str]:
        """Runs with batches scheduled from ``start`` on and before ``end``."""
        ...

    async def batch(self, reference: str) -> Batch | None:
        """A batch by its number or by the id of its payment."""
        ...

    async def transfers(
        self, *, version_keys: Collection[str], payment_ids: Collection[str]
    ) -> Sequence[StoredTransfer]:
        """Adjudications of claim versions, and movements of payments, as they are stored, the oldest first."""
        ...
