"""Registers in MongoDB: one document per entry, named by the entry's id."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from pymongo import ReplaceOne

from services.identity.domain.register_loading import Entry
from shared.mongo import Database, Document, Session

E = TypeVar("E", bound=Entry)


class MongoRegister(Generic[E]):
    """The entries of one register; how a document of it reads is given by two functions."""

    def __init__(
        self,
        database: Database,
        collection: str,
        *,
        to_document: Callable[[E], Document],
        from_document: Callable[[Document], E],
    ) -> None:
        self._entries = database.collection(collection)
        self._to_document = to_document
        self._from_document = from_document

    async def get(self, entry_id: str, *, session: Session | None = None) -> E | None:
        found = await self._entries.find_one({"_id": entry_id}, session=session)
        return None if found is None else self._from_document(found)

    async def list_by_ids(self, entry_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, E]:
        found = await self._entries.find({"_id": {"$in": list(entry_ids)}}, session=session)
        return {document["_id"]: self._from_document(document) for document in found}

    async def save_all(self, entries: Sequence[E], *, session: Session | None = None) -> None:
        await self._entries.bulk_write(
            [
                ReplaceOne(
                    {"_id": entry.entry_id},
                    {"_id": entry.entry_id, "version": entry.version, **self._to_document(entry)},
                    upsert=True,
                )
                for entry in entries
            ],
            session=session,
        )
