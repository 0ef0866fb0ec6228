"""Payables in MongoDB. ``open`` is true until a batch takes the payable, and then gone; ``reserved_by`` names the run
that is prepared with it and not sent yet.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payable import Payable, PayeeClass, payable_key
from services.payments.domain.payment import Payment
from shared.mongo import Database, Document, Session
from shared.schema import Index

COLLECTION: Final = "payables"
_OPEN: Final = {"open": True}
_FREE: Final = {"open": True, "reserved_by": None}
INDEXES: Final = (
    Index(COLLECTION, (("payee_class", 1), ("opened_at", 1), ("_id", 1)), partial=_OPEN),
    Index(COLLECTION, (("payee_class", 1), ("payee_id", 1), ("_id", 1)), partial=_OPEN),
    Index(COLLECTION, (("reserved_by", 1),), partial={"reserved_by": {"$exists": True}}),
)


class MongoPayables:
    """The document's id is the payable's key: claim, version and payee."""

    def __init__(self, database: Database) -> None:
        self._payables = database.collection(COLLECTION)

    async def add_many(self, payables: Sequence[Payable], *, session: Session | None) -> None:
        await self._payables.insert_many([_document(payable) for payable in payables], session=session)

    async def list_open(self, payee_class: PayeeClass, *, session: Session | None) -> Sequence[Payable]:
        documents = await self._payables.find(
            {"payee_class": payee_class, **_FREE}, sort=(("opened_at", 1), ("_id", 1)), session=session
        )
        return [_payable_from(document) for document in documents]

    async def put_into_batches(self, payments: Sequence[Payment], *, run_id: str, session: Session | None) -> None:
        """One write however many they are; run and payee lead to the batch."""
        keys = [payable_key(i.claim_id, i.version, payment.payee_id) for payment in payments for i in payment.items]
        taken = await self._payables.update_many(
            {"_id": {"$in": keys}, "open": True, "reserved_by": {"$in": [None, run_id]}},
            {"$set": {"run_id": run_id}, "$unset": {"open": "", "reserved_by": ""}},
            session=session,
        )
        if taken != len(keys):
            raise ChangedMeanwhile("payables")

    async def list_free(
        self, payee_class: PayeeClass, *, after: str | None, limit: int, session: Session | None
    ) -> Sequence[Payable]:
        query: Document = {"payee_class": payee_class, **_FREE}
        if after is not None:
            query["payee_id"] = {"$gt": after}
        sort = (("payee_id", 1), ("_id", 1))
        documents = await self._payables.find(query, sort=sort, limit=limit, session=session)
        if len(documents) == limit:
            last = documents[-1]["payee_id"]
            whole = [document for document in documents if document["payee_id"] != last]
            documents = whole or await self._payables.find(query | {"payee_id": last}, sort=sort, session=session)
        return [_payable_from(document) for document in documents]

    async def reserve(self, payables: Sequence[Payable], *, run_id: str, session: Session | None) -> None:
        keys = [payable.key for payable in payables]
        taken = await self._payables.update_many(
            {"_id": {"$in": keys}, **_FREE}, {"$set": {"reserved_by": run_id}}, session=session
        )
        if taken != len(keys):
            raise ChangedMeanwhile("payables")

    async def give_back(self, payables: Sequence[Payable], *, run_id: str, session: Session | None) -> None:
        keys = [payable.key for payable in payables]
        freed = await self._payables.update_many(
            {"_id": {"$in": keys}, "open": True, "reserved_by": run_id},
            {"$unset": {"reserved_by": ""}},
            session=session,
        )
        if freed != len(keys):
            raise ChangedMeanwhile("payables")

    async def list_reserved(self, run_id: str, *, limit: int, session: Session | None) -> Sequence[Payable]:
        documents = await self._payables.find({"reserved_by": run_id}, limit=limit, session=session)
        return [_payable_from(document) for document in documents]

    async def open_cents(self) -> int:
        totals = await self._payables.aggregate(
            [{"$match": _OPEN}, {"$group": {"_id": None, "cents": {"$sum": "$amount_cents"}}}]
        )
        return int(totals[0]["cents"]) if totals else 0


def _document(payable: Payable) -> Document:
    document: Document = {
        "_id": payable.key,
        "claim_id": payable.claim_id,
        "version": payable.version,
        "payee_id": payable.payee_id,
        "payee_class": payable.payee_class,
        "amount_cents": payable.amount_cents,
        "opened_at": payable.opened_at,
        **_OPEN,
    }
    return document


def _payable_from(document: Mapping[str, Any]) -> Payable:
    return Payable(
        claim_id=document["claim_id"],
        version=document["version"],
        payee_id=document["payee_id"],
        payee_class=document["payee_class"],
        amount_cents=document["amount_cents"],
        opened_at=document["opened_at"],
    )
