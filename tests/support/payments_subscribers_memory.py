"""The feed, webhooks and deliveries in memory; they behave as those on MongoDB do."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.payments.domain.feed import FeedEntry, PublicEvent
from services.payments.domain.webhooks import (
    Delivery,
    DeliveryStatus,
    DisabledBecause,
    Endpoint,
    EndpointSecret,
)
from shared.mongo import Session


class MemoryFeed:
    def __init__(self) -> None:
        self.entries: list[FeedEntry] = []

    async def append(self, events: Sequence[PublicEvent], *, session: Session | None) -> int:
        before = len(self.entries)
        for event in events:
            if event.event_id not in {entry.event.event_id for entry in self.entries}:
                self.entries.append(FeedEntry(position=len(self.entries) + 1, event=event))
        return len(self.entries) - before

    async def head(self) -> int:
        return len(self.entries)

    async def list_after(
        self, position: int, *, upto: int, limit: int, wire_type: str | None = None
    ) -> Sequence[FeedEntry]:
        found = [entry for entry in self.entries[position:upto] if wire_type in {None, entry.event.wire_type}]
        return found[:limit]

    async def get_many(self, positions: Sequence[int]) -> Sequence[FeedEntry]:
        return [entry for entry in self.entries if entry.position in positions]


class MemoryDeliveries:
    def __init__(self) -> None:
        self.webhooks = MemoryWebhooks(self)
        self.deliveries: dict[str, Delivery] = {}
        self.leases: dict[str, str] = {}

    async def fan_out(self, endpoint: Endpoint, deliveries: Sequence[Delivery], *, upto: int) -> bool:
        there = self.webhooks.endpoints.get(endpoint.endpoint_id)
        if there is None or there.position != endpoint.position or there.disabled_at is not None:
            return False
        self.webhooks.endpoints[endpoint.endpoint_id] = replace(there, position=upto)
        self.deliveries |= {delivery.delivery_id: delivery for delivery in deliveries}
        return True

    async def lease_due(
        self, endpoint_id: str, *, now: datetime, until: datetime, token: str, limit: int
    ) -> Sequence[Delivery]:
        due = [
            delivery
            for delivery in self.deliveries.values()
            if (delivery.endpoint_id, delivery.status) == (endpoint_id, "pending")
            and delivery.due_at is not None
            and delivery.due_at <= now
        ][:limit]
        for delivery in due:
            self.deliveries[delivery.delivery_id] = replace(delivery, due_at=until)
            self.leases[delivery.delivery_id] = token
        return [self.deliveries[delivery.delivery_id] for delivery in due]

    async def record(self, delivery: Delivery, *, token: str) -> bool:
        if delivery.delivery_id not in self.deliveries or self.leases.get(delivery.delivery_id) != token:
            return False
        await self.save(delivery, session=None)
        return True

    async def record_all(self, deliveries: Sequence[Delivery], *, token: str) -> int:
        return sum([await self.record(one, token=token) for one in deliveries])

    async def save(self, delivery: Delivery, *, session: Session | None) -> None:
        self.deliveries[delivery.delivery_id] = delivery
        self.leases.pop(delivery.delivery_id, None)

    async def begin_anew(self, endpoint_id: str, *, at: datetime, session: Session | None) -> None:
        for delivery in list(self.deliveries.values()):
            if (delivery.endpoint_id, delivery.status) == (endpoint_id, "pending"):
                await self.save(delivery.begun_anew(at), session=session)

    async def get(self, delivery_id: str, *, session: Session | None) -> Delivery | None:
        return self.deliveries.get(delivery_id)

    async def list_of(
        self, endpoint_id: str, *, before: str | None, status: DeliveryStatus | None, limit: int
    ) -> Sequence[Delivery]:
        found = [
            delivery
            for delivery_id, delivery in sorted(self.deliveries.items(), reverse=True)
            if delivery.endpoint_id == endpoint_id
            and (before is None or delivery_id < before)
            and status in {None, delivery.status}
        ]
        return found[:limit]

    async def count_pending(self, endpoint_id: str) -> int:
        return sum((one.endpoint_id, one.status) == (endpoint_id, "pending") for one in self.deliveries.values())


class MemoryWebhooks:
    def __init__(self, deliveries: MemoryDeliveries) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self._deliveries = deliveries

    async def add(self, endpoint: Endpoint, *, session: Session | None) -> None:
        self.endpoints[endpoint.endpoint_id] = endpoint

    async def get(self, endpoint_id: str, *, session: Session | None) -> Endpoint | None:
        return self.endpoints.get(endpoint_id)

    async def list_all(self) -> Sequence[Endpoint]:
        return sorted(self.endpoints.values(), key=lambda one: (one.created_at, one.endpoint_id))

    async def change(
        self, endpoint_id: str, *, url: str, types: tuple[str, ...], description: str, session: Session | None
    ) -> None:
        there = self.endpoints[endpoint_id]
        self.endpoints[endpoint_id] = replace(there, url=url, types=types, description=description)

    async def set_secrets(
        self, endpoint_id: str, secrets: Sequence[EndpointSecret], *, session: Session | None
    ) -> None:
        self.endpoints[endpoint_id] = replace(self.endpoints[endpoint_id], secrets=tuple(secrets))

    async def enable(self, endpoint_id: str, *, session: Session | None) -> None:
        there = self.endpoints[endpoint_id]
        self.endpoints[endpoint_id] = replace(there, failing_since=None, disabled_at=None, disabled_because=None)

    async def disable(
        self, endpoint_id: str, *, because: DisabledBecause, at: datetime, session: Session | None
    ) -> bool:
        there = self.endpoints.get(endpoint_id)
        if there is None or there.disabled_at is not None:
            return False
        self.endpoints[endpoint_id] = replace(there, disabled_at=at, disabled_because=because)
        return True

    async def note_failure(self, endpoint_id: str, *, at: datetime) -> datetime:
        there = self.endpoints.get(endpoint_id)
        if there is None:
            return at
        self.endpoints[endpoint_id] = replace(there, failing_since=there.failing_since or at)
        return there.failing_since or at

    async def note_success(self, endpoint_id: str) -> None:
        self.endpoints[endpoint_id] = replace(self.endpoints[endpoint_id], failing_since=None)

    async def remove(self, endpoint_id: str, *, session: Session | None) -> None:
        del self.endpoints[endpoint_id]
        mine = [one for one in self._deliveries.deliveries.values() if one.endpoint_id == endpoint_id]
        for delivery in mine:
            del self._deliveries.deliveries[delivery.delivery_id]


class MemorySubscribers:
    """The three of them, as ``Storage`` has them."""

    def __init__(self) -> None:
        self.feed = MemoryFeed()
        self.webhook_deliveries = MemoryDeliveries()
        self.webhooks = self.webhook_deliveries.webhooks
