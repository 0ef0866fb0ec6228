"""One subscriber: its user, its queue, and exactly what it may do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from deploy import definitions as make
from deploy.definitions import NOTHING, VHOST, Definition
from shared.contracts import Event
from shared.topology import Queue

USER_PREFIX: Final = "subscriber-"
QUEUE_PREFIX: Final = "subscribers."
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")

QUEUE_BYTES: Final = 2 * 1024**3
"""Bodies that wait for one subscriber, some 1.5 million events: weeks of a busy insurer."""

DELIVERY_LIMIT: Final = 1_000_000
"""Practically none: a connection that breaks counts as a delivery, and nothing may leave a queue because of that. It is
written down because RabbitMQ 4 has a limit of 20 where nothing is said, and 3.x knows no word for none.
"""

USER_LIMITS: Final[Mapping[str, int]] = {"max-connections": 20, "max-channels": 100}
"""A subscriber that connects in a loop must not use up what everybody shares."""


@dataclass(frozen=True, slots=True)
class SubscriberQueue(Queue):
    """A queue that waits for somebody who may be away for days.

    A full one lets its oldest events go instead of refusing new ones: a refusal would reach the publisher, and one
    subscriber who never comes back would stop the payments of everybody. What went can be read from ``GET /events``.
    """

    def arguments(self) -> dict[str, str | int]:
        """RabbitMQ arguments: quorum, bounded, and nothing else takes an event out than its acknowledgement."""
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-max-length-bytes": QUEUE_BYTES,
            "x-overflow": "drop-head",
        }


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A system outside Acquit that reads public events from a queue of its own (SUB-2).

    Raises:
        ValueError: The name is none, or an event is not public.
    """

    name: str
    events: tuple[type[Event], ...]

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name: up to 40 lower-case letters, digits and hyphens")
        internal = [event.wire_type for event in self.events if not event.public]
        if internal:
            raise ValueError(f"not public: {', '.join(internal)}")

    @property
    def user(self) -> str:
        """Its RabbitMQ user."""
        return f"{USER_PREFIX}{self.name}"

    @property
    def queue(self) -> Queue:
        """Its queue, the only thing that it may read."""
        return SubscriberQueue(f"{QUEUE_PREFIX}{self.name}", self.events)


def login(subscriber: Subscriber, password: str) -> Definition:
    """Its user."""
    return make.user(subscriber.user, password, limits=USER_LIMITS)


def rights(subscriber: Subscriber, vhost: str = VHOST) -> Definition:
    """It may read its queue, and nothing else: not publish, not bind, not declare."""
    read = f"^{re.escape(subscriber.queue.name)}$"
    return make.permission(subscriber.user, vhost, configure=NOTHING, write=NOTHING, read=read)


def definitions(subscriber: Subscriber, password: str, vhost: str = VHOST) -> Definition:
    """Everything that makes a subscriber, to be imported beside what is there."""
    queue = subscriber.queue
    return {
        "users": [login(subscriber, password)],
        "permissions": [rights(subscriber, vhost)],
        "queues": [make.queue(queue.name, queue.arguments(), vhost)],
        "bindings": [make.binding(exchange, queue.name, key, vhost) for exchange, key in queue.bindings()],
    }
