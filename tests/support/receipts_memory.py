# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions
"""Papers in memory, with the promises of the storage on MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.claims.domain.claim import Claim
from services.claims.domain.receipts import ClaimParties, Owner, Receipt, parties_of
from shared.mongo import Session


@dataclass
class Kept:
    """One paper: under way while there is no receipt."""

    owner: Owner
    forget_at: datetime | None
    receipt: Receipt | None = None
    released: bool = False


@dataclass
class MemoryReceipts:
    """``ReceiptRepository`` and ``UploadRepository``."""

    rows: dict[str, Kept] = field(default_factory=dict)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    claims: dict[str, ClaimParties] = field(default_factory=dict)

    async def get(self, receipt_id: str, *, session: Session | None = None) -> Receipt | None:
        row = self.rows.get(receipt_id)
        return None if row is None or row.released else row.receipt

    async def get_many(
        self, receipt_ids: Collection[str], *, owner: Owner, session: Session | None
    ) -> Mapping[str, Receipt]:
        found = {receipt_id: await self.get(receipt_id) for receipt_id in receipt_ids}
        return {key: each for key, each in found.items() if each is not None and each.owner.same_as(owner)}

    async def attach(
        self, receipt_ids: Sequence[str], claim: Claim, *, owner: Owner, session: Session | None
    ) -> Sequence[Receipt]:
        parties = parties_of(claim)
        for receipt_id, receipt in (await self.get_many(receipt_ids, owner=owner, session=session)).items():
            if receipt.claim is None:
                row = self.rows[receipt_id]
                row.receipt, row.forget_at = replace(receipt, claim=parties), None
        found = await self.get_many(receipt_ids, owner=owner, session=session)
        named = [found[receipt_id] for receipt_id in dict.fromkeys(receipt_ids) if receipt_id in found]
        return [each for each in named if each.claim == parties]

    async def list_of_claim(self, claim_id: str, *, session: Session | None = None) -> Sequence[Receipt]:
        found = [row.receipt for row in self.rows.values() if row.receipt is not None]
        return sorted((r for r in found if r.claim and r.claim.claim_id == claim_id), key=lambda r: r.id)

    async def parties_of(self, claim_number: str) -> ClaimParties | None:
        return self.claims.get(claim_number)

    async def begin(self, receipt_id: str, owner: Owner, *, at_most: int, forget_at: datetime) -> bool:
        waiting = [
            key
            for key, row in self.rows.items()
            if row.forget_at is not None and row.owner.account_id == owner.account_id and key != receipt_id
        ]
        if len(waiting) >= at_most:
            return False
        self.rows.setdefault(receipt_id, Kept(owner, forget_at))
        return True

    async def is_under_way(self, receipt_id: str, owner: Owner) -> bool:
        row = self.rows.get(receipt_id)
        return row is not None and row.receipt is None and not row.released and row.owner.same_as(owner)

    async def put_part(self, receipt_id: str, owner: Owner, position: int, data: bytes) -> bool:
        under_way = await self.is_under_way(receipt_id, owner)
        if under_way:
            self.parts.setdefault((receipt_id, position), data)
        return under_way

    async def part(self, receipt_id: str, position: int) -> bytes | None:
        return self.parts.get((receipt_id, position))

    async def keep(self, receipt: Receipt, *, forget_at: datetime) -> bool:
        row = self.rows.get(receipt.id)
        if row is None or row.receipt is not None or row.released:
            return False
        row.receipt, row.forget_at = receipt, forget_at
        return True

    async def release(self, receipt_id: str) -> bool:
        row = self.rows.get(receipt_id)
        if row is None or (row.receipt is not None and row.receipt.claim is not None):
            return False
        row.released = True
        return True

    async def release_overdue(self, now: datetime, *, limit: int) -> Sequence[str]:
        overdue = [key for key, row in self.rows.items() if row.forget_at is not None and row.forget_at <= now][:limit]
        for key in overdue:
            self.rows[key].released = True
        return overdue

    async def erase(self, receipt_id: str) -> None:
        self.parts = {key: data for key, data in self.parts.items() if key[0] != receipt_id}
        if receipt_id in self.rows and self.rows[receipt_id].released:
            del self.rows[receipt_id]
