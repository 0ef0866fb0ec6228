"""The feed of public events in MongoDB."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.payments.domain.feed import FeedEntry, PublicEvent
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index

COLLECTION: Final = "feed"
COUNTERS: Final = "feed_positions"
_HEAD: Final = "feed"

INDEXES: Final = (
    Index(COLLECTION, (("event_id", 1),), unique=True),
    Index(COLLECTION, (("type", 1), ("_id", 1))),
)


class MongoFeed:
    """One document per event, its position being the id, never changed.

    The last position is one document, raised in the transaction that stores the events: of two transactions the second
    conflicts, begins again behind the first and sees what that one stored. So there is no gap and no event twice, and
    the majority sees positions in their order.
    """

    def __init__(self, database: Database) -> None:
        self._feed = database.collection(COLLECTION)
        self._counters = database.collection(COUNTERS)

    async def append(self, events: Sequence[PublicEvent], *, session: Session | None) -> int:
        first_of_each = {event.event_id: event for event in events}
        known = await self._feed.find(
            {"event_id": {"$in": list(first_of_each)}}, projection={"event_id": 1}, session=session
        )
        there = {document["event_id"] for document in known}
        fresh = [event for event_id, event in first_of_each.items() if event_id not in there]
        if not fresh:
            return 0
        after = await self._counters.find_one_and_update(
            {"_id": _HEAD}, {"$inc": {"position": len(fresh)}}, upsert=True, session=session
        )
        if after is None:
            raise LookupError(_HEAD)
        first = int(after["position"]) - len(fresh) + 1
        documents = [_document(event, first + index) for index, event in enumerate(fresh)]
        await self._feed.insert_many(documents, session=session)
        return len(fresh)

    async def head(self) -> int:
        document = await self._counters.find_one({"_id": _HEAD})
        return 0 if document is None else int(document["position"])

    async def list_after(
        self, position: int, *, upto: int, limit: int, wire_type: str | None = None
    ) -> Sequence[FeedEntry]:
        query: Filter = {"_id": {"$gt": position, "$lte": upto}}
        if wire_type is not None:
            query = {"type": wire_type, **query}
        return [_entry(document) for document in await self._feed.find(query, sort=[("_id", 1)], limit=limit)]

    async def get_many(self, positions: Sequence[int]) -> Sequence[FeedEntry]:
        documents = await self._feed.find({"_id": {"$in": list(positions)}}, sort=[("_id", 1)])
        return [_entry(document) for document in documents]


def _document(event: PublicEvent, position: int) -> Document:
    return {"_id": position, "event_id": event.event_id, "type": event.wire_type, "body": event.body}


def _entry(document: Mapping[str, Any]) -> FeedEntry:
    event = PublicEvent(event_id=document["event_id"], wire_type=document["type"], body=document["body"])
    return FeedEntry(position=document["_id"], event=event)
