"""Deliveries to webhooks, and the log of their attempts, in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pymongo import ReplaceOne

from services.payments.domain.webhooks import Attempt, Delivery, DeliveryStatus, Endpoint
from shared.mongo import Database, Document, Session
from shared.schema import Index

COLLECTION: Final = "webhook_deliveries"
ENDPOINTS: Final = "webhooks"
KEEP_DAYS: Final = 60
"""How long a delivery that is done or given up stays in the log. The event itself stays in the feed for ever."""

INDEXES: Final = (
    Index(COLLECTION, (("endpoint_id", 1), ("_id", -1))),
    Index(COLLECTION, (("endpoint_id", 1), ("due_at", 1)), partial={"status": "pending"}),
    Index(COLLECTION, (("finished_at", 1),), expire_after_seconds=KEEP_DAYS * 86_400),
)


class MongoWebhookDeliveries:
    """One document per event and endpoint. ``lease`` names who tries it now; ``due_at`` is then when the lease ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._deliveries = database.collection(COLLECTION)
        self._endpoints = database.collection(ENDPOINTS)

    async def fan_out(self, endpoint: Endpoint, deliveries: Sequence[Delivery], *, upto: int) -> bool:
        unmoved = {"_id": endpoint.endpoint_id, "position": endpoint.position, "disabled_at": None}

        async def work(session: Session) -> bool:
            if not await self._endpoints.update_one(unmoved, {"$set": {"position": upto}}, session=session):
                return False
            await self._deliveries.insert_many([_document(delivery) for delivery in deliveries], session=session)
            return True

        return await self._database.with_transaction(work)

    async def lease_due(
        self, endpoint_id: str, *, now: datetime, until: datetime, token: str, limit: int
    ) -> Sequence[Delivery]:
        due = {"endpoint_id": endpoint_id, "status": "pending", "due_at": {"$lte": now}}
        found = await self._deliveries.find(due, projection={"_id": 1}, sort=[("due_at", 1)], limit=limit)
        if not found:
            return []
        ids = [document["_id"] for document in found]
        await self._deliveries.update_many({"_id": {"$in": ids}, **due}, {"$set": {"lease": token, "due_at": until}})
        mine = await self._deliveries.find({"_id": {"$in": ids}, "lease": token}, sort=[("_id", 1)])
        return [_delivery(document) for document in mine]

    async def record(self, delivery: Delivery, *, token: str) -> bool:
        return await self._deliveries.replace_one({"_id": delivery.delivery_id, "lease": token}, _document(delivery))

    async def record_all(self, deliveries: Sequence[Delivery], *, token: str) -> int:
        matched, _ = await self._deliveries.bulk_write(
            [ReplaceOne({"_id": one.delivery_id, "lease": token}, _document(one)) for one in deliveries]
        )
        return matched

    async def save(self, delivery: Delivery, *, session: Session | None) -> None:
        await self._deliveries.replace_one({"_id": delivery.delivery_id}, _document(delivery), session=session)

    async def begin_anew(self, endpoint_id: str, *, at: datetime, session: Session | None) -> None:
        await self._deliveries.update_many(
            {"endpoint_id": endpoint_id, "status": "pending"},
            {"$set": {"due_at": at, "since": None, "tries": 0, "lease": None}},
            session=session,
        )

    async def get(self, delivery_id: str, *, session: Session | None) -> Delivery | None:
        document = await self._deliveries.find_one({"_id": delivery_id}, session=session)
        return None if document is None else _delivery(document)

    async def list_of(
        self, endpoint_id: str, *, before: str | None, status: DeliveryStatus | None, limit: int
    ) -> Sequence[Delivery]:
        query: Document = {"endpoint_id": endpoint_id}
        if before is not None:
            query["_id"] = {"$lt": before}
        if status is not None:
            query["status"] = status
        return [_delivery(document) for document in await self._deliveries.find(query, sort=[("_id", -1)], limit=limit)]

    async def count_pending(self, endpoint_id: str) -> int:
        return await self._deliveries.count({"endpoint_id": endpoint_id, "status": "pending"})


def _document(delivery: Delivery) -> Document:
    document = {
        "_id": delivery.delivery_id,
        "endpoint_id": delivery.endpoint_id,
        "event_id": delivery.event_id,
        "type": delivery.wire_type,
        "position": delivery.position,
        "status": delivery.status,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "since": delivery.since,
        "tries": delivery.tries,
        "attempts": [_attempt_document(attempt) for attempt in delivery.attempts],
    }
    if delivery.status != "pending":
        document["finished_at"] = delivery.attempts[-1].at
    return document


def _attempt_document(attempt: Attempt) -> Document:
    return {
        "at": attempt.at,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "milliseconds": attempt.milliseconds,
    }


def _delivery(document: Mapping[str, Any]) -> Delivery:
    return Delivery(
        delivery_id=document["_id"],
        endpoint_id=document["endpoint_id"],
        event_id=document["event_id"],
        wire_type=document["type"],
        position=document["position"],
        status=document["status"],
        created_at=document["created_at"],
        due_at=document["due_at"],
        since=document["since"],
        tries=document["tries"],
        attempts=tuple(
            Attempt(at=one["at"], outcome=one["outcome"], status=one["status"], milliseconds=one["milliseconds"])
            for one in document["attempts"]
        ),
    )
