"""Balances and records of payments in memory, over the other repositories in memory."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.payments.domain.balances import Grouping, Snapshot, Span, Totals
from services.payments.domain.claim_version import ClaimVersion
from services.payments.domain.ledger import Transfer, adjudication_key
from services.payments.domain.payment import Payment
from services.payments.domain.reconciliation import BankWord, Batch, StoredPayable, StoredTransfer
from shared.money import Cents
from shared.mongo import DuplicateKey, Session

if TYPE_CHECKING:
    from tests.support.payments_memory import MemoryLedger, MemoryStorage


class MemoryBooks:
    def __init__(self, ledger: "MemoryLedger") -> None:
        self._ledger = ledger
        self._snapshots: dict[datetime, tuple[Snapshot, Mapping[str, Cents]]] = {}
        self._turn = datetime.min.replace(tzinfo=UTC)

    async def totals(self, by: Grouping, span: Span) -> Totals:
        transfers = list(self._within(span))
        balances: Counter[str] = Counter()
        for transfer in transfers:
            for posting in transfer.postings:
                name = posting.account.kind.value if by == "kind" else posting.account.name
                balances[name] += posting.amount_cents
        return Totals(
            transfers=len(transfers),
            postings=sum(len(transfer.postings) for transfer in transfers),
            unbalanced_transfers=sum(1 for transfer in transfers if _sum(transfer)),
            balances=dict(balances),
        )

    async def count(self, span: Span) -> int:
        return sum(1 for _ in self._within(span))

    async def unbalanced(self, span: Span, *, limit: int) -> Sequence[tuple[str, Cents]]:
        found = sorted((transfer.key, _sum(transfer)) for transfer in self._within(span))
        return [(key, cents) for key, cents in found if cents][:limit]

    async def latest_snapshot(self, *, until: datetime | None = None) -> Snapshot | None:
        cuts = [cut for cut in self._snapshots if until is None or cut <= until]
        return self._snapshots[max(cuts)][0] if cuts else None

    async def accounts_at(self, cut: datetime) -> Mapping[str, Cents]:
        return self._snapshots[cut][1]

    async def add_snapshot(self, snapshot: Snapshot, accounts: Mapping[str, Cents]) -> None:
        kept = {name: cents for name, cents in accounts.items() if cents}
        self._snapshots.setdefault(snapshot.cut, (snapshot, kept))

    async def take_turn(self, now: datetime, until: datetime) -> bool:
        if self._turn > now:
            return False
        self._turn = until
        return True

    def _within(self, span: Span) -> Iterator[Transfer]:
        for transfer in self._ledger.transfers.values():
            stored_at = self._ledger.stored_at[transfer.key]
            early = span.stored_from is not None and stored_at < span.stored_from
            late = span.stored_before is not None and stored_at >= span.stored_before
            after = span.posted_until is not None and transfer.posted_at > span.posted_until
            if not (early or late or after):
                yield transfer


class MemoryRecords:
    def __init__(self, storage: "MemoryStorage") -> None:
        self._storage = storage
        self.words: dict[str, BankWord] = {}

    async def record(self, words: Sequence[BankWord], *, session: Session | None) -> None:
        for word in words:
            if word.word_id in self.words:
                raise DuplicateKey
            self.words[word.word_id] = word

    async def bank_words(self, run_ids: Collection[str]) -> Sequence[BankWord]:
        return [word for word in self.words.values() if word.run_id in run_ids]

    async def claim_ids(self, claim_number: str) -> Sequence[str]:
        return sorted({v.claim.claim_id for v in self._all() if v.claim.claim_number == claim_number})

    async def versions(self, claim_ids: Collection[str]) -> Sequence[ClaimVersion]:
        found = [version for version in self._all() if version.claim.claim_id in claim_ids]
        return sorted(found, key=lambda version: (version.claim.claim_id, version.claim.version))

    async def claims_recorded(self, start: datetime, end: datetime) -> Sequence[str]:
        return sorted({version.claim.claim_id for version in self._all() if start <= version.recorded_at < end})

    async def payables(self, keys: Collection[str]) -> Sequence[StoredPayable]:
        return [stored for stored in self._payables() if stored.payable.key in keys]

    async def payables_of_run(self, run_id: str) -> Sequence[StoredPayable]:
        return [stored for stored in self._payables() if stored.run_id == run_id]

    async def batches(self, run_ids: Collection[str]) -> Sequence[Batch]:
        return [_batch(payment) for payment in self._payments() if payment.run_id in run_ids]

    async def runs_scheduled(self, start: datetime, end: datetime) -> Sequence[str]:
        return sorted({payment.run_id for payment in self._payments() if start <= payment.scheduled_at < end})

    async def batch(self, reference: str) -> Batch | None:
        named = [p for p in self._payments() if reference in {p.payment_id, p.batch_number}]
        return _batch(named[0]) if named else None

    async def transfers(
        self, *, version_keys: Collection[str], payment_ids: Collection[str]
    ) -> Sequence[StoredTransfer]:
        keys = {adjudication_key(key) for key in version_keys}
        found = [
            StoredTransfer(key=transfer.key, posted_at=transfer.posted_at, postings=transfer.postings)
            for transfer in self._storage.ledger.transfers.values()
            if transfer.key in keys or transfer.payment_id in payment_ids
        ]
        return sorted(found, key=lambda transfer: (transfer.posted_at, transfer.key))

    def _all(self) -> Iterator[ClaimVersion]:
        yield from self._storage.claims.versions.values()

    def _payables(self) -> Iterator[StoredPayable]:
        payables = self._storage.payables
        for payable in payables.open.values():
            yield StoredPayable(payable=payable, run_id=None)
        for key, run_id in payables.batched.items():
            yield StoredPayable(payable=payables.taken[key], run_id=run_id)

    def _payments(self) -> Iterator[Payment]:
        yield from self._storage.payments.payments.values()


def _sum(transfer: Transfer) -> Cents:
    return sum(posting.amount_cents for posting in transfer.postings)


def _batch(payment: Payment) -> Batch:
    return Batch(
        payment_id=payment.payment_id,
        batch_number=payment.batch_number,
        run_id=payment.run_id,
        payee_id=payment.payee_id,
        amount_cents=payment.amount_cents,
        items=payment.items,
        status=payment.status,
        scheduled_at=payment.scheduled_at,
        file_number=payment.file_number,
        method=payment.method,
        reissue_of=payment.reissue_of,
    )
