"""MongoDB behind a small typed facade: the one module that imports motor (docs/adr/0004).

Offers the subset that motor and PyMongo Async have in common. Sessions and transactions exist only inside
``Database.with_transaction``. Driver errors leave this module as ``DuplicateKey``, ``Unavailable`` or unchanged
(a defect).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC
from typing import Any, TypeVar

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne
from pymongo.encryption_options import AutoEncryptionOpts
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.mongo_errors import DuplicateKey, Unavailable, is_id_taken, translated

__all__ = [
    "Collection",
    "Database",
    "Document",
    "DuplicateKey",
    "Filter",
    "Session",
    "Unavailable",
    "connect",
    "opened",
]

Document = dict[str, Any]
Filter = Mapping[str, Any]
WriteOperation = InsertOne[Document] | UpdateOne | ReplaceOne[Document] | DeleteOne
T = TypeVar("T")


class Session:
    """A transaction under way; only handed out by ``Database.with_transaction``."""

    __slots__ = ("_driver",)

    def __init__(self, driver: Any) -> None:
        self._driver = driver


@contextmanager
def _translated_outside(session: Session | None) -> Any:
    """Inside a transaction the driver must see its own errors: their labels decide about running it again."""
    if session is not None:
        yield
        return
    with translated():
        yield


def _driver(session: Session | None) -> Any:
    return None if session is None else session._driver  # noqa: SLF001


class Collection:
    """A collection with the operations that Acquit uses; every one takes part in ``session`` when given."""

    __slots__ = ("_collection", "name")

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        self.name: str = collection.name

    async def find_one(
        self, query: Filter, *, projection: Mapping[str, int] | None = None, session: Session | None = None
    ) -> Document | None:
        """First document that matches, or ``None``."""
        with _translated_outside(session):
            found: Document | None = await self._collection.find_one(query, projection, session=_driver(session))
        return found

    async def find(
        self,
        query: Filter,
        *,
        projection: Mapping[str, int] | None = None,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 0,
        session: Session | None = None,
    ) -> list[Document]:
        """Documents that match, in the order given; ``limit`` 0 means all."""
        cursor = self._collection.find(query, projection, session=_driver(session))
        if sort:
            cursor = cursor.sort(list(sort))
        if limit:
            cursor = cursor.limit(limit)
        with _translated_outside(session):
            found: list[Document] = await cursor.to_list(None)
        return found

    async def stream(
        self, query: Filter, *, projection: Mapping[str, int] | None = None, sort: Sequence[tuple[str, int]] = ()
    ) -> AsyncIterator[Document]:
        """Documents that match, one after the other, in constant memory."""
        cursor = self._collection.find(query, projection)
        if sort:
            cursor = cursor.sort(list(sort))
        with translated():
            async for document in cursor:
                yield document

    async def count(self, query: Filter) -> int:
        """How many documents match."""
        with translated():
            return int(await self._collection.count_documents(query))

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Result documents of an aggregation pipeline."""
        with translated():
            found: list[Document] = await self._collection.aggregate(list(pipeline)).to_list(None)
        return found

    async def insert_one(self, document: Document, *, session: Session | None = None) -> None:
        """Insert; raises ``DuplicateKey``."""
        with _translated_outside(session):
            await self._collection.insert_one(document, session=_driver(session))

    async def insert_many(self, documents: Sequence[Document], *, session: Session | None = None) -> None:
        """Insert all in order; raises ``DuplicateKey`` at the first that is there already."""
        if documents:
            with _translated_outside(session):
                await self._collection.insert_many(list(documents), session=_driver(session))

    async def insert_new(self, documents: Sequence[Document]) -> set[Any]:
        """Insert those whose ``_id`` is free; returns the ids that were taken already.

        Raises:
            DuplicateKey: another unique index refused one; all others are inserted.
        """
        if not documents:
            return set()
        with translated():
            try:
                await self._collection.insert_many(list(documents), ordered=False)
            except BulkWriteError as error:
                failures = error.details["writeErrors"]
                if not failures or not all(map(is_id_taken, failures)):
                    raise
                return {failure["op"]["_id"] for failure in failures}
        return set()

    async def update_one(
        self, query: Filter, update: Mapping[str, Any], *, upsert: bool = False, session: Session | None = None
    ) -> bool:
        """Update one document; tells whether one matched or was made."""
        with _translated_outside(session):
            result = await self._collection.update_one(query, update, upsert=upsert, session=_driver(session))
        return bool(result.matched_count or result.upserted_id is not None)

    async def update_many(self, query: Filter, update: Mapping[str, Any], *, session: Session | None = None) -> int:
        """Update all that match; tells how many."""
        with _translated_outside(session):
            result = await self._collection.update_many(query, update, session=_driver(session))
        return int(result.matched_count)

    async def replace_one(
        self, query: Filter, document: Document, *, upsert: bool = False, session: Session | None = None
    ) -> bool:
        """Replace one document; tells whether one matched or was made."""
        with _translated_outside(session):
            result = await self._collection.replace_one(query, document, upsert=upsert, session=_driver(session))
        return bool(result.matched_count or result.upserted_id is not None)

    async def find_one_and_update(
        self,
        query: Filter,
        update: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        upsert: bool = False,
        session: Session | None = None,
    ) -> Document | None:
        """Update one document atomically and return it as it is afterwards."""
        with _translated_outside(session):
            found: Document | None = await self._collection.find_one_and_update(
                query, update, sort=list(sort) or None, upsert=upsert, return_document=True, session=_driver(session)
            )
        return found

    async def delete_one(self, query: Filter, *, session: Session | None = None) -> bool:
        """Delete one document; tells whether there was one."""
        with _translated_outside(session):
            result = await self._collection.delete_one(query, session=_driver(session))
        return bool(result.deleted_count)

    async def delete_many(self, query: Filter, *, session: Session | None = None) -> int:
        """Delete all that match; tells how many."""
        with _translated_outside(session):
            result = await self._collection.delete_many(query, session=_driver(session))
        return int(result.deleted_count)

    async def bulk_write(
        self, operations: Sequence[WriteOperation], *, session: Session | None = None
    ) -> tuple[int, int]:
        """Carry out writes in order; returns (matched, made by upsert or insert)."""
        if not operations:
            return (0, 0)
        with _translated_outside(session):
            result = await self._collection.bulk_write(list(operations), session=_driver(session))
        return (int(result.matched_count), int(result.upserted_count + result.inserted_count))


class Database:
    """One service's database. Majority writes with journal, majority reads, aware UTC datetimes."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._database = client.get_database(
            name,
            codec_options=options,
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority", j=True, wtimeout=20_000),
        )
        self.name = name

    def collection(self, name: str) -> Collection:
        """A handle; nothing is sent."""
        return Collection(self._database.get_collection(name))

    def hints(self, name: str) -> Collection:
        """A collection of what may be lost: a write is done when the primary has it in memory, and is read at once."""
        return Collection(
            self._database.get_collection(
                name, read_concern=ReadConcern("local"), write_concern=WriteConcern(1, j=False)
            )
        )

    async def with_transaction(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction: majority, snapshot. It may run several times; only the last run counts.

        Raises:
            DuplicateKey: a unique index refused a write; nothing was written.
            Unavailable: the database did not answer or a conflict lasted; nothing is known to be written.
        """
        with translated():
            async with await self._client.start_session() as driver_session:

                async def callback(session: Any) -> T:
                    return await work(Session(session))

                result: T = await driver_session.with_transaction(
                    callback,
                    read_concern=ReadConcern("snapshot"),
                    write_concern=WriteConcern("majority", j=True),
                )
                return result

    async def ping(self) -> None:
        """Raise ``Unavailable`` unless the primary answers."""
        with translated():
            await self._database.command("ping")

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def connect(
    url: str, database: str, *, pool_size: int = 20, automatic_decryption: AutoEncryptionOpts | None = None
) -> Database:
    """Open a database lazily: no connection is made before the first operation."""
    client: Any = AsyncIOMotorClient(
        url,
        maxPoolSize=pool_size,
        serverSelectionTimeoutMS=3_000,
        connectTimeoutMS=3_000,
        socketTimeoutMS=30_000,
        retryWrites=True,
        appname=f"acquit-{database}",
        auto_encryption_opts=automatic_decryption,
    )
    return Database(client, database)


@asynccontextmanager
async def opened(url: str, database: str) -> AsyncIterator[Database]:
    """A database for a command line tool, closed at the end."""
    handle = connect(url, database, pool_size=4)
    try:
        yield handle
    finally:
        handle.close()
