"""Registrations under way in MongoDB."""

from datetime import datetime
from typing import Final

from services.identity.domain.registration import Outcome, Registration
from services.identity.domain.roster import DossierNumber
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

REGISTRATIONS: Final = "registrations"

SCHEMA: Final = Schema(
    collections=(REGISTRATIONS,),
    indexes=(
        Index(REGISTRATIONS, (("expires_at", 1),), expire_after_seconds=0),
        Index(REGISTRATIONS, (("dossier_id", 1), ("outcome", 1), ("started_at", 1))),
    ),
)


class MongoRegistrations:
    """Registrations; MongoDB removes them after a day, ``Registration.under_way`` is exact about it."""

    def __init__(self, database: Database) -> None:
        self._registrations = database.collection(REGISTRATIONS)

    async def get(self, registration_id: str, *, session: Session | None = None) -> Registration | None:
        found = await self._registrations.find_one({"_id": registration_id}, session=session)
        return None if found is None else _registration(found)

    async def add(self, registration: Registration, *, session: Session | None = None) -> None:
        await self._registrations.insert_one(_registration_document(registration), session=session)

    async def complete(self, registration_id: str, account_id: str, *, session: Session | None = None) -> None:
        await self._registrations.update_one(
            {"_id": registration_id}, {"$set": {"account_id": account_id, "password": None}}, session=session
        )

    async def count_misses(
        self, dossier_id: str, *, since: datetime, up_to: int, session: Session | None = None
    ) -> int:
        query = {"dossier_id": dossier_id, "outcome": Outcome.NOT_MATCHED.value, "started_at": {"$gte": since}}
        return len(await self._registrations.find(query, projection={"_id": 1}, limit=up_to, session=session))


def _registration_document(registration: Registration) -> Document:
    return {
        "_id": registration.registration_id,
        "dossier_id": registration.number.dossier_id,
        "contract": registration.number.contract,
        "certificate": registration.number.certificate,
        "outcome": registration.outcome.value,
        "email": registration.email,
        "language": registration.language,
        "started_at": registration.started_at,
        "expires_at": registration.expires_at,
        "password": registration.password,
        "account_id": registration.account_id,
    }


def _registration(document: Document) -> Registration:
    return Registration(
        registration_id=document["_id"],
        number=DossierNumber(document["contract"], document["certificate"]),
        outcome=Outcome(document["outcome"]),
        email=document["email"],
        language=document["language"],
        started_at=document["started_at"],
        password=document["password"],
        account_id=document["account_id"],
    )
