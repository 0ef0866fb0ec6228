"""The ledger added up by MongoDB, and snapshots of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.payments.domain.balances import Grouping, Snapshot, Span, Totals
from services.payments.storage.ledger import COLLECTION as TRANSFERS
from shared.money import Cents
from shared.mongo import Database, Document, DuplicateKey
from shared.schema import Index

SNAPSHOTS: Final = "ledger_snapshots"
ACCOUNTS: Final = "ledger_snapshot_accounts"
TURNS: Final = "ledger_turns"
INDEXES: Final = (Index(ACCOUNTS, (("cut", 1),)),)

CHUNK: Final = 5_000
"""Accounts in one document."""

_SNAPSHOT_TURN: Final = "snapshot"
_SUM: Final = {"$sum": "$postings.amount_cents"}
_COUNTED: Final[Mapping[str, Any]] = {
    "_id": None,
    "transfers": {"$sum": 1},
    "unbalanced": {"$sum": {"$cond": [{"$ne": [_SUM, 0]}, 1, 0]}},
}


class MongoBooks:
    """``LedgerBooks``. A snapshot is stored under its cut: the document with its totals comes last and makes it count.

    The database role of the service may insert and read snapshots, nothing else.
    """

    def __init__(self, database: Database) -> None:
        self._transfers = database.collection(TRANSFERS)
        self._snapshots = database.collection(SNAPSHOTS)
        self._accounts = database.collection(ACCOUNTS)
        self._turns = database.collection(TURNS)

    async def totals(self, by: Grouping, span: Span) -> Totals:
        match = {"$match": _query(span)}
        counted = await self._transfers.aggregate([match, {"$group": _COUNTED}])
        if not counted:
            return Totals()
        group = {"_id": f"$postings.{by}", "cents": _SUM, "postings": {"$sum": 1}}
        summed = await self._transfers.aggregate([match, {"$unwind": "$postings"}, {"$group": group}])
        return Totals(
            transfers=counted[0]["transfers"],
            postings=sum(row["postings"] for row in summed),
            unbalanced_transfers=counted[0]["unbalanced"],
            balances={row["_id"]: row["cents"] for row in sorted(summed, key=lambda row: str(row["_id"]))},
        )

    async def count(self, span: Span) -> int:
        return await self._transfers.count(_query(span))

    async def unbalanced(self, span: Span, *, limit: int) -> Sequence[tuple[str, Cents]]:
        rows = await self._transfers.aggregate(
            [
                {"$match": _query(span)},
                {"$project": {"cents": _SUM}},
                {"$match": {"cents": {"$ne": 0}}},
                {"$sort": {"_id": 1}},
                {"$limit": limit},
            ]
        )
        return [(row["_id"], row["cents"]) for row in rows]

    async def latest_snapshot(self, *, until: datetime | None = None) -> Snapshot | None:
        query: Document = {} if until is None else {"_id": {"$lte": until}}
        rows = await self._snapshots.find(query, sort=[("_id", -1)], limit=1)
        return _snapshot(rows[0]) if rows else None

    async def accounts_at(self, cut: datetime) -> Mapping[str, Cents]:
        chunks = await self._accounts.find({"cut": cut})
        return {account: cents for chunk in chunks for account, cents in chunk["balances"]}

    async def add_snapshot(self, snapshot: Snapshot, accounts: Mapping[str, Cents]) -> None:
        cut, balances = snapshot.cut, [[account, cents] for account, cents in sorted(accounts.items()) if cents]
        for start in range(0, len(balances), CHUNK):
            chunk = {"_id": f"{cut.isoformat()}/{start}", "cut": cut, "balances": balances[start : start + CHUNK]}
            await self._accounts.insert_new([chunk])
        await self._snapshots.insert_new([_document(snapshot)])

    async def take_turn(self, now: datetime, until: datetime) -> bool:
        try:
            return await self._turns.update_one(
                {"_id": _SNAPSHOT_TURN, "until": {"$lte": now}}, {"$set": {"until": until}}, upsert=True
            )
        except DuplicateKey:
            return False


def _query(span: Span) -> Document:
    query: Document = {}
    if span.stored_from is not None:
        query["stored_at"] = {"$gte": span.stored_from}
    if span.stored_before is not None:
        query.setdefault("stored_at", {})["$lt"] = span.stored_before
    if span.posted_until is not None:
        query["posted_at"] = {"$lte": span.posted_until}
    return query


def _document(snapshot: Snapshot) -> Document:
    totals = snapshot.totals
    return {
        "_id": snapshot.cut,
        "taken_at": snapshot.taken_at,
        "transfers": totals.transfers,
        "postings": totals.postings,
        "unbalanced_transfers": totals.unbalanced_transfers,
        "balances": dict(totals.balances),
    }


def _snapshot(row: Document) -> Snapshot:
    totals = Totals(
        transfers=row["transfers"],
        postings=row["postings"],
        unbalanced_transfers=row["unbalanced_transfers"],
        balances=row["balances"],
    )
    return Snapshot(cut=row["_id"], taken_at=row["taken_at"], totals=totals)
