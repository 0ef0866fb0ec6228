"""The ledger in MongoDB: one document per transfer, its postings inside, so that it is stored whole or not at all."""

from collections.abc import Sequence
from typing import Final

from services.payments.domain.ledger import Transfer
from shared.clock import Clock, utc_now
from shared.mongo import Database, Document, Session
from shared.schema import Index

COLLECTION: Final = "transfers"
INDEXES: Final = (
    Index(COLLECTION, (("stored_at", 1),)),
    Index(COLLECTION, (("payment_id", 1),), partial={"payment_id": {"$exists": True}}),
)
"""``stored_at`` leads to what came after a snapshot, ``payment_id`` to every movement of a payment. The key itself is
the id, and thereby unique for ever."""


class MongoLedger:
    """The document's id is the transfer's key. The database role of the service may insert and read, nothing else."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._transfers = database.collection(COLLECTION)
        self._clock = clock

    async def post(self, transfers: Sequence[Transfer], *, session: Session | None) -> None:
        stored_at = self._clock()
        documents = [_document(transfer) | {"stored_at": stored_at} for transfer in transfers]
        await self._transfers.insert_many(documents, session=session)


def _document(transfer: Transfer) -> Document:
    about = {} if transfer.payment_id is None else {"payment_id": transfer.payment_id}
    return about | {
        "_id": transfer.key,
        "posted_at": transfer.posted_at,
        "postings": [
            {
                "account": posting.account.name,
                "kind": posting.account.kind.value,
                "amount_cents": posting.amount_cents,
            }
            for posting in transfer.postings
        ],
    }
