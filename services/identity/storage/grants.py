"""Grants in MongoDB, and accounts as delegation knows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from services.identity.domain.accounts import DELEGATE, Status
from services.identity.domain.delegation_errors import GrantChangedError
from services.identity.domain.delegations import Service
from services.identity.domain.grants import Grant, GrantStatus, Holder
from services.identity.storage.accounts import ACCOUNTS
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index, Schema

GRANTS: Final = "grants"
ADMINISTRATOR_CREDENTIALS: Final = "administrator_credentials"

SCHEMA: Final = Schema(
    collections=(GRANTS, ADMINISTRATOR_CREDENTIALS),
    indexes=(
        Index(GRANTS, (("provider_id", 1), ("account_id", 1), ("service", 1)), unique=True),
        Index(GRANTS, (("account_id", 1),)),
        Index(ACCOUNTS, (("email", 1),)),
        Index(ACCOUNTS, (("roles", 1), ("email", 1)), unique=True, partial={"roles": DELEGATE}),
    ),
)
"""An address has one delegate account: of two requests that are approved at once, one makes it and one finds it."""


class MongoGrants:
    """``GrantRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._grants = database.collection(GRANTS)

    async def get(self, grant_id: str, *, session: Session | None = None) -> Grant | None:
        return await self._find_one({"_id": grant_id}, session)

    async def find(
        self, provider_id: str, account_id: str, service: str, *, session: Session | None = None
    ) -> Grant | None:
        query = {"provider_id": provider_id, "account_id": account_id, "service": service}
        return await self._find_one(query, session)

    async def add(self, grant: Grant, *, session: Session | None = None) -> None:
        await self._grants.insert_one(_grant_document(grant), session=session)

    async def save(self, grant: Grant, *, session: Session | None = None) -> None:
        document = _grant_document(replace(grant, version=grant.version + 1))
        query = {"_id": grant.grant_id, "version": grant.version}
        if not await self._grants.replace_one(query, document, session=session):
            raise GrantChangedError

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Grant]:
        return await self._list({"account_id": account_id}, session)

    async def list_by_provider(self, provider_id: str, *, session: Session | None = None) -> Sequence[Grant]:
        return await self._list({"provider_id": provider_id}, session)

    async def _find_one(self, query: Filter, session: Session | None) -> Grant | None:
        found = await self._grants.find_one(query, session=session)
        return None if found is None else _grant(found)

    async def _list(self, query: Filter, session: Session | None) -> Sequence[Grant]:
        """The oldest first, so that the first provider stays the first."""
        return [_grant(found) for found in await self._grants.find(query, sort=[("_id", 1)], session=session)]


class MongoHolders:
    """``HolderRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._accounts = database.collection(ACCOUNTS)

    async def get(self, account_id: str, *, session: Session | None = None) -> Holder | None:
        found = await self._accounts.find_one({"_id": account_id}, session=session)
        return None if found is None else _holder(found)

    async def list_by_emails(self, emails: Collection[str], *, session: Session | None = None) -> Sequence[Holder]:
        found = await self._accounts.find({"email": {"$in": list(emails)}}, sort=[("_id", 1)], session=session)
        return [_holder(document) for document in found]

    async def by_provider(
        self, provider_ids: Collection[str], *, session: Session | None = None
    ) -> Mapping[str, Holder]:
        query = {"provider_id": {"$in": list(provider_ids), "$type": "string"}}
        found = await self._accounts.find(query, session=session)
        return {document["provider_id"]: _holder(document) for document in found}


class MongoAdministratorSecurity:
    """``AdministratorSecurity`` in MongoDB: a provider has it once there is a credential."""

    def __init__(self, database: Database) -> None:
        self._credentials = database.collection(ADMINISTRATOR_CREDENTIALS)

    async def has_administrator_security(self, provider_id: str, *, session: Session | None = None) -> bool:
        query = {"$or": [{"_id": provider_id}, {"provider_id": provider_id}]}
        return await self._credentials.find_one(query, projection={"_id": 1}, session=session) is not None


def _grant_document(grant: Grant) -> Document:
    return {
        "_id": grant.grant_id,
        "provider_id": grant.provider_id,
        "account_id": grant.account_id,
        "delegate_name": grant.delegate_name,
        "service": grant.service.value,
        "valid_from": grant.valid_from.isoformat(),
        "valid_to": None if grant.valid_to is None else grant.valid_to.isoformat(),
        "status": grant.status.value,
        "version": grant.version,
    }


def _grant(document: Document) -> Grant:
    end = document["valid_to"]
    return Grant(
        grant_id=document["_id"],
        provider_id=document["provider_id"],
        account_id=document["account_id"],
        delegate_name=document["delegate_name"],
        service=Service(document["service"]),
        valid_from=date.fromisoformat(document["valid_from"]),
        valid_to=None if end is None else date.fromisoformat(end),
        status=GrantStatus(document["status"]),
        version=document["version"],
    )


def _holder(document: Document) -> Holder:
    return Holder(
        account_id=document["_id"],
        name=document["display_name"],
        email=document["email"],
        language=document["language"],
        roles=tuple(document["roles"]),
        provider_id=document["provider_id"],
        active=document["status"] == Status.ACTIVE.value,
    )
