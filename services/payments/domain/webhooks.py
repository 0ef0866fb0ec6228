"""Webhooks: endpoints of other systems, and what is sent to them (SUB-3)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from services.payments.domain.feed import FeedEntry

RETRY_WINDOW: Final = timedelta(days=3)
"""How long a delivery is tried, and how long an endpoint may answer nothing but failures."""
FIRST_DELAY: Final = timedelta(seconds=5)
GROWTH: Final = 3
LONGEST_DELAY: Final = timedelta(hours=12)
JITTER: Final = 0.2
"""Part of a delay by which it is longer or shorter, so that what failed together is not tried together."""
ATTEMPTS_KEPT: Final = 30

DeliveryStatus = Literal["pending", "delivered", "failed"]
DisabledBecause = Literal["gone", "failing"]
Outcome = Literal["delivered", "refused", "redirected", "gone", "timeout", "unreachable", "address_refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSecret:
    """A signing secret, sealed for payments; counts until ``expires_at``."""

    sealed: str
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A webhook. ``types`` empty means every public event; everything up to ``position`` of the feed has become
    deliveries. ``failing_since`` is the first failure that no success followed.
    """

    endpoint_id: str
    url: str
    types: tuple[str, ...]
    description: str
    created_by: str
    created_at: datetime
    position: int
    secrets: tuple[EndpointSecret, ...]
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_because: DisabledBecause | None = None

    def wants(self, wire_type: str) -> bool:
        """Whether events of this type are sent there."""
        return not self.types or wire_type in self.types

    def live_secrets(self, now: datetime) -> tuple[EndpointSecret, ...]:
        """Those with which deliveries are signed now, the newest first."""
        return tuple(one for one in self.secrets if one.expires_at is None or now < one.expires_at)

    def with_new_secret(self, secret: EndpointSecret, *, overlap: timedelta) -> tuple[EndpointSecret, ...]:
        """The secrets after a replacement: the present one counts on for ``overlap``, older ones end."""
        present = replace(self.secrets[0], expires_at=secret.created_at + overlap)
        return (secret, present) if overlap else (secret,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call of an endpoint; ``status`` is the HTTP status where there was an answer."""

    at: datetime
    outcome: Outcome
    status: int | None
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to an endpoint. ``tries`` and ``since`` count from the last time that it was begun anew."""

    delivery_id: str
    endpoint_id: str
    event_id: str
    wire_type: str
    position: int
    status: DeliveryStatus
    created_at: datetime
    due_at: datetime | None
    since: datetime | None = None
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()

    def after(self, attempt: Attempt, *, jitter: float) -> "Delivery":
        """The delivery after an attempt: done, due again, or given up after three days.

        Args:
            attempt: What happened.
            jitter: A random number from 0 to 1.
        """
        tried = replace(
            self,
            since=self.since or attempt.at,
            tries=self.tries + 1,
            attempts=(*self.attempts, attempt)[-ATTEMPTS_KEPT:],
        )
        if attempt.outcome == "delivered":
            return replace(tried, status="delivered", due_at=None)
        deadline = (self.since or attempt.at) + RETRY_WINDOW
        if attempt.at >= deadline:
            return replace(tried, status="failed", due_at=None)
        return replace(tried, due_at=min(attempt.at + retry_delay(tried.tries, jitter=jitter), deadline))

    def begun_anew(self, at: datetime) -> "Delivery":
        """The delivery, due at once and with three days ahead of it; the log of its attempts stays."""
        return replace(self, status="pending", due_at=at, since=None, tries=0)


def retry_delay(tries: int, *, jitter: float) -> timedelta:
    """How long to wait after ``tries`` failures: 5 s, 15 s, 45 s, … up to 12 h, a fifth more or less."""
    exact = LONGEST_DELAY if tries > 10 else min(FIRST_DELAY * GROWTH ** (tries - 1), LONGEST_DELAY)  # noqa: PLR2004
    return exact * (1 - JITTER + 2 * JITTER * jitter)


def delivery_of(entry: FeedEntry, endpoint: Endpoint, *, at: datetime) -> Delivery:
    """The delivery of an event to an endpoint; its id sorts by position."""
    return Delivery(
        delivery_id=f"{endpoint.endpoint_id}.{entry.position:012d}",
        endpoint_id=endpoint.endpoint_id,
        event_id=entry.event.event_id,
        wire_type=entry.event.wire_type,
        position=entry.position,
        status="pending",
        created_at=at,
        due_at=at,
    )
