"""Returned payments, flags on bank details and the cheque register in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from services.payments.domain.cheque import Cheque, ChequeStatus
from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payment import Payment
from services.payments.storage.payees import COLLECTION as PAYEES
from services.payments.storage.payments import COLLECTION as PAYMENTS
from services.payments.storage.payments import payment_from
from services.payments.storage.runs import COUNTERS
from shared.mongo import Database, Document, Session
from shared.schema import Index

CHEQUES: Final = "cheques"
INDEXES: Final = (
    Index(CHEQUES, (("payment_id", 1),), unique=True),
    Index(CHEQUES, (("status", 1), ("_id", -1))),
)
_RETURNED: Final = {"status": "returned"}
_COUNTER: Final = "cheques"


class MongoReturns:
    """``ReturnRepository``, over the payments and payees."""

    def __init__(self, database: Database) -> None:
        self._payments = database.collection(PAYMENTS)
        self._payees = database.collection(PAYEES)

    async def get_by_batch(self, batch_number: str, *, session: Session | None) -> Payment | None:
        document = await self._payments.find_one({"batch_number": batch_number, **_RETURNED}, session=session)
        return None if document is None else payment_from(document)

    async def list_returned(self, *, reissued: bool, before: str | None, limit: int) -> Sequence[Payment]:
        query: Document = {**_RETURNED, "reissued_by": {"$ne": None} if reissued else None}
        if before is not None:
            query["batch_number"] = {"$lt": before}
        documents = await self._payments.find(query, sort=(("batch_number", -1),), limit=limit)
        return [payment_from(document) for document in documents]

    async def mark_reissued(self, returned: Payment, *, by: str, session: Session | None) -> None:
        free = {"_id": returned.payment_id, **_RETURNED, "reissued_by": None}
        if not await self._payments.update_one(free, {"$set": {"reissued_by": by}}, session=session):
            raise ChangedMeanwhile("payments")

    async def flag_details(self, payee_id: str, *, version: int, session: Session | None) -> None:
        await self._payees.update_one({"_id": payee_id}, {"$max": {"flagged_version": version}}, session=session)

    async def unflag_details(self, payee_id: str, *, session: Session | None) -> None:
        await self._payees.update_one({"_id": payee_id}, {"$unset": {"flagged_version": ""}}, session=session)


class MongoCheques:
    """``ChequeRepository``: the document's id is the number of the cheque."""

    def __init__(self, database: Database) -> None:
        self._cheques = database.collection(CHEQUES)
        self._counters = database.collection(COUNTERS)

    async def take_ordinal(self, *, session: Session | None) -> int:
        after = await self._counters.find_one_and_update(
            {"_id": _COUNTER}, {"$inc": {"value": 1}}, upsert=True, session=session
        )
        if after is None:
            raise LookupError(_COUNTER)
        return int(after["value"])

    async def add(self, cheque: Cheque, *, session: Session | None) -> None:
        await self._cheques.insert_one(_document(cheque), session=session)

    async def get(self, number: str, *, session: Session | None) -> Cheque | None:
        document = await self._cheques.find_one({"_id": number}, session=session)
        return None if document is None else _cheque_from(document)

    async def numbers_of(self, payment_ids: Sequence[str], *, session: Session | None) -> Mapping[str, str]:
        documents = await self._cheques.find({"payment_id": {"$in": list(payment_ids)}}, session=session)
        return {document["payment_id"]: document["_id"] for document in documents}

    async def decide(self, cheque: Cheque, *, session: Session | None) -> None:
        decided = await self._cheques.update_one(
            {"_id": cheque.number, "status": "issued"}, {"$set": _progress(cheque)}, session=session
        )
        if not decided:
            raise ChangedMeanwhile("cheques")

    async def list_of(self, status: ChequeStatus | None, *, before: str | None, limit: int) -> Sequence[Cheque]:
        query: Document = {} if status is None else {"status": status}
        if before is not None:
            query["_id"] = {"$lt": before}
        documents = await self._cheques.find(query, sort=(("_id", -1),), limit=limit)
        return [_cheque_from(document) for document in documents]


def _progress(cheque: Cheque) -> Document:
    decided_on = cheque.decided_on
    return {"status": cheque.status, "decided_on": None if decided_on is None else decided_on.isoformat()}


def _document(cheque: Cheque) -> Document:
    return {
        "_id": cheque.number,
        "payment_id": cheque.payment_id,
        "batch_number": cheque.batch_number,
        "payee_id": cheque.payee_id,
        "payee_class": cheque.payee_class,
        "amount_cents": cheque.amount_cents,
        "issued_at": cheque.issued_at,
        **_progress(cheque),
    }


def _cheque_from(document: Mapping[str, Any]) -> Cheque:
    decided_on = document["decided_on"]
    return Cheque(
        number=document["_id"],
        payment_id=document["payment_id"],
        batch_number=document["batch_number"],
        payee_id=document["payee_id"],
        payee_class=document["payee_class"],
        amount_cents=document["amount_cents"],
        issued_at=document["issued_at"],
        status=document["status"],
        decided_on=None if decided_on is None else date.fromisoformat(decided_on),
    )
