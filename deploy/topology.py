"""RabbitMQ definitions from what the services say about themselves.

``python -m deploy.topology --secrets FILE`` prints users, permissions, exchanges, queues and bindings as RabbitMQ's
definitions JSON. Only the deployer creates any of it: a service user configures nothing, reads its own queues, and
writes its own events and the commands that it is meant to send, each checked by RabbitMQ down to the routing key.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from deploy import definitions as make
from deploy.definitions import NOTHING, VHOST, Definition
from deploy.subscribers.subscriber import Subscriber, login, rights
from shared.contracts import Event
from shared.topology import DEAD, DELAYS_MS, REPLIES, REQUEUE, RETRY, Queue, ServiceTopology, exchange_of

TOPOLOGY_MODULES: Final = (
    "services.edge.topology",
    "services.identity.routes",
    "services.banking.routes",
    "services.claims.routes",
    "services.payments.routes",
    "services.notification.routes",
)


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything on the bus."""

    services: tuple[ServiceTopology, ...]
    subscribers: tuple[Subscriber, ...] = ()

    def users(self) -> tuple[str, ...]:
        """Names of all users, services first."""
        return (*(s.service for s in self.services), *(s.user for s in self.subscribers))

    def queues(self) -> tuple[Queue, ...]:
        """Queues of services and subscribers, without delays and dead letters."""
        return (*(q for s in self.services for q in s.queues), *(s.queue for s in self.subscribers))

    def public_events(self) -> tuple[type[Event], ...]:
        """What systems outside Acquit may subscribe to."""
        return tuple(event for service in self.services for event in service.publishes if event.public)


def load_topology(subscribers: Sequence[str] = ("demo",)) -> Topology:
    """The topology of all services; each subscriber named gets every public event of payments."""
    services = tuple(import_module(module).TOPOLOGY for module in TOPOLOGY_MODULES)
    public = tuple(event for event in Topology(services).public_events() if exchange_of(event) == "payments.events")
    return Topology(services, tuple(Subscriber(name, public) for name in subscribers))


def definitions(topology: Topology, passwords: Mapping[str, str], *, vhost: str = VHOST) -> Definition:
    """RabbitMQ definitions for ``topology``; ``passwords`` by user name."""
    return {
        "vhosts": [{"name": vhost}],
        "users": [
            *(make.user(service.service, passwords[service.service]) for service in topology.services),
            *(login(subscriber, passwords[subscriber.user]) for subscriber in topology.subscribers),
        ],
        "permissions": [
            *(_permissions(service, vhost) for service in topology.services),
            *(rights(subscriber, vhost) for subscriber in topology.subscribers),
        ],
        "topic_permissions": [entry for service in topology.services for entry in _topic_permissions(service, vhost)],
        "exchanges": [make.exchange(name, kind, vhost) for name, kind in _exchanges(topology)],
        "queues": [make.queue(name, arguments, vhost) for name, arguments in _queues(topology)],
        "bindings": [make.binding(source, queue, key, vhost) for source, queue, key in _bindings(topology)],
    }


def _exchanges(topology: Topology) -> list[tuple[str, str]]:
    names = [(f"{s.service}.events", "topic") for s in topology.services if s.publishes]
    names += [(f"{s.service}.commands", "topic") for s in topology.services if s.answers]
    return [*names, (RETRY, "topic"), (REQUEUE, "topic"), (DEAD, "topic"), (REPLIES, "direct")]


def _queues(topology: Topology) -> list[tuple[str, dict[str, str | int]]]:
    delays: list[tuple[str, dict[str, str | int]]] = [
        (f"{RETRY}.{name}", _delay_arguments(milliseconds)) for name, milliseconds in DELAYS_MS.items()
    ]
    dead: list[tuple[str, dict[str, str | int]]] = [
        (f"{owner}.dead", {"x-queue-type": "quorum"}) for owner in _owners(topology)
    ]
    return [*((queue.name, queue.arguments()) for queue in topology.queues()), *delays, *dead]


def _owners(topology: Topology) -> list[str]:
    """First parts of the names of services' queues: each has its own dead letters. Subscribers have none."""
    queues = (queue for service in topology.services for queue in service.queues)
    return list(dict.fromkeys(queue.name.partition(".")[0] for queue in queues))


def _delay_arguments(milliseconds: int) -> dict[str, str | int]:
    return {
        "x-queue-type": "quorum",
        "x-message-ttl": milliseconds,
        "x-dead-letter-exchange": REQUEUE,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _bindings(topology: Topology) -> list[tuple[str, str, str]]:
    bindings = [(exchange, q.name, key) for q in topology.queues() for exchange, key in q.bindings()]
    bindings += [(RETRY, f"{RETRY}.{name}", f"{name}.#") for name in DELAYS_MS]
    for service in topology.services:
        bindings += [(REQUEUE, q.name, f"*.{q.name}") for q in service.queues if q.message_ttl_ms is None]
    bindings += [(DEAD, f"{owner}.dead", f"{owner}.#") for owner in _owners(topology)]
    return bindings


def _writable(service: ServiceTopology) -> dict[str, str]:
    """Exchange → pattern of routing keys that the service may use there.

    The delays are shared: what cannot go back to its queue would stay at the head of a delay queue and hold up
    everybody. So a service may delay messages of those queues only that are bound to take them back.
    """
    keys: dict[str, list[str]] = {}
    for message in (*service.publishes, *service.sends):
        keys.setdefault(exchange_of(message), []).append(re.escape(message.wire_type))
    writable = {exchange: f"^({'|'.join(sorted(patterns))})$" for exchange, patterns in keys.items()}
    tried_again = [re.escape(queue.name) for queue in service.queues if queue.message_ttl_ms is None]
    if tried_again:
        writable[RETRY] = rf"^({'|'.join(DELAYS_MS)})\.({'|'.join(tried_again)})$"
    return writable


def _permissions(service: ServiceTopology, vhost: str) -> Definition:
    write = set(_writable(service))
    read = {queue.name for queue in service.queues}
    configure = NOTHING
    own_replies = rf"{re.escape(REPLIES)}\.[0-9a-f-]+"
    if service.service == REPLIES.partition(".")[0]:
        configure = f"^{own_replies}$"
        return make.permission(
            service.service,
            vhost,
            configure=configure,
            write=_either([*map(re.escape, (*write, REPLIES)), own_replies]),
            read=_either([*map(re.escape, read), own_replies, re.escape(REPLIES)]),
        )
    if any(queue.message_ttl_ms is not None for queue in service.queues):
        write.add(REPLIES)
    return make.permission(
        service.service,
        vhost,
        configure=configure,
        write=_either(map(re.escape, write)),
        read=_either(map(re.escape, read)),
    )


def _either(patterns: Any) -> str:
    joined = "|".join(sorted(patterns))
    return f"^({joined})$" if joined else NOTHING


def _topic_permissions(service: ServiceTopology, vhost: str) -> list[Definition]:
    return [
        {"user": service.service, "vhost": vhost, "exchange": exchange, "write": keys, "read": NOTHING}
        for exchange, keys in sorted(_writable(service).items())
    ]


def main(secrets: Annotated[Path, typer.Option(help="JSON file of passwords by user name.")]) -> None:
    """Print RabbitMQ definitions for all services."""
    passwords = json.loads(secrets.read_text(encoding="utf-8"))["rabbitmq"]
    typer.echo(json.dumps(definitions(load_topology(), passwords), indent=2))


if __name__ == "__main__":
    typer.run(main)
