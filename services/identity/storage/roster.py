"""The roster in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from pymongo import ReplaceOne

from services.identity.domain.roster import Dossier, DossierNumber, Person, Relationship
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

DOSSIERS: Final = "dossiers"

SCHEMA: Final = Schema(
    collections=(DOSSIERS,), indexes=(Index(DOSSIERS, (("contract", 1), ("certificate", 1)), unique=True),)
)


class MongoDossiers:
    """The roster."""

    def __init__(self, database: Database) -> None:
        self._dossiers = database.collection(DOSSIERS)

    async def get(self, dossier_id: str, *, session: Session | None = None) -> Dossier | None:
        found = await self._dossiers.find_one({"_id": dossier_id}, session=session)
        return None if found is None else _dossier(found)

    async def list_by_ids(self, dossier_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, Dossier]:
        found = await self._dossiers.find({"_id": {"$in": list(dossier_ids)}}, session=session)
        return {document["_id"]: _dossier(document) for document in found}

    async def save_all(self, dossiers: Sequence[Dossier], *, session: Session | None = None) -> None:
        await self._dossiers.bulk_write(
            [ReplaceOne({"_id": item.dossier_id}, _dossier_document(item), upsert=True) for item in dossiers],
            session=session,
        )


def _dossier_document(dossier: Dossier) -> Document:
    return {
        "_id": dossier.dossier_id,
        "contract": dossier.number.contract,
        "certificate": dossier.number.certificate,
        "plan_code": dossier.plan_code,
        "province": dossier.province,
        "version": dossier.version,
        "persons": [_person_document(person) for person in dossier.persons],
    }


def _dossier(document: Document) -> Dossier:
    return Dossier(
        number=DossierNumber(document["contract"], document["certificate"]),
        plan_code=document["plan_code"],
        province=document["province"],
        version=document["version"],
        persons=tuple(_person(person) for person in document["persons"]),
    )


def _person_document(person: Person) -> Document:
    return {
        "number": person.number,
        "relationship": person.relationship.value,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "birth_date": person.birth_date.isoformat(),
        "language": person.language,
        "student": person.student,
        "effective_from": person.effective_from.isoformat(),
        "effective_to": None if person.effective_to is None else person.effective_to.isoformat(),
    }


def _person(document: Document) -> Person:
    end = document["effective_to"]
    return Person(
        number=document["number"],
        relationship=Relationship(document["relationship"]),
        first_name=document["first_name"],
        last_name=document["last_name"],
        birth_date=date.fromisoformat(document["birth_date"]),
        language=document["language"],
        student=document["student"],
        effective_from=date.fromisoformat(document["effective_from"]),
        effective_to=None if end is None else date.fromisoformat(end),
    )
