"""The ledger in MongoDB: one document per transfer, its postings inside, so that it is stored whole or not at all."""

from collections.abc import Sequence
from typing import Any, Final

from services.payments.domain.ledger import AccountKind, LedgerFigures, Transfer
from shared.mongo import Database, Document, Session

COLLECTION: Final = "transfers"

_BY_KIND: Final[Sequence[dict[str, Any]]] = (
    {"$unwind": "$postings"},
    {"$group": {"_id": "$postings.kind", "cents": {"$sum": "$postings.amount_cents"}, "postings": {"$sum": 1}}},
)
_UNBALANCED: Final[Sequence[dict[str, Any]]] = (
    {"$match": {"$expr": {"$ne": [{"$sum": "$postings.amount_cents"}, 0]}}},
    {"$count": "transfers"},
)


class MongoLedger:
    """The document's id is the transfer's key. The database role of the service may insert and read, nothing else."""

    def __init__(self, database: Database) -> None:
        self._transfers = database.collection(COLLECTION)

    async def post(self, transfers: Sequence[Transfer], *, session: Session | None) -> None:
        await self._transfers.insert_many([_document(transfer) for transfer in transfers], session=session)

    async def figures(self) -> LedgerFigures:
        totals = {total["_id"]: total for total in await self._transfers.aggregate(_BY_KIND)}
        unbalanced = await self._transfers.aggregate(_UNBALANCED)
        return LedgerFigures(
            postings=sum(total["postings"] for total in totals.values()),
            balances=tuple((kind, totals[kind.value]["cents"]) for kind in AccountKind if kind.value in totals),
            unbalanced_transfers=unbalanced[0]["transfers"] if unbalanced else 0,
        )


def _document(transfer: Transfer) -> Document:
    return {
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
