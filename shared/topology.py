"""Names and shapes on the bus. Each service describes its part once, in ``routes.py``; the deployer creates it.

* ``<service>.events``: topic exchange of the events that a service publishes, routing key = wire type.
* ``<service>.commands``: topic exchange of what a service is asked; topic, so that RabbitMQ can tell each user which
  messages it may send (docs/adr/0009).
* ``retry``: topic exchange into the delay queues; ``requeue`` brings a message back to the queue it came from.
* ``dead``: topic exchange for what was given up; every service has one ``<service>.dead``.
* ``edge.replies``: direct exchange of the answers, and of calls to every process of the edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from shared.contracts import Command, Event, Message, Query

RETRY: Final = "retry"
REQUEUE: Final = "requeue"
DEAD: Final = "dead"
REPLIES: Final = "edge.replies"
EVERYONE: Final = "everyone"
"""Routing key there that reaches every process of the edge (docs/adr/0013)."""
DELAYS_MS: Final[Mapping[str, int]] = {"1s": 1_000, "10s": 10_000, "60s": 60_000, "10m": 600_000}
"""Name of each delay and its length; a message climbs one step at every attempt."""

DELIVERY_LIMIT: Final = 20
"""Deliveries without acknowledgement (crashes) after which RabbitMQ itself dead-letters a message."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of one consuming handler and the messages that reach it."""

    name: str
    messages: tuple[type[Message], ...]
    message_ttl_ms: int | None = None
    """Upper bound of life for requests whose caller does not wait longer than this."""
    prefetch: int | None = None
    """Messages that a process has in hand at a time, where they are large; by default what its service says."""

    def arguments(self) -> dict[str, str | int]:
        """RabbitMQ arguments: quorum, limited redelivery, dead letters kept safe on their way."""
        arguments: dict[str, str | int] = {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
        }
        if self.message_ttl_ms is None:
            arguments |= {
                "x-dead-letter-exchange": DEAD,
                "x-dead-letter-routing-key": self.name,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            }
        else:
            arguments["x-message-ttl"] = self.message_ttl_ms
        return arguments

    def bindings(self) -> tuple[tuple[str, str], ...]:
        """(exchange, routing key) of every message that belongs here."""
        return tuple((exchange_of(message), message.wire_type) for message in self.messages)


@dataclass(frozen=True, slots=True)
class ServiceTopology:
    """What one service publishes, answers, listens to and may send."""

    service: str
    queues: tuple[Queue, ...] = ()
    publishes: tuple[type[Event], ...] = ()
    sends: tuple[type[Command] | type[Query], ...] = ()

    @property
    def answers(self) -> tuple[type[Message], ...]:
        """Commands and queries for which this service has a queue."""
        return tuple(m for queue in self.queues for m in queue.messages if not issubclass(m, Event))


def joined(service: str, *parts: ServiceTopology) -> ServiceTopology:
    """The topology of a service whose features describe their shares; what several features send is listed once."""
    return ServiceTopology(
        service,
        queues=tuple(queue for part in parts for queue in part.queues),
        publishes=tuple(dict.fromkeys(event for part in parts for event in part.publishes)),
        sends=tuple(dict.fromkeys(message for part in parts for message in part.sends)),
    )


@cache
def exchange_of(message: type[Message]) -> str:
    """The exchange of a message: its service's events or commands."""
    service = message.wire_type.partition(".")[0]
    return f"{service}.events" if issubclass(message, Event) else f"{service}.commands"
