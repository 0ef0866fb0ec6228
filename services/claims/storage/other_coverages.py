"""Other insurers' plans as families declared them, in MongoDB: one document per dossier, and every change for ever."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from services.claims.domain.circumstances import Custody, HeldAs, Holding, OtherCoverage
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

CURRENT: Final = "other_coverages"
CHANGES: Final = "other_coverage_changes"
SCHEMA: Final = Schema(
    collections=(CURRENT,),
    indexes=(Index(CHANGES, (("dossier_id", 1), ("at", 1))),),
    append_only=(CHANGES,),
)


class MongoOtherCoverages:
    """``OtherCoverageRepository``."""

    def __init__(self, database: Database) -> None:
        self._current = database.collection(CURRENT)
        self._changes = database.collection(CHANGES)

    async def get_many(self, dossier_ids: Collection[str]) -> Mapping[str, Sequence[OtherCoverage]]:
        rows = await self._current.find({"_id": {"$in": list(dossier_ids)}})
        return {row["_id"]: tuple(map(_read, row["coverages"])) for row in rows}

    async def of_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[OtherCoverage]:
        row = await self._current.find_one({"_id": dossier_id}, session=session)
        return tuple(map(_read, row["coverages"])) if row else ()

    async def put(
        self, dossier_id: str, declared: OtherCoverage, *, by: str, at: datetime, session: Session | None
    ) -> None:
        others = [each for each in await self.of_dossier(dossier_id, session=session) if each.id != declared.id]
        coverages = sorted((*others, declared), key=lambda each: each.id)
        document: Document = {"_id": dossier_id, "coverages": [_document(each) for each in coverages]}
        await self._current.replace_one({"_id": dossier_id}, document, upsert=True, session=session)
        change: Document = {"dossier_id": dossier_id, "at": at, "by": by, "coverage": _document(declared)}
        await self._changes.insert_one(change, session=session)


def _document(coverage: OtherCoverage) -> Document:
    return {
        "id": coverage.id,
        "insurer": coverage.insurer,
        "person_ids": sorted(coverage.person_ids),
        "ours": _holding_document(coverage.ours),
        "theirs": _holding_document(coverage.theirs),
        "effective_from": coverage.effective_from.isoformat(),
        "effective_to": coverage.effective_to.isoformat() if coverage.effective_to else None,
    }


def _read(row: Mapping[str, Any]) -> OtherCoverage:
    return OtherCoverage(
        id=row["id"],
        insurer=row["insurer"],
        person_ids=frozenset(row["person_ids"]),
        ours=_holding(row["ours"]),
        theirs=_holding(row["theirs"]),
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
    )


def _holding_document(holding: Holding) -> Document:
    return {
        "held_as": holding.held_as.value,
        "since": holding.since.isoformat() if holding.since else None,
        "birthday": list(holding.birthday) if holding.birthday else None,
        "first_name": holding.first_name,
        "custody": holding.custody.value,
    }


def _holding(row: Mapping[str, Any]) -> Holding:
    birthday = row["birthday"]
    return Holding(
        held_as=HeldAs(row["held_as"]),
        since=date.fromisoformat(row["since"]) if row["since"] else None,
        birthday=(birthday[0], birthday[1]) if birthday else None,
        first_name=row["first_name"],
        custody=Custody(row["custody"]),
    )
