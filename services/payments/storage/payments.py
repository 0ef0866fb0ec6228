"""Payments in MongoDB."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from pymongo import UpdateOne

from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payment import Payment, PaymentItem, PaymentStatus
from shared.mongo import Database, Document, Session
from shared.schema import Index

COLLECTION: Final = "payments"
INDEXES: Final = (
    Index(COLLECTION, (("batch_number", 1),), unique=True),
    Index(COLLECTION, (("run_id", 1), ("payee_id", 1)), unique=True),
    Index(COLLECTION, (("run_id", 1), ("status", 1))),
    Index(COLLECTION, (("payee_id", 1), ("batch_number", -1))),
    Index(COLLECTION, (("reissue_of", 1),), unique=True, partial={"reissue_of": {"$type": "string"}}),
    Index(COLLECTION, (("batch_number", -1),), partial={"status": "returned"}),
)


class MongoPayments:
    """One document per payment, its items inside."""

    def __init__(self, database: Database) -> None:
        self._payments = database.collection(COLLECTION)

    async def add_many(self, payments: Sequence[Payment], *, session: Session | None) -> None:
        await self._payments.insert_many([_document(payment) for payment in payments], session=session)

    async def get_many(self, payment_ids: Collection[str], *, session: Session | None) -> Mapping[str, Payment]:
        documents = await self._payments.find({"_id": {"$in": list(payment_ids)}}, session=session)
        return {document["_id"]: payment_from(document) for document in documents}

    async def advance(self, payments: Sequence[Payment], *, expected: PaymentStatus, session: Session | None) -> None:
        updates: list[UpdateOne] = [
            UpdateOne({"_id": payment.payment_id, "status": expected}, {"$set": _progress(payment)})
            for payment in payments
        ]
        matched, _ = await self._payments.bulk_write(updates, session=session)
        if matched != len(updates):
            raise ChangedMeanwhile("payments")

    async def list_of(self, payee_id: str, *, before: str | None, limit: int) -> Sequence[Payment]:
        query: Document = {"payee_id": payee_id}
        if before is not None:
            query["batch_number"] = {"$lt": before}
        documents = await self._payments.find(query, sort=(("batch_number", -1),), limit=limit)
        return [payment_from(document) for document in documents]

    async def counts(self, run_id: str, *, session: Session | None) -> Mapping[PaymentStatus, int]:
        """Read from the index alone, and inside a transaction, which an aggregation would not be."""
        statuses = await self._payments.find({"run_id": run_id}, projection={"_id": 0, "status": 1}, session=session)
        return Counter(document["status"] for document in statuses)


def _progress(payment: Payment) -> Document:
    """The part of a payment that moves with its status."""
    return {
        "status": payment.status,
        "sent_at": payment.sent_at,
        "file_number": payment.file_number,
        "settled_on": _text(payment.settled_on),
        "returned_on": _text(payment.returned_on),
        "return_reason": payment.return_reason,
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _document(payment: Payment) -> Document:
    return {
        "_id": payment.payment_id,
        "batch_number": payment.batch_number,
        "run_id": payment.run_id,
        "payee_class": payment.payee_class,
        "payee_id": payment.payee_id,
        "amount_cents": payment.amount_cents,
        "items": [
            {"claim_id": item.claim_id, "version": item.version, "amount_cents": item.amount_cents}
            for item in payment.items
        ],
        "payable_on": payment.payable_on.isoformat(),
        "scheduled_at": payment.scheduled_at,
        "method": payment.method,
        "reissue_of": payment.reissue_of,
        **_progress(payment),
    }


def payment_from(document: Mapping[str, Any]) -> Payment:
    """The payment of a document."""
    return Payment(
        payment_id=document["_id"],
        batch_number=document["batch_number"],
        run_id=document["run_id"],
        payee_class=document["payee_class"],
        payee_id=document["payee_id"],
        amount_cents=document["amount_cents"],
        items=tuple(
            PaymentItem(claim_id=item["claim_id"], version=item["version"], amount_cents=item["amount_cents"])
            for item in document["items"]
        ),
        payable_on=date.fromisoformat(document["payable_on"]),
        scheduled_at=document["scheduled_at"],
        status=document["status"],
        sent_at=document["sent_at"],
        file_number=document["file_number"],
        settled_on=_day(document["settled_on"]),
        returned_on=_day(document.get("returned_on")),
        return_reason=document.get("return_reason"),
        method=document.get("method", "deposit"),
        reissue_of=document.get("reissue_of"),
        reissued_by=document.get("reissued_by"),
    )
