"""Accounts and their links to dossiers in MongoDB."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.identity.domain.accounts import Account, Status, user_name_key
from services.identity.domain.errors import AccountChangedError
from services.identity.domain.roster import DossierNumber
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index, Schema

ACCOUNTS: Final = "accounts"
LINKS: Final = "dossier_links"
_NOBODY: Final = "-"

SCHEMA: Final = Schema(
    collections=(ACCOUNTS, LINKS),
    indexes=(
        Index(ACCOUNTS, (("user_name_key", 1),), unique=True),
        Index(ACCOUNTS, (("email", 1),)),
        Index(ACCOUNTS, (("email", 1), ("roles", 1)), unique=True, case_insensitive=True),
        Index(ACCOUNTS, (("provider_id", 1),), unique=True, partial={"provider_id": {"$type": "string"}}),
        Index(LINKS, (("account_id", 1),)),
    ),
)
"""A link's ``_id`` is the dossier's: one account per certificate holder, by the index that every collection has."""


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

    async def get_by_email(self, email: str, role: str, *, session: Session | None = None) -> Account | None:
        return await self._find({"email": email.casefold(), "roles": role}, session)

    async def get_by_dossier(self, dossier_id: str, *, session: Session | None = None) -> Account | None:
        link = await self._links.find_one({"_id": dossier_id}, session=session)
        return await self._find({"_id": _NOBODY if link is None else link["account_id"]}, session)

    async def list_by_email(self, email: str, *, session: Session | None = None) -> Sequence[Account]:
        found = await self._accounts.find({"email": email}, sort=[("_id", 1)], session=session)
        ids = [document["_id"] for document in found] or [_NOBODY]
        links = await self._links.find({"account_id": {"$in": ids}}, sort=[("position", 1)], session=session)
        return [_account(one, [link for link in links if link["account_id"] == one["_id"]]) for one in found]

    async def get_by_provider(self, provider_id: str, *, session: Session | None = None) -> Account | None:
        return await self._find({"provider_id": provider_id}, session)

    async def remove(self, account_id: str, *, session: Session | None = None) -> None:
        for link in await self._links.find({"account_id": account_id}, session=session):
            await self._links.delete_one({"_id": link["_id"]}, session=session)
        await self._accounts.delete_one({"_id": account_id}, session=session)

    async def add(self, account: Account, *, session: Session | None = None) -> None:
        await self._accounts.insert_one(_account_document(account), session=session)
        links = [_link_document(account.account_id, number, at) for at, number in enumerate(account.dossiers)]
        await self._links.insert_many(links, session=session)

    async def save(self, account: Account, *, session: Session | None = None) -> None:
        document = _account_document(replace(account, version=account.version + 1))
        query = {"_id": account.account_id, "version": account.version}
        if not await self._accounts.replace_one(query, document, session=session):
            raise AccountChangedError

    async def add_dossier(self, account_id: str, number: DossierNumber, *, session: Session | None = None) -> None:
        taken = await self._links.find({"account_id": account_id}, session=session)
        position = max((link["position"] for link in taken), default=-1) + 1
        await self._links.insert_one(_link_document(account_id, number, position), session=session)

    async def replace_password(self, account_id: str, *, old: str, new: str) -> bool:
        return await self._accounts.update_one({"_id": account_id, "password": old}, {"$set": {"password": new}})

    async def _find(self, query: Filter, session: Session | None) -> Account | None:
        found = await self._accounts.find_one(query, session=session)
        account_id = _NOBODY if found is None else found["_id"]
        links = await self._links.find({"account_id": account_id}, sort=[("position", 1)], session=session)
        return None if found is None else _account(found, links)


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
        "provider_id": account.provider_id,
        "status": account.status.value,
        "temporary_until": account.temporary_until,
        "opens_at": account.opens_at,
        "enrolling": account.enrolling,
        "second_factor": account.second_factor,
        "sessions_since": account.sessions_since,
        "version": account.version,
    }


def _link_document(account_id: str, number: DossierNumber, position: int) -> Document:
    return {
        "_id": number.dossier_id,
        "account_id": account_id,
        "contract": number.contract,
        "certificate": number.certificate,
        "position": position,
    }


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
        provider_id=document["provider_id"],
        status=Status(document["status"]),
        temporary_until=document["temporary_until"],
        opens_at=document["opens_at"],
        enrolling=document["enrolling"],
        second_factor=document["second_factor"],
        sessions_since=document.get("sessions_since"),
        version=document["version"],
    )
