"""Authenticator apps of accounts in MongoDB. One that is never confirmed is removed after a while."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from services.identity.domain.errors import AccountChangedError
from services.identity.domain.second_factor import Authenticator
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

AUTHENTICATORS: Final = "authenticators"
UNCONFIRMED_KEPT: Final = timedelta(days=1)

SCHEMA: Final = Schema(
    collections=(AUTHENTICATORS,),
    indexes=(Index(AUTHENTICATORS, (("purge_at", 1),), expire_after_seconds=0),),
)


class MongoAuthenticators:
    """``AuthenticatorRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._authenticators = database.collection(AUTHENTICATORS)

    async def get(self, account_id: str, *, session: Session | None = None) -> Authenticator | None:
        document = await self._authenticators.find_one({"_id": account_id}, session=session)
        return None if document is None else _authenticator(document)

    async def add(self, authenticator: Authenticator, *, session: Session | None = None) -> None:
        query = {"_id": authenticator.account_id, "confirmed_at": None}
        await self._authenticators.replace_one(query, _document(authenticator), upsert=True, session=session)

    async def save(self, authenticator: Authenticator, *, session: Session | None = None) -> None:
        query = {"_id": authenticator.account_id, "version": authenticator.version}
        document = _document(replace(authenticator, version=authenticator.version + 1))
        if not await self._authenticators.replace_one(query, document, session=session):
            raise AccountChangedError

    async def remove(self, account_id: str, *, session: Session | None = None) -> None:
        await self._authenticators.delete_one({"_id": account_id}, session=session)


def _document(authenticator: Authenticator) -> Document:
    document: Document = {
        "_id": authenticator.account_id,
        "secret": authenticator.secret,
        "started_at": authenticator.started_at,
        "confirmed_at": authenticator.confirmed_at,
        "last_step": authenticator.last_step,
        "recovery_codes": list(authenticator.recovery_codes),
        "version": authenticator.version,
    }
    if authenticator.confirmed_at is None:
        document["purge_at"] = authenticator.started_at + UNCONFIRMED_KEPT
    return document


def _authenticator(document: Mapping[str, Any]) -> Authenticator:
    return Authenticator(
        account_id=document["_id"],
        secret=document["secret"],
        started_at=document["started_at"],
        confirmed_at=document["confirmed_at"],
        last_step=document["last_step"],
        recovery_codes=tuple(document["recovery_codes"]),
        version=document["version"],
    )
