"""Claims, and which services were claimed before, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from pymongo import DeleteOne, ReplaceOne

from services.claims.domain.circumstances import Estimate
from services.claims.domain.claim import ClaimStatus
from services.claims.domain.facts import ClaimKind
from services.claims.handlers.ports import ListPosition, StoredClaim
from services.claims.storage.claim_documents import claim_document, claim_from
from shared.batching import Batcher
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

NUMBERS_TOGETHER: Final = 100
_Wanted = tuple[str, str]
"""A claim number, and the dossier that it must belong to."""

SCHEMA = Schema(
    collections=("claims", "fingerprints", "intake_conflicts"),
    indexes=(
        Index("claims", (("number", 1),), unique=True),
        Index("claims", (("dossier_id", 1), ("received_at", -1), ("_id", -1))),
        Index(
            "claims",
            (("provider_id", 1), ("received_at", -1), ("_id", -1)),
            partial={"provider_id": {"$type": "string"}},
        ),
        Index("claims", (("dossier_id", 1),), partial={"waiting_for_dossier": True}),
    ),
)


class MongoClaims:
    """``ClaimRepository``. A decision is kept as its JSON text, so that a replay can be compared byte for byte."""

    def __init__(self, database: Database) -> None:
        self._claims = database.collection("claims")
        self._fingerprints = database.collection("fingerprints")
        self._conflicts = database.collection("intake_conflicts")
        self._numbers: Batcher[_Wanted, StoredClaim | None] = Batcher(self._find_by_number, maximum=NUMBERS_TOGETHER)

    async def get_many(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, StoredClaim]:
        found = await self._claims.find({"_id": {"$in": list(claim_ids)}}, session=session)
        return {row["_id"]: claim_from(row) for row in found}

    async def get_by_number(self, number: str, *, dossier_id: str) -> StoredClaim | None:
        return await self._numbers.ask((number, dossier_id))

    async def _find_by_number(self, wanted: Sequence[_Wanted]) -> Sequence[StoredClaim | None]:
        rows = await self._claims.find({"number": {"$in": [number for number, _ in wanted]}})
        found = {(row["number"], row["dossier_id"]): claim_from(row) for row in rows}
        return [found.get(key) for key in wanted]

    async def get_of_provider(self, number: str, *, provider_id: str) -> StoredClaim | None:
        row = await self._claims.find_one({"number": number, "provider_id": provider_id})
        return claim_from(row) if row and provider_id else None

    async def find(self, number: str, *, session: Session | None) -> StoredClaim | None:
        row = await self._claims.find_one({"number": number}, session=session)
        return None if row is None else claim_from(row)

    async def list_of_dossier(
        self, dossier_id: str, *, limit: int, before: ListPosition | None
    ) -> Sequence[StoredClaim]:
        return await self._newest({"dossier_id": dossier_id}, limit=limit, before=before)

    async def list_of_provider(
        self, provider_id: str, *, limit: int, before: ListPosition | None
    ) -> Sequence[StoredClaim]:
        return await self._newest({"provider_id": provider_id}, limit=limit, before=before) if provider_id else ()

    async def _newest(self, query: Document, *, limit: int, before: ListPosition | None) -> Sequence[StoredClaim]:
        if before is not None:
            query["$or"] = [
                {"received_at": {"$lt": before.received_at}},
                {"received_at": before.received_at, "_id": {"$lt": before.claim_id}},
            ]
        rows = await self._claims.find(query, sort=[("received_at", -1), ("_id", -1)], limit=limit)
        return [claim_from(row) for row in rows]

    async def list_waiting_for_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[StoredClaim]:
        query = {"dossier_id": dossier_id, "waiting_for_dossier": True}
        rows = await self._claims.find(query, sort=[("received_at", 1), ("_id", 1)], session=session)
        return [claim_from(row) for row in rows]

    async def add_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        await self._claims.insert_many([claim_document(stored) for stored in claims], session=session)
        await self._fingerprints.insert_many(_new_fingerprints(claims), session=session)

    async def save_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        replacements = [ReplaceOne({"_id": stored.claim.id}, claim_document(stored)) for stored in claims]
        await self._claims.bulk_write(replacements, session=session)
        await self._fingerprints.bulk_write(_released_fingerprints(claims), session=session)
        marks = _new_fingerprints(claims)
        taken = await self.claimed_before([mark["_id"] for mark in marks], session=session)
        await self._fingerprints.insert_many([mark for mark in marks if mark["_id"] not in taken], session=session)

    async def claimed_before(self, fingerprints: Collection[str], *, session: Session | None) -> Mapping[str, str]:
        rows = await self._fingerprints.find({"_id": {"$in": list(fingerprints)}}, session=session)
        return {row["_id"]: row["claim_id"] for row in rows}

    async def estimates(self, numbers: Collection[str], *, session: Session | None) -> Mapping[str, Estimate]:
        query = {"number": {"$in": list(numbers)}, "kind": ClaimKind.PREDETERMINATION.value}
        found = [claim_from(row).claim.as_estimate() for row in await self._claims.find(query, session=session)]
        return {estimate.number: estimate for estimate in found if estimate is not None}

    async def advance(
        self,
        claim_ids: Collection[str],
        status: ClaimStatus,
        *,
        at: datetime,
        behind: Collection[ClaimStatus],
        session: Session | None,
    ) -> None:
        entry = {"status": status.value, "at": at}
        concerned, known = {"$in": list(claim_ids)}, [each.value for each in behind]
        await self._claims.update_many(
            {"_id": concerned, "status": {"$in": known}},
            {"$set": {"status": status.value}, "$push": {"timeline": entry}},
            session=session,
        )
        if status is ClaimStatus.PAID:
            unpaid = {"_id": concerned, "paid_at": None, "decided_at": {"$ne": None}}
            await self._claims.update_many(unpaid, {"$set": {"paid_at": at}}, session=session)
        overtaken = {"status": {"$nin": known}, "timeline": {"$not": {"$elemMatch": entry}}, "timeline.at": {"$gt": at}}
        await self._claims.update_many(
            {"_id": concerned, **overtaken},
            {"$push": {"timeline": {"$each": [entry], "$sort": {"at": 1}}}},
            session=session,
        )

    async def add_conflict(self, claim_id: str, body_sha256: str, *, at: datetime, session: Session | None) -> None:
        await self._conflicts.update_one(
            {"_id": f"{claim_id}:{body_sha256}"}, {"$set": {"at": at}}, upsert=True, session=session
        )


def _new_fingerprints(claims: Sequence[StoredClaim]) -> list[Document]:
    """One document per line that may not be claimed again; the first claim of a group keeps a shared one."""
    owners: dict[str, str] = {}
    for stored in claims:
        decision = stored.claim.decision
        for mark in decision.fingerprints if decision else ():
            owners.setdefault(mark, stored.claim.id)
    return [{"_id": mark, "claim_id": claim_id} for mark, claim_id in owners.items()]


def _released_fingerprints(claims: Sequence[StoredClaim]) -> list[DeleteOne]:
    """Those that the decisions before had, and that the new ones have no more."""
    return [
        DeleteOne({"_id": mark, "claim_id": stored.claim.id})
        for stored in claims
        for mark in sorted(stored.claim.released_fingerprints)
    ]
