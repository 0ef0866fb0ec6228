"""Statements as files, who is told of them, and what goes by post, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.payments.domain.statement_documents import DocumentKey, PaperCopy, Reader, StatementDocument
from shared.mongo import Database, DuplicateKey, Session
from shared.schema import Index

DOCUMENTS: Final = "statement_documents"
READERS: Final = "statement_readers"
DELIVERIES: Final = "statement_deliveries"
PAPER: Final = "statement_paper_copies"
PERSONS: Final = "statement_persons"
INDEXES: Final = (
    Index(READERS, (("payee_id", 1),)),
    Index(PAPER, (("posted_at", 1), ("_id", 1))),
    Index(PERSONS, (("persons.person_id", 1),)),
)


class MongoStatementDocuments:
    """One document per file, never changed. A file beyond the 16 MiB of a document would be some 20 000 lines long."""

    def __init__(self, database: Database) -> None:
        self._documents = database.collection(DOCUMENTS)

    async def get(self, key: DocumentKey) -> StatementDocument | None:
        found = await self._documents.find_one({"_id": str(key)})
        return None if found is None else _document_from(key, found)

    async def add(self, document: StatementDocument) -> None:
        try:
            await self._documents.insert_one(
                {
                    "_id": str(document.key),
                    "sha256": document.sha256,
                    "made_at": document.made_at,
                    "content": document.content,
                }
            )
        except DuplicateKey:  # another process was first
            return


class MongoStatementReaders:
    """One document per payee and account."""

    def __init__(self, database: Database) -> None:
        self._readers = database.collection(READERS)

    async def note(self, payee_id: str, reader: Reader, *, session: Session | None) -> None:
        await self._readers.update_one(
            {"_id": f"{payee_id}/{reader.account_id}"},
            {
                "$set": {
                    "payee_id": payee_id,
                    "account_id": reader.account_id,
                    "language": reader.language,
                    "name": reader.name,
                }
            },
            upsert=True,
            session=session,
        )

    async def of(self, payee_id: str, *, session: Session | None) -> Sequence[Reader]:
        found = await self._readers.find({"payee_id": payee_id}, sort=(("_id", 1),), session=session)
        return [Reader(document["account_id"], document["language"], document["name"]) for document in found]


class MongoStatementDeliveries:
    """One document per payee that ever chose."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database.collection(DELIVERIES)

    async def choose(self, payee_id: str, *, by_post: bool, at: datetime, session: Session | None) -> None:
        await self._deliveries.update_one(
            {"_id": payee_id}, {"$set": {"by_post": by_post, "chosen_at": at}}, upsert=True, session=session
        )

    async def get(self, payee_id: str, *, session: Session | None) -> tuple[bool, datetime | None]:
        found = await self._deliveries.find_one({"_id": payee_id}, session=session)
        return (False, None) if found is None else (bool(found["by_post"]), found["chosen_at"])


class MongoPaperCopies:
    """One document per statement that goes by post."""

    def __init__(self, database: Database) -> None:
        self._copies = database.collection(PAPER)

    async def add(self, copy: PaperCopy, *, session: Session | None) -> None:
        await self._copies.update_one(
            {"_id": copy.batch_number},
            {
                "$setOnInsert": {
                    "payee_id": copy.payee_id,
                    "payee_class": copy.payee_class,
                    "issued_at": copy.issued_at,
                    "posted_at": None,
                    "posted_by": None,
                }
            },
            upsert=True,
            session=session,
        )

    async def list_unposted(self, *, after: str | None, limit: int) -> Sequence[PaperCopy]:
        query: dict[str, Any] = {"posted_at": None}
        if after is not None:
            query["_id"] = {"$gt": after}
        return [_copy_from(found) for found in await self._copies.find(query, sort=(("_id", 1),), limit=limit)]

    async def get(self, batch_number: str, *, session: Session | None) -> PaperCopy | None:
        found = await self._copies.find_one({"_id": batch_number}, session=session)
        return None if found is None else _copy_from(found)

    async def mark_posted(self, batch_number: str, *, at: datetime, by: str, session: Session | None) -> None:
        await self._copies.update_one(
            {"_id": batch_number, "posted_at": None}, {"$set": {"posted_at": at, "posted_by": by}}, session=session
        )


class MongoStatementPersons:
    """One document per dossier, its persons inside."""

    def __init__(self, database: Database) -> None:
        self._dossiers = database.collection(PERSONS)

    async def note(self, dossier_id: str, names: Mapping[str, str], *, version: int, session: Session | None) -> None:
        found = await self._dossiers.find_one({"_id": dossier_id}, session=session)
        if found is not None and found["version"] >= version:
            return
        persons = [{"person_id": person_id, "name": name} for person_id, name in names.items()]
        await self._dossiers.update_one(
            {"_id": dossier_id}, {"$set": {"version": version, "persons": persons}}, upsert=True, session=session
        )

    async def names(self, person_ids: Collection[str]) -> Mapping[str, str]:
        wanted = set(person_ids)
        found = await self._dossiers.find({"persons.person_id": {"$in": sorted(wanted)}})
        persons = [person for dossier in found for person in dossier["persons"]]
        return {person["person_id"]: person["name"] for person in persons if person["person_id"] in wanted}


def _document_from(key: DocumentKey, found: Mapping[str, Any]) -> StatementDocument:
    return StatementDocument(key=key, content=bytes(found["content"]), sha256=found["sha256"], made_at=found["made_at"])


def _copy_from(found: Mapping[str, Any]) -> PaperCopy:
    return PaperCopy(
        batch_number=found["_id"],
        payee_id=found["payee_id"],
        payee_class=found["payee_class"],
        issued_at=found["issued_at"],
        posted_at=found["posted_at"],
        posted_by=found["posted_by"],
    )
