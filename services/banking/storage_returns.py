"""Returns, flags on bank details, the exception list and leases in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from pymongo import UpdateOne

from services.banking.handlers.ports_returns import ImportedFile, ListedException, ReturnNote, exception_key
from services.banking.ports import BankException, StoredAccount
from shared.mongo import Database, Document, DuplicateKey, Session
from shared.schema import Index

EXCEPTIONS: Final = "exceptions"
RETURNS: Final = "deposit_returns"
FILES: Final = "return_files"
FLAGS: Final = "details_flags"
LEASES: Final = "leases"

COLLECTIONS: Final = (RETURNS, FILES, FLAGS, LEASES)
INDEXES: Final = (
    Index(EXCEPTIONS, (("key", 1),), unique=True, partial={"key": {"$exists": True}}),
    Index(EXCEPTIONS, (("closed_at", 1), ("found_at", -1), ("_id", -1))),
)
_FIGURES: Final = ("items", "applied", "repeated", "exceptions")


class MongoReturns:
    """``ReturnRepository``: a return is stored under its payment, a file under its SHA-256."""

    def __init__(self, database: Database) -> None:
        self._returns = database.collection(RETURNS)
        self._files = database.collection(FILES)

    async def note_of(self, payment_id: str, *, session: Session | None = None) -> ReturnNote | None:
        row = await self._returns.find_one({"_id": payment_id}, session=session)
        if row is None:
            return None
        return ReturnNote(
            payment_id=row["_id"],
            reason=row["reason"],
            trace=row["trace"],
            returned_on=date.fromisoformat(row["returned_on"]),
            source=row["source"],
        )

    async def add(self, note: ReturnNote, *, session: Session | None = None) -> None:
        document = {
            "_id": note.payment_id,
            "reason": note.reason,
            "trace": note.trace,
            "returned_on": note.returned_on.isoformat(),
            "source": note.source,
        }
        await self._returns.insert_one(document, session=session)

    async def count_in(self, file: ImportedFile, *, session: Session | None = None) -> None:
        first = {
            "file_number": file.file_number,
            "creation_date": file.creation_date.isoformat(),
            "source": file.source,
            "imported_at": file.imported_at,
        }
        more = {name: getattr(file, name) for name in _FIGURES}
        await self._files.update_one(
            {"_id": file.digest}, {"$setOnInsert": first, "$inc": more}, upsert=True, session=session
        )

    async def file(self, digest: str) -> ImportedFile | None:
        row = await self._files.find_one({"_id": digest})
        if row is None:
            return None
        return ImportedFile(
            digest=row["_id"],
            file_number=row["file_number"],
            creation_date=date.fromisoformat(row["creation_date"]),
            source=row["source"],
            imported_at=row["imported_at"],
            **{name: row[name] for name in _FIGURES},
        )


class MongoDetailsFlags:
    """``DetailsFlags``: one per payee, naming the details that it is about."""

    def __init__(self, database: Database) -> None:
        self._flags = database.collection(FLAGS)

    async def put(
        self, account: StoredAccount, *, payment_id: str, at: datetime, session: Session | None = None
    ) -> None:
        document = {**_flagged(account), "payment_id": payment_id, "flagged_at": at}
        await self._flags.replace_one({"_id": account.payee_id}, document, upsert=True, session=session)

    async def lift(self, payee_id: str, *, session: Session | None = None) -> None:
        await self._flags.delete_one({"_id": payee_id}, session=session)

    async def is_flagged(self, account: StoredAccount) -> bool:
        return await self._flags.find_one(_flagged(account)) is not None


def _flagged(account: StoredAccount) -> Document:
    """Details are told apart by version, and by when the payee enrolled: a payee may leave and come again."""
    return {"_id": account.payee_id, "version": account.version, "enrolled_at": account.enrolled_at}


class MongoExceptions:
    """``ExceptionRepository``."""

    def __init__(self, database: Database) -> None:
        self._exceptions = database.collection(EXCEPTIONS)

    async def record(self, found: Sequence[BankException], *, session: Session | None = None) -> None:
        updates = [
            UpdateOne({"_id": one.exception_id}, {"$setOnInsert": _exception_document(one)}, upsert=True)
            for one in found
        ]
        await self._exceptions.bulk_write(updates, session=session)


class MongoExceptionList:
    """``ExceptionList``, over what ``MongoExceptions`` records."""

    def __init__(self, database: Database) -> None:
        self._exceptions = database.collection(EXCEPTIONS)

    async def get(self, key: str, *, session: Session | None = None) -> ListedException | None:
        row = await self._exceptions.find_one({"key": key}, session=session)
        return None if row is None else _listed(row)

    async def list_of(self, *, closed: bool, before: str | None, limit: int) -> Sequence[ListedException]:
        query: Document = {"closed_at": {"$ne": None} if closed else None}
        if before is not None:
            last = await self._exceptions.find_one({"key": before})
            if last is not None:
                older = {"found_at": {"$lt": last["found_at"]}}
                query["$or"] = [older, {"found_at": last["found_at"], "_id": {"$lt": last["_id"]}}]
        rows = await self._exceptions.find(query, sort=(("found_at", -1), ("_id", -1)), limit=limit)
        return [_listed(row) for row in rows]

    async def close(self, listed: ListedException, *, session: Session | None = None) -> bool:
        changes = {"closed_at": listed.closed_at, "closed_by": listed.closed_by, "note": listed.note}
        return await self._exceptions.update_one(
            {"key": listed.key, "closed_at": None}, {"$set": changes}, session=session
        )


def _listed(row: Mapping[str, Any]) -> ListedException:
    return ListedException(
        key=row["key"],
        found=BankException(
            exception_id=row["_id"],
            kind=row["kind"],
            source=row["source"],
            subject=row["subject"],
            found_at=row["found_at"],
            amount_cents=row["amount_cents"],
        ),
        closed_at=row.get("closed_at"),
        closed_by=row.get("closed_by"),
        note=row.get("note"),
    )


class MongoLease:
    """``Lease`` on ``name``: whoever holds it prolongs it; after a crash it runs out."""

    def __init__(self, database: Database, name: str, *, holder: str, seconds: float) -> None:
        self._leases = database.collection(LEASES)
        self._name = name
        self._holder = holder
        self._length = timedelta(seconds=seconds)

    async def take(self, *, at: datetime) -> bool:
        free = {"_id": self._name, "$or": [{"holder": self._holder}, {"until": {"$lte": at}}]}
        lease = {"holder": self._holder, "until": at + self._length}
        try:
            return await self._leases.update_one(free, {"$set": lease}, upsert=True)
        except DuplicateKey:  # somebody else holds it
            return False


def _exception_document(found: BankException) -> Document:
    return {
        "key": exception_key(found.exception_id),
        "kind": found.kind,
        "source": found.source,
        "subject": found.subject,
        "found_at": found.found_at,
        "amount_cents": found.amount_cents,
    }
