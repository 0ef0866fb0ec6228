"""Claims, coverage and accumulators in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from pymongo import ReplaceOne, UpdateOne

from services.claims.domain.accumulator_documents import accumulators_from_document, accumulators_to_document
from services.claims.domain.accumulators import Accumulators
from services.claims.domain.adjudication import Decision, decision_from_document, decision_to_document
from services.claims.domain.claim import Claim, ClaimStatus, StatusEntry
from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.domain.facts import ClaimLine, DocumentKind, Provider
from services.claims.handlers.ports import AccumulatorKey, DossierCoverage, ListPosition, StoredClaim
from shared import outbox
from shared.batching import Batcher
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

DECISIONS_KEPT: Final = 1_000
NUMBERS_TOGETHER: Final = 100
_Wanted = tuple[str, str]
"""A claim number, and the dossier that it must belong to."""

SCHEMA = Schema(
    collections=("claims", "fingerprints", "coverages", "accumulators", "intake_conflicts", outbox.COLLECTION),
    indexes=(
        *outbox.INDEXES,
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


_NOT_THERE_YET = 0
"""Version of a coverage that claims wait for; those of identity begin at 1."""


class MongoCoverages:
    """``CoverageRepository``."""

    def __init__(self, database: Database) -> None:
        self._coverages = database.collection("coverages")

    async def get_many(self, dossier_ids: Collection[str], *, session: Session | None) -> Mapping[str, DossierCoverage]:
        known = {"_id": {"$in": list(dossier_ids)}, "version": {"$gt": _NOT_THERE_YET}}
        return {row["_id"]: _coverage(row) for row in await self._coverages.find(known, session=session)}

    async def expect(self, dossier_ids: Collection[str], *, session: Session | None) -> None:
        note = {"$inc": {"expected": 1}, "$setOnInsert": {"version": _NOT_THERE_YET}}
        await self._coverages.bulk_write(
            [UpdateOne({"_id": dossier_id}, note, upsert=True) for dossier_id in sorted(dossier_ids)], session=session
        )

    async def put(self, coverage: DossierCoverage, *, session: Session | None) -> bool:
        present = await self._coverages.find_one(
            {"_id": coverage.dossier_id}, projection={"version": 1}, session=session
        )
        if present is not None and present["version"] >= coverage.version:
            return False
        await self._coverages.replace_one(
            {"_id": coverage.dossier_id}, _coverage_document(coverage), upsert=True, session=session
        )
        return True


def _coverage_document(known: DossierCoverage) -> Document:
    coverage = known.coverage
    return {
        "_id": known.dossier_id,
        "version": known.version,
        "contract": coverage.contract,
        "certificate": coverage.certificate,
        "plan_code": coverage.plan_code,
        "province": coverage.province,
        "persons": [
            {
                "person_id": person.person_id,
                "relationship": person.relationship.value,
                "birth_date": person.birth_date.isoformat(),
                "effective_from": person.effective_from.isoformat(),
                "effective_to": person.effective_to.isoformat() if person.effective_to else None,
                "student": person.student,
            }
            for person in coverage.persons
        ],
    }


def _coverage(row: Mapping[str, Any]) -> DossierCoverage:
    persons = tuple(
        CoveredPerson(
            person_id=person["person_id"],
            relationship=Relationship(person["relationship"]),
            birth_date=date.fromisoformat(person["birth_date"]),
            effective_from=date.fromisoformat(person["effective_from"]),
            effective_to=date.fromisoformat(person["effective_to"]) if person["effective_to"] else None,
            student=person["student"],
        )
        for person in row["persons"]
    )
    coverage = Coverage(row["contract"], row["certificate"], row["plan_code"], row["province"], persons)
    return DossierCoverage(row["_id"], row["version"], coverage)


class MongoAccumulators:
    """``AccumulatorRepository``: one document per dossier and benefit year, so that a family's claims meet in it."""

    def __init__(self, database: Database) -> None:
        self._accumulators = database.collection("accumulators")

    async def get_many(
        self, keys: Collection[AccumulatorKey], *, session: Session | None
    ) -> Mapping[AccumulatorKey, Accumulators]:
        by_id = {_accumulator_id(key): key for key in keys}
        rows = await self._accumulators.find({"_id": {"$in": list(by_id)}}, session=session)
        return {by_id[row["_id"]]: accumulators_from_document(row) for row in rows}

    async def put_all(self, accumulators: Mapping[AccumulatorKey, Accumulators], *, session: Session | None) -> None:
        writes = []
        for key, state in accumulators.items():
            document = {"_id": _accumulator_id(key), **accumulators_to_document(state)}
            writes.append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
        await self._accumulators.bulk_write(writes, session=session)


def _accumulator_id(key: AccumulatorKey) -> str:
    return f"{key[0]}|{key[1]}"
