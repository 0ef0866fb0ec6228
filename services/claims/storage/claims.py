"""Claims, and which services were claimed before, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from pymongo import ReplaceOne

from services.claims.domain.adjudication import Decision, decision_from_document, decision_to_document
from services.claims.domain.claim import Claim, ClaimStatus, StatusEntry
from services.claims.domain.facts import ClaimLine, DocumentKind, Provider
from services.claims.handlers.ports import ListPosition, StoredClaim
from shared.batching import Batcher
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

DECISIONS_KEPT: Final = 1_000
NUMBERS_TOGETHER: Final = 100
_Wanted = tuple[str, str]
"""A claim number, and the dossier that it must belong to."""

SCHEMA = Schema(
    collections=("claims", "fingerprints", "intake_conflicts"),
    indexes=(
        Index("claims", (("number", 1),), unique=True),
        Index("claims", (("dossier_id", 1), ("received_at", -1), ("_id", -1))),
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
        return {row["_id"]: _claim(row) for row in found}

    async def get_by_number(self, number: str, *, dossier_id: str) -> StoredClaim | None:
        return await self._numbers.ask((number, dossier_id))

    async def _find_by_number(self, wanted: Sequence[_Wanted]) -> Sequence[StoredClaim | None]:
        rows = await self._claims.find({"number": {"$in": [number for number, _ in wanted]}})
        found = {(row["number"], row["dossier_id"]): _claim(row) for row in rows}
        return [found.get(key) for key in wanted]

    async def list_of_dossier(
        self, dossier_id: str, *, limit: int, before: ListPosition | None
    ) -> Sequence[StoredClaim]:
        query: Document = {"dossier_id": dossier_id}
        if before is not None:
            query["$or"] = [
                {"received_at": {"$lt": before.received_at}},
                {"received_at": before.received_at, "_id": {"$lt": before.claim_id}},
            ]
        rows = await self._claims.find(query, sort=[("received_at", -1), ("_id", -1)], limit=limit)
        return [_claim(row) for row in rows]

    async def list_waiting_for_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[StoredClaim]:
        query = {"dossier_id": dossier_id, "waiting_for_dossier": True}
        rows = await self._claims.find(query, sort=[("received_at", 1), ("_id", 1)], session=session)
        return [_claim(row) for row in rows]

    async def add_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        await self._claims.insert_many([_document(stored) for stored in claims], session=session)
        await self._fingerprints.insert_many(_new_fingerprints(claims), session=session)

    async def save_all(self, claims: Sequence[StoredClaim], *, session: Session | None) -> None:
        replacements = [ReplaceOne({"_id": stored.claim.id}, _document(stored)) for stored in claims]
        await self._claims.bulk_write(replacements, session=session)
        marks = _new_fingerprints(claims)
        taken = await self.claimed_before([mark["_id"] for mark in marks], session=session)
        await self._fingerprints.insert_many([mark for mark in marks if mark["_id"] not in taken], session=session)

    async def claimed_before(self, fingerprints: Collection[str], *, session: Session | None) -> Mapping[str, str]:
        rows = await self._fingerprints.find({"_id": {"$in": list(fingerprints)}}, session=session)
        return {row["_id"]: row["claim_id"] for row in rows}

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


def _document(stored: StoredClaim) -> Document:
    claim = stored.claim
    document: Document = {
        "_id": claim.id,
        "number": claim.number,
        "account_id": claim.account_id,
        "dossier_id": claim.dossier_id,
        "person_id": claim.person_id,
        "provider": {"name": claim.provider.name, "phone": claim.provider.phone, "id": claim.provider.id},
        "claim_type": claim.claim_type,
        "lines": [
            {
                "code": line.code,
                "service_date": line.service_date.isoformat(),
                "units": line.units,
                "submitted_cents": line.submitted_cents,
                "answers": dict(line.answers),
            }
            for line in claim.lines
        ],
        "documents": sorted(kind.value for kind in claim.documents),
        "received_at": claim.received_at,
        "status": claim.status.value,
        "timeline": [{"status": entry.status.value, "at": entry.at} for entry in claim.timeline],
        "version": claim.version,
        "body_sha256": stored.body_sha256,
    }
    if claim.decision is not None:
        document["outcome"] = claim.decision.outcome.value
        document["decision"] = orjson.dumps(decision_to_document(claim.decision)).decode()
        if not claim.decision.dossier_known:
            document["waiting_for_dossier"] = True
    return document


def _claim(row: Mapping[str, Any]) -> StoredClaim:
    provider = row["provider"]
    decision = row.get("decision")
    claim = Claim(
        id=row["_id"],
        number=row["number"],
        account_id=row["account_id"],
        dossier_id=row["dossier_id"],
        person_id=row["person_id"],
        provider=Provider(provider["name"], provider["phone"], provider["id"]),
        claim_type=row["claim_type"],
        lines=tuple(_line(line) for line in row["lines"]),
        received_at=row["received_at"],
        timeline=tuple(StatusEntry(ClaimStatus(entry["status"]), entry["at"]) for entry in row["timeline"]),
        documents=frozenset(DocumentKind(kind) for kind in row["documents"]),
        decision=_decision(decision) if decision else None,
        version=row["version"],
    )
    return StoredClaim(claim, row["body_sha256"])


@lru_cache(maxsize=DECISIONS_KEPT)
def _decision(text: str) -> Decision:
    """The same text is the same decision, and a claim is read many times after it was decided once."""
    return decision_from_document(orjson.loads(text))


def _line(row: Mapping[str, Any]) -> ClaimLine:
    return ClaimLine(
        code=row["code"],
        service_date=date.fromisoformat(row["service_date"]),
        units=row["units"],
        submitted_cents=row["submitted_cents"],
        answers=row["answers"],
    )
