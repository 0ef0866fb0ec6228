"""Changes of addresses in MongoDB: under way, and done a while ago."""

from collections.abc import Sequence
from typing import Final

from services.identity.domain.address_changes import AddressChange
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

ADDRESS_CHANGES: Final = "address_changes"

SCHEMA: Final = Schema(
    collections=(ADDRESS_CHANGES,),
    indexes=(
        Index(ADDRESS_CHANGES, (("purge_at", 1),), expire_after_seconds=0),
        Index(ADDRESS_CHANGES, (("account_id", 1),)),
    ),
)


class MongoAddressChanges:
    """``AddressChangeRepository``."""

    def __init__(self, database: Database) -> None:
        self._changes = database.collection(ADDRESS_CHANGES)

    async def get(self, change_id: str, *, session: Session | None = None) -> AddressChange | None:
        found = await self._changes.find_one({"_id": change_id}, session=session)
        return None if found is None else _change(found)

    async def save(self, change: AddressChange, *, session: Session | None = None) -> None:
        await self._changes.replace_one({"_id": change.change_id}, _document(change), upsert=True, session=session)

    async def list_former(self, account_id: str, *, session: Session | None = None) -> Sequence[str]:
        query = {"account_id": account_id, "provider_id": None, "former": {"$ne": None}}
        found = await self._changes.find(query, sort=[("_id", 1)], session=session)
        return list(dict.fromkeys(document["former"] for document in found))


def _document(change: AddressChange) -> Document:
    return {
        "_id": change.change_id,
        "account_id": change.account_id,
        "provider_id": change.provider_id,
        "email": change.email,
        "language": change.language,
        "taken": change.taken,
        "password": change.password,
        "answers": [{"question": question, "hash": encoded} for question, encoded in change.answers],
        "replaces": change.replaces,
        "started_at": change.started_at,
        "done_at": change.done_at,
        "former": change.former,
        "purge_at": change.purge_at,
    }


def _change(document: Document) -> AddressChange:
    return AddressChange(
        change_id=document["_id"],
        account_id=document["account_id"],
        provider_id=document["provider_id"],
        email=document["email"],
        language=document["language"],
        taken=document["taken"],
        password=document["password"],
        answers=tuple((answer["question"], answer["hash"]) for answer in document["answers"]),
        replaces=document["replaces"],
        started_at=document["started_at"],
        done_at=document["done_at"],
        former=document["former"],
    )
