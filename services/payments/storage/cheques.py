"""The cheque register in MongoDB."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.payments.domain.cheque import Cheque
from services.payments.storage.runs import COUNTERS
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

COLLECTION: Final = "cheques"
_NUMBERS: Final = "cheques"

SCHEMA: Final = Schema(collections=(COLLECTION,), indexes=(Index(COLLECTION, (("payment_id", 1),)),))


class MongoCheques:
    """One document per cheque, its number being the id."""

    def __init__(self, database: Database) -> None:
        self._cheques = database.collection(COLLECTION)
        self._counters = database.collection(COUNTERS)

    async def take_ordinals(self, count: int, *, session: Session | None) -> int:
        """Reserve ``count`` consecutive ordinals and return the first; they count from 1."""
        after = await self._counters.find_one_and_update(
            {"_id": _NUMBERS}, {"$inc": {"value": count}}, upsert=True, session=session
        )
        if after is None:
            raise LookupError(_NUMBERS)
        return int(after["value"]) - count + 1

    async def add_many(self, cheques: Sequence[Cheque], *, session: Session | None) -> None:
        await self._cheques.insert_many([_document(cheque) for cheque in cheques], session=session)

    async def list_after(self, number: str | None, *, limit: int) -> Sequence[Cheque]:
        query: Document = {} if number is None else {"_id": {"$gt": number}}
        documents = await self._cheques.find(query, sort=(("_id", 1),), limit=limit)
        return [_cheque_from(document) for document in documents]


def _document(cheque: Cheque) -> Document:
    return {
        "_id": cheque.number,
        "payment_id": cheque.payment_id,
        "batch_number": cheque.batch_number,
        "payee_id": cheque.payee_id,
        "amount_cents": cheque.amount_cents,
        "printed_at": cheque.printed_at,
        "status": cheque.status,
    }


def _cheque_from(document: Mapping[str, Any]) -> Cheque:
    return Cheque(
        number=document["_id"],
        payment_id=document["payment_id"],
        batch_number=document["batch_number"],
        payee_id=document["payee_id"],
        amount_cents=document["amount_cents"],
        printed_at=document["printed_at"],
        status=document["status"],
    )
