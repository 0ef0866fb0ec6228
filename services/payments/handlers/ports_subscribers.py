"""What the feed and webhooks need from storage and from the network. Writes take part in ``session`` when given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.payments.domain.feed import FeedEntry, PublicEvent
from services.payments.domain.webhooks import (
    Delivery,
    DeliveryStatus,
    DisabledBecause,
    Endpoint,
    EndpointSecret,
    Outcome,
)
from shared.mongo import Session
from shared.outbox import Work

UnitOfWork = Callable[[str, Callable[[Work], Awaitable[None]]], Awaitable[None]]
"""Does work under an id in one transaction with the messages that it sends."""


class FeedRepository(Protocol):
    """The feed; append-only, kept for ever."""

    async def append(self, events: Sequence[PublicEvent], *, session: Session | None) -> int:
        """Give the events that are not there yet the next positions, in their order; tells how many they were.

        Whoever appends at the same time waits, or does it again: positions become visible in their order.
        """
        ...

    async def head(self) -> int:
        """The last position; everything up to it can be read."""
        ...

    async def list_after(
        self, position: int, *, upto: int, limit: int, wire_type: str | None = None
    ) -> Sequence[FeedEntry]:
        """Entries behind ``position`` and not behind ``upto``, in order; ``upto`` is at most the head."""
        ...

    async def get_many(self, positions: Sequence[int]) -> Sequence[FeedEntry]:
        """The entries at these positions, in order."""
        ...


class WebhookRepository(Protocol):
    """Endpoints. Every write changes what it is about and leaves the rest alone."""

    async def add(self, endpoint: Endpoint, *, session: Session | None) -> None: ...

    async def get(self, endpoint_id: str, *, session: Session | None) -> Endpoint | None: ...

    async def list_all(self) -> Sequence[Endpoint]:
        """All of them, the oldest first."""
        ...

    async def change(
        self, endpoint_id: str, *, url: str, types: tuple[str, ...], description: str, session: Session | None
    ) -> None: ...

    async def set_secrets(
        self, endpoint_id: str, secrets: Sequence[EndpointSecret], *, session: Session | None
    ) -> None: ...

    async def enable(self, endpoint_id: str, *, session: Session | None) -> None:
        """Enabled and without failures."""
        ...

    async def disable(
        self, endpoint_id: str, *, because: DisabledBecause, at: datetime, session: Session | None
    ) -> bool:
        """Disable unless that was done; tells whether it was done now."""
        ...

    async def note_failure(self, endpoint_id: str, *, at: datetime) -> datetime:
        """Remember the first failure in a row; returns when that was."""
        ...

    async def note_success(self, endpoint_id: str) -> None:
        """The failures in a row have ended."""
        ...

    async def remove(self, endpoint_id: str, *, session: Session | None) -> None:
        """Forget the endpoint and its deliveries."""
        ...


class DeliveryRepository(Protocol):
    """Deliveries and the log of their attempts; what is done is kept for a while."""

    async def fan_out(self, endpoint: Endpoint, deliveries: Sequence[Delivery], *, upto: int) -> bool:
        """Store the deliveries and move the endpoint from its position to ``upto``, both or none.

        False when somebody else did it meanwhile, or the endpoint is gone or disabled.
        """
        ...

    async def lease_due(
        self, endpoint_id: str, *, now: datetime, until: datetime, token: str, limit: int
    ) -> Sequence[Delivery]:
        """Take pending deliveries that are due; nobody else gets them before ``until``."""
        ...

    async def record(self, delivery: Delivery, *, token: str) -> bool:
        """Store a delivery after an attempt, unless its lease ran out and somebody else has it, or it is gone."""
        ...

    async def record_all(self, deliveries: Sequence[Delivery], *, token: str) -> int:
        """The same for several at once; tells how many were stored."""
        ...

    async def save(self, delivery: Delivery, *, session: Session | None) -> None:
        """Store a delivery that is begun anew; whoever has a lease on it loses it."""
        ...

    async def begin_anew(self, endpoint_id: str, *, at: datetime, session: Session | None) -> None:
        """All pending deliveries of an endpoint: due at once, with three days ahead of them."""
        ...

    async def get(self, delivery_id: str, *, session: Session | None) -> Delivery | None: ...

    async def list_of(
        self, endpoint_id: str, *, before: str | None, status: DeliveryStatus | None, limit: int
    ) -> Sequence[Delivery]:
        """Deliveries to an endpoint by falling position, those below the delivery ``before`` only."""
        ...

    async def count_pending(self, endpoint_id: str) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a call."""

    outcome: Outcome
    status: int | None = None


class Sender(Protocol):
    """Calls endpoints."""

    async def post(self, url: str, *, body: bytes, headers: dict[str, str]) -> Answered:
        """Send once; whatever happens is an answer, nothing is raised for it."""
        ...
