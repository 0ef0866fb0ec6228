"""Times of claims, measured in MongoDB: a covered scan of one index per step, whatever the size of claims (CLM-11)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from services.claims.domain.turnaround import Span, Turnaround, Turnarounds, span_of_buckets
from shared.mongo import Database, Document, DuplicateKey
from shared.schema import Index, Schema

COLLECTION: Final = "claim_times"
_TURN, _LATEST = "turn", "latest"
_STEPS: Final = (("decided", "received_at", "decided_at"), ("paid", "decided_at", "paid_at"))

_BUCKET: Final = {"$floor": {"$divide": [{"$ln": {"$max": ["$ms", 1]}}, 0.02]}}
"""Durations that differ by less than two per cent are counted together."""

SCHEMA: Final = Schema(
    collections=(COLLECTION,),
    indexes=tuple(
        Index("claims", ((end, 1), ("claim_type", 1), (begin, 1)), partial={end: {"$exists": True}})
        for _, begin, end in _STEPS
    ),
)


class MongoTimes:
    """``TimesRepository``."""

    def __init__(self, database: Database) -> None:
        self._claims = database.collection("claims")
        self._times = database.collection(COLLECTION)

    async def measure(self, groups: Mapping[str, str], *, since: datetime) -> Mapping[str, Turnaround]:
        spans = {step: await self._spans(groups, begin=begin, end=end, since=since) for step, begin, end in _STEPS}
        names = sorted({name for found in spans.values() for name in found})
        return {name: Turnaround(spans["decided"].get(name), spans["paid"].get(name)) for name in names}

    async def _spans(self, groups: Mapping[str, str], *, begin: str, end: str, since: datetime) -> Mapping[str, Span]:
        rows = await self._claims.aggregate(
            [
                {"$match": {end: {"$gte": since}}},
                {"$project": {"_id": 0, "claim_type": 1, "ms": {"$subtract": [f"${end}", f"${begin}"]}}},
                {
                    "$group": {
                        "_id": {"group": _group_of(groups), "bucket": _BUCKET},
                        "claims": {"$sum": 1},
                        "longest": {"$max": "$ms"},
                    }
                },
            ]
        )
        buckets: dict[str, list[tuple[int, int]]] = {}
        for row in rows:
            buckets.setdefault(row["_id"]["group"], []).append((int(row["longest"]), row["claims"]))
        return {group: span_of_buckets(found) for group, found in buckets.items() if group}

    async def take_turn(self, *, now: datetime, every: timedelta) -> bool:
        due = {"_id": _TURN, "at": {"$lte": now - every}}
        try:
            return await self._times.update_one(due, {"$set": {"at": now}}, upsert=True)
        except DuplicateKey:  # it is there, and not due
            return False

    async def put(self, measured: Turnarounds) -> None:
        document: Document = {
            "_id": _LATEST,
            "measured_at": measured.measured_at,
            "groups": [
                {"group": name, "decided": _span_document(found.decided), "paid": _span_document(found.paid)}
                for name, found in measured.groups.items()
            ],
        }
        await self._times.replace_one({"_id": _LATEST}, document, upsert=True)

    async def latest(self) -> Turnarounds | None:
        row = await self._times.find_one({"_id": _LATEST})
        if row is None:
            return None
        found = {each["group"]: Turnaround(_span(each["decided"]), _span(each["paid"])) for each in row["groups"]}
        return Turnarounds(row["measured_at"], found)


def _group_of(groups: Mapping[str, str]) -> Document:
    """The group of a claim's type, as an expression; "" of one that the catalogue does not have any more."""
    by_group: dict[str, list[str]] = {}
    for claim_type, group in groups.items():
        by_group.setdefault(group, []).append(claim_type)
    branches: Sequence[Document] = [
        {"case": {"$in": ["$claim_type", types]}, "then": group} for group, types in by_group.items()
    ]
    return {"$switch": {"branches": branches, "default": ""}}


def _span_document(span: Span | None) -> Document | None:
    return None if span is None else {"claims": span.claims, "median_ms": span.median_ms, "p90_ms": span.p90_ms}


def _span(row: Mapping[str, Any] | None) -> Span | None:
    return None if row is None else Span(row["claims"], row["median_ms"], row["p90_ms"])
