"""Dossiers as identity published them, or as claims expect them, in MongoDB."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from pymongo import UpdateOne

from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.handlers.ports import DossierCoverage
from shared.mongo import Database, Document, Session
from shared.schema import Schema

SCHEMA: Final = Schema(collections=("coverages",))

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
