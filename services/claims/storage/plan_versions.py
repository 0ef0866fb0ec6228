"""Plans in every version that was used, and decisions as they lie in storage, in MongoDB."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from services.claims.domain.claim import Cause
from services.claims.domain.plan_archive import ArchivedPlan, plan_key
from services.claims.handlers.archiving import StoredDecision
from services.claims.storage.claim_documents import decision_from_text
from shared.mongo import Database, Document, DuplicateKey
from shared.schema import Schema

COLLECTION: Final = "plan_versions"
SCHEMA: Final = Schema(collections=(), append_only=(COLLECTION,))
_DECISIONS: Final = {"number": 1, "version": 1, "cause": 1, "decision": 1, "record": 1, "history": 1}


class MongoPlanArchive:
    """``PlanArchive``: documents that the service may add and never change."""

    def __init__(self, database: Database) -> None:
        self._plans = database.collection(COLLECTION)

    async def keep(self, plan: ArchivedPlan) -> ArchivedPlan:
        kept = await self.get(plan.code, plan.version)
        if kept is not None:
            return kept
        try:
            await self._plans.insert_one(_document(plan))
        except DuplicateKey:  # another process starts at this moment
            kept = await self.get(plan.code, plan.version)
        return kept or plan

    async def get(self, code: str, version: int) -> ArchivedPlan | None:
        row = await self._plans.find_one({"_id": plan_key(code, version)})
        return None if row is None else _plan(row)


class MongoDecisions:
    """``DecisionStore``, in the collection of the claims; one claim after the other in constant memory."""

    def __init__(self, database: Database) -> None:
        self._claims = database.collection("claims")

    async def of_claim(self, number: str) -> AsyncIterator[StoredDecision]:
        row = await self._claims.find_one({"number": number}, projection=_DECISIONS)
        for stored in _decisions(row or {}):
            yield stored

    async def of_all(self) -> AsyncIterator[StoredDecision]:
        async for row in self._claims.stream({}, projection=_DECISIONS):
            for stored in _decisions(row):
                yield stored


def _decisions(row: Mapping[str, Any]) -> Iterator[StoredDecision]:
    for revision in (*row.get("history", ()), row):
        if "decision" in revision:
            yield StoredDecision(
                claim_number=row["number"],
                version=revision["version"],
                cause=Cause(revision.get("cause", Cause.SUBMITTED)),
                text=revision["decision"],
                decision=decision_from_text(revision["decision"]),
                record=revision.get("record", ""),
            )


def _document(plan: ArchivedPlan) -> Document:
    return {
        "_id": plan.key,
        "code": plan.code,
        "version": plan.version,
        "digest": plan.digest,
        "plan": plan.plan,
        "catalogue": plan.catalogue,
        "procedures": plan.procedures,
    }


def _plan(row: Mapping[str, Any]) -> ArchivedPlan:
    return ArchivedPlan(row["code"], row["version"], row["digest"], row["plan"], row["catalogue"], row["procedures"])
