"""Identity's database: documents and domain objects, collections and indexes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from pymongo import ReplaceOne

from services.identity.domain.accounts import Account, user_name_key
from services.identity.domain.registration import Outcome, Registration
from services.identity.domain.roster import Dossier, DossierNumber, Person, Relationship
from shared import outbox
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index, Schema

DOSSIERS: Final = "dossiers"
ACCOUNTS: Final = "accounts"
LINKS: Final = "dossier_links"
REGISTRATIONS: Final = "registrations"
_NOBODY: Final = "-"

SCHEMA: Final = Schema(
    collections=(DOSSIERS, ACCOUNTS, LINKS, REGISTRATIONS, outbox.COLLECTION),
    indexes=(
        *outbox.INDEXES,
        Index(DOSSIERS, (("contract", 1), ("certificate", 1)), unique=True),
        Index(ACCOUNTS, (("user_name_key", 1),), unique=True),
        Index(LINKS, (("account_id", 1),)),
        Index(REGISTRATIONS, (("expires_at", 1),), expire_after_seconds=0),
        Index(REGISTRATIONS, (("dossier_id", 1), ("outcome", 1), ("started_at", 1))),
    ),
)
"""A link's ``_id`` is the dossier's: one account per certificate holder, by the index that every collection has."""


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


class MongoAccounts:
    """Accounts and their links to dossiers.

    Look-ups send the same queries whether or not the first finds something, so that time does not tell (REG-21).
    """

    def __init__(self, database: Database) -> None:
        self._accounts = database.collection(ACCOUNTS)
        self._links = database.collection(LINKS)

    async def get(self, account_id: str, *, session: Session | None = None) -> Account | None:
        return await self._find({"_id": account_id}, session)

    async def get_by_user_name(self, user_name: str, *, session: Session | None = None) -> Account | None:
        return await self._find({"user_name_key": user_name_key(user_name)}, session)

    async def get_by_dossier(self, dossier_id: str, *, session: Session | None = None) -> Account | None:
        link = await self._links.find_one({"_id": dossier_id}, session=session)
        return await self._find({"_id": _NOBODY if link is None else link["account_id"]}, session)

    async def add(self, account: Account, *, session: Session | None = None) -> None:
        await self._accounts.insert_one(_account_document(account), session=session)
        await self._links.insert_many(_link_documents(account), session=session)

    async def replace_password(self, account_id: str, *, old: str, new: str) -> bool:
        return await self._accounts.update_one({"_id": account_id, "password": old}, {"$set": {"password": new}})

    async def _find(self, query: Filter, session: Session | None) -> Account | None:
        found = await self._accounts.find_one(query, session=session)
        account_id = _NOBODY if found is None else found["_id"]
        links = await self._links.find({"account_id": account_id}, sort=[("position", 1)], session=session)
        return None if found is None else _account(found, links)


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


def _account_document(account: Account) -> Document:
    return {
        "_id": account.account_id,
        "user_name": account.user_name,
        "user_name_key": user_name_key(account.user_name),
        "email": account.email,
        "display_name": account.display_name,
        "language": account.language,
        "roles": list(account.roles),
        "password": account.password,
        "created_at": account.created_at,
    }


def _link_documents(account: Account) -> list[Document]:
    return [
        {
            "_id": number.dossier_id,
            "account_id": account.account_id,
            "contract": number.contract,
            "certificate": number.certificate,
            "position": position,
        }
        for position, number in enumerate(account.dossiers)
    ]


def _account(document: Document, links: Sequence[Document]) -> Account:
    return Account(
        account_id=document["_id"],
        user_name=document["user_name"],
        email=document["email"],
        display_name=document["display_name"],
        language=document["language"],
        roles=tuple(document["roles"]),
        password=document["password"],
        created_at=document["created_at"],
        dossiers=tuple(DossierNumber(link["contract"], link["certificate"]) for link in links),
    )


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
