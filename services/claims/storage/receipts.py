"""Uploaded papers in MongoDB: a record each, and the file in the format of GridFS.

``forget_at`` is there as long as no claim has the paper. A record that is ``released`` waits for its removal only: it
is the last thing that goes, so that a crash in between leaves nothing that nobody would look for.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.claims.domain.claim import Claim
from services.claims.domain.facts import DocumentKind
from services.claims.domain.receipts import ClaimParties, Owner, Receipt, parties_of
from shared.mongo import Database, Document, DuplicateKey, Session
from shared.mongo_files import Files, files_schema
from shared.schema import Index, Schema, joined

RECEIPTS: Final = "receipts"
UNDER_WAY: Final = "under_way"
KEPT: Final = "kept"
RELEASED: Final = "released"

SCHEMA: Final = joined(
    Schema(
        collections=(RECEIPTS,),
        indexes=(
            Index(RECEIPTS, (("forget_at", 1),), partial={"forget_at": {"$exists": True}}),
            Index(RECEIPTS, (("account_id", 1),), partial={"forget_at": {"$exists": True}}),
            Index(RECEIPTS, (("claim.claim_id", 1), ("_id", 1)), partial={"claim.claim_id": {"$exists": True}}),
        ),
    ),
    files_schema(RECEIPTS),
)


class MongoReceipts:
    """``ReceiptRepository``."""

    def __init__(self, database: Database) -> None:
        self._receipts = database.collection(RECEIPTS)
        self._claims = database.collection("claims")

    async def get(self, receipt_id: str, *, session: Session | None = None) -> Receipt | None:
        found = await self._receipts.find_one({"_id": receipt_id, "state": KEPT}, session=session)
        return None if found is None else _receipt(found)

    async def get_many(
        self, receipt_ids: Collection[str], *, owner: Owner, session: Session | None
    ) -> Mapping[str, Receipt]:
        query = {"_id": {"$in": list(receipt_ids)}, "state": KEPT, **_owned(owner)}
        return {row["_id"]: _receipt(row) for row in await self._receipts.find(query, session=session)}

    async def attach(
        self, receipt_ids: Sequence[str], claim: Claim, *, owner: Owner, session: Session | None
    ) -> Sequence[Receipt]:
        if not receipt_ids:
            return ()
        parties = parties_of(claim)
        await self._receipts.update_many(
            {"_id": {"$in": list(receipt_ids)}, "state": KEPT, "claim": None, **_owned(owner)},
            {"$set": {"claim": _parties_document(parties)}, "$unset": {"forget_at": ""}},
            session=session,
        )
        found = await self.get_many(receipt_ids, owner=owner, session=session)
        named = [found[receipt_id] for receipt_id in dict.fromkeys(receipt_ids) if receipt_id in found]
        return [each for each in named if each.claim == parties]

    async def list_of_claim(self, claim_id: str, *, session: Session | None = None) -> Sequence[Receipt]:
        rows = await self._receipts.find({"claim.claim_id": claim_id}, sort=[("_id", 1)], session=session)
        return [_receipt(row) for row in rows]

    async def parties_of(self, claim_number: str) -> ClaimParties | None:
        found = await self._claims.find_one({"number": claim_number}, projection={"dossier_id": 1, "provider_id": 1})
        return None if found is None else ClaimParties(found["_id"], found["dossier_id"], found.get("provider_id", ""))


class MongoUploads:
    """``UploadRepository``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._receipts = database.collection(RECEIPTS)
        self._files = Files(database, RECEIPTS)

    async def begin(self, receipt_id: str, owner: Owner, *, at_most: int, forget_at: datetime) -> bool:
        others = {"account_id": owner.account_id, "forget_at": {"$exists": True}, "_id": {"$ne": receipt_id}}
        if await self._receipts.count(others) >= at_most:
            return False
        expected = {
            "state": UNDER_WAY,
            "account_id": owner.account_id,
            "dossier_id": owner.dossier_id,
            "provider_id": owner.provider_id,
            "forget_at": forget_at,
        }
        try:
            await self._receipts.update_one({"_id": receipt_id}, {"$setOnInsert": expected}, upsert=True)
        except DuplicateKey:  # it came twice at the same moment
            return True
        return True

    async def is_under_way(self, receipt_id: str, owner: Owner) -> bool:
        query = {"_id": receipt_id, "state": UNDER_WAY, **_owned(owner)}
        return await self._receipts.find_one(query, projection={"_id": 1}) is not None

    async def put_part(self, receipt_id: str, owner: Owner, position: int, data: bytes) -> bool:
        if not await self.is_under_way(receipt_id, owner):
            return False
        await self._files.put_part(receipt_id, position, data)
        there = {"_id": receipt_id, "state": {"$in": [UNDER_WAY, KEPT]}}
        if await self._receipts.find_one(there, projection={"_id": 1}) is None:  # its parts may be gone, but for this
            await self._files.remove(receipt_id)
            return False
        return True

    async def part(self, receipt_id: str, position: int) -> bytes | None:
        return await self._files.part(receipt_id, position)

    async def keep(self, receipt: Receipt, *, forget_at: datetime) -> bool:
        async def work(session: Session) -> bool:
            changed = await self._receipts.update_one(
                {"_id": receipt.id, "state": UNDER_WAY},
                {"$set": {"state": KEPT, "forget_at": forget_at, **_facts_document(receipt)}},
                session=session,
            )
            if changed:
                await self._files.complete(
                    receipt.id,
                    name=receipt.file_name,
                    size_bytes=receipt.size_bytes,
                    at=receipt.uploaded_at,
                    metadata={"media_type": receipt.media_type, "sha256": receipt.sha256},
                    session=session,
                )
            return changed

        return await self._database.with_transaction(work)

    async def release(self, receipt_id: str) -> bool:
        return await self._receipts.update_one({"_id": receipt_id, "claim": None}, {"$set": {"state": RELEASED}})

    async def release_overdue(self, now: datetime, *, limit: int) -> Sequence[str]:
        overdue = {"forget_at": {"$lte": now}}
        found = await self._receipts.find(overdue, projection={"_id": 1}, sort=[("forget_at", 1)], limit=limit)
        released = []
        for row in found:
            if await self._receipts.update_one({"_id": row["_id"], **overdue}, {"$set": {"state": RELEASED}}):
                released.append(row["_id"])  # noqa: PERF401 - each is taken on its own
        return released

    async def erase(self, receipt_id: str) -> None:
        await self._files.remove(receipt_id)
        await self._receipts.delete_one({"_id": receipt_id, "state": RELEASED})


def _owned(owner: Owner) -> Document:
    if owner.provider_id:
        return {"provider_id": owner.provider_id}
    return {"account_id": owner.account_id, "dossier_id": owner.dossier_id, "provider_id": ""}


def _facts_document(receipt: Receipt) -> Document:
    return {
        "kind": receipt.kind.value,
        "media_type": receipt.media_type,
        "size_bytes": receipt.size_bytes,
        "sha256": receipt.sha256,
        "file_name": receipt.file_name,
        "slices": receipt.slices,
        "uploaded_at": receipt.uploaded_at,
    }


def _parties_document(parties: ClaimParties) -> Document:
    return {
        "claim_id": parties.claim_id,
        "dossier_id": parties.dossier_id,
        "provider_id": parties.provider_id,
    }


def _receipt(row: Mapping[str, Any]) -> Receipt:
    claim = row.get("claim")
    return Receipt(
        id=row["_id"],
        owner=Owner(row["account_id"], row["dossier_id"], row["provider_id"]),
        kind=DocumentKind(row["kind"]),
        media_type=row["media_type"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"],
        file_name=row["file_name"],
        slices=row["slices"],
        uploaded_at=row["uploaded_at"],
        claim=None if claim is None else ClaimParties(**claim),
    )
