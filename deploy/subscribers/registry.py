"""Adding, listing, rotating and removing subscribers.

What is known of them stands in RabbitMQ itself: user, queue and bindings are the truth about who may read what, and a
global parameter beside them says since when and whom to call. So nothing can disagree, all nodes of a cluster know it,
and RabbitMQ's own export of definitions is the backup.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from deploy.definitions import Definition
from deploy.subscribers.filters import chosen
from deploy.subscribers.rabbitmqctl import Broker, Row
from deploy.subscribers.subscriber import QUEUE_BYTES, QUEUE_PREFIX, USER_PREFIX, Subscriber, definitions, login
from shared.clock import Clock, utc_now
from shared.contracts import Event

NOTE: Final = "acquit-subscriber."
"""Global parameter with what else is known of a subscriber."""
SEEN: Final = "acquit-subscriber-seen."
"""Global parameter with the last connection that a listing found; apart, so that listing cannot undo another change."""
PASSWORD_BYTES: Final = 24


class SubscriberExistsError(ValueError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"subscriber {name} exists; `rotate` gives it a new password, `remove` ends it")


class NoSuchSubscriberError(ValueError):
    """Nobody has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no subscriber {name}")


class DeploymentsOwnError(ValueError):
    """It comes from ``deploy.topology`` and would be back, with its old password, at the next start."""

    def __init__(self, name: str) -> None:
        super().__init__(f"subscriber {name} belongs to the deployment; change it there")


@dataclass(frozen=True, slots=True)
class Access:
    """What a subscriber is told, once: only a hash of the password is kept."""

    user: str
    password: str
    queue: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscriber as it stands. ``contact`` and ``added_at`` are unknown of those that the deployment makes."""

    name: str
    events: tuple[str, ...]
    waiting: int
    unacknowledged: int
    full_percent: int
    consumers: int
    contact: str
    added_at: datetime | None
    rotated_at: datetime | None
    last_seen_at: datetime | None
    """When a listing last found it connected."""
    last_seen_from: str


class Subscribers:
    """The subscribers of one RabbitMQ."""

    def __init__(
        self,
        broker: Broker,
        public: Sequence[type[Event]],
        *,
        clock: Clock = utc_now,
        make_password: Callable[[], str] = lambda: secrets.token_urlsafe(PASSWORD_BYTES),
    ) -> None:
        self._broker = broker
        self._public = tuple(public)
        self._clock = clock
        self._make_password = make_password

    def add(self, name: str, patterns: Sequence[str] = (), *, contact: str = "") -> Access:
        """Make user, queue, bindings and rights; from now on its events wait for it.

        Raises:
            ValueError: The name or the filter is none, or the name is taken.
        """
        subscriber = Subscriber(name, chosen(patterns, self._public))
        found = self._broker.exported()
        if self._has(found, name):
            raise SubscriberExistsError(name)
        password = self._make_password()
        note = {"contact": contact, "added_at": self._clock().isoformat()}
        self._broker.load(definitions(subscriber, password) | _parameters({NOTE + name: note}))
        types = tuple(event.wire_type for event in subscriber.events)
        return Access(subscriber.user, password, subscriber.queue.name, types)

    def rotate(self, name: str) -> Access:
        """A new password; connections that used the one before end, and their unfinished events wait again.

        Raises:
            ValueError: There is none of this name, or it is the deployment's own.
        """
        found = self._broker.exported()
        note = self._note_of(found, name)
        subscriber, password = Subscriber(name, ()), self._make_password()
        note |= {"rotated_at": self._clock().isoformat()}
        self._broker.load({"users": [login(subscriber, password)]} | _parameters({NOTE + name: note}))
        self._broker.close_connections(subscriber.user, "the password was replaced")
        return Access(subscriber.user, password, subscriber.queue.name, _events(found, subscriber.queue.name))

    def remove(self, name: str) -> None:
        """End it: first the user, whose connections RabbitMQ ends, then the queue. Completes what a crash left.

        Raises:
            ValueError: There is none of this name, or it is the deployment's own.
        """
        found = self._broker.exported()
        self._note_of(found, name)
        subscriber = Subscriber(name, ())
        if subscriber.user in _names(found, "users"):
            self._broker.delete_user(subscriber.user)
        if subscriber.queue.name in _names(found, "queues"):
            self._broker.delete_queue(subscriber.queue.name)
        for parameter in (SEEN + name, NOTE + name):
            if parameter in _names(found, "global_parameters"):
                self._broker.clear_parameter(parameter)

    def listed(self) -> list[Listed]:
        """All subscribers by name. Notes which of them are connected right now."""
        with ThreadPoolExecutor(max_workers=3) as pool:  # each starts a program that takes a second to begin
            exported = pool.submit(self._broker.exported)
            queues, connections = pool.submit(self._broker.queues), pool.submit(self._broker.connections)
            found, depths, connected = exported.result(), queues.result(), connections.result()
        names = sorted(
            user.removeprefix(USER_PREFIX) for user in _names(found, "users") if user.startswith(USER_PREFIX)
        )
        by_queue = {row["name"]: row for row in depths}
        seen = {name: self._seen_now(name, connected) for name in names}
        fresh = {SEEN + name: value for name, value in seen.items() if value is not None}
        if fresh:
            self._broker.load(_parameters(fresh))
        return [_listed(name, found, by_queue.get(QUEUE_PREFIX + name, {}), seen[name]) for name in names]

    def _seen_now(self, name: str, connected: Sequence[Row]) -> dict[str, str] | None:
        own = [row for row in connected if row["user"] == USER_PREFIX + name]
        if not own:
            return None
        latest = max(own, key=lambda row: int(row["connected_at"]))
        return {"at": self._clock().isoformat(), "from": str(latest["peer_host"])}

    def _has(self, found: Definition, name: str) -> bool:
        subscriber = Subscriber(name, ())
        return subscriber.user in _names(found, "users") or subscriber.queue.name in _names(found, "queues")

    def _note_of(self, found: Definition, name: str) -> dict[str, str]:
        note = _parameter(found, NOTE + name)
        if note is not None:
            return note
        raise DeploymentsOwnError(name) if self._has(found, name) else NoSuchSubscriberError(name)


def _listed(name: str, found: Definition, queue: Row, seen: dict[str, str] | None) -> Listed:
    note = _parameter(found, NOTE + name) or {}
    seen = seen or _parameter(found, SEEN + name) or {}
    return Listed(
        name=name,
        events=_events(found, QUEUE_PREFIX + name),
        waiting=int(queue.get("messages_ready") or 0),
        unacknowledged=int(queue.get("messages_unacknowledged") or 0),
        full_percent=round(100 * int(queue.get("message_bytes_ready") or 0) / QUEUE_BYTES),
        consumers=int(queue.get("consumers") or 0),
        contact=note.get("contact", ""),
        added_at=_instant(note.get("added_at")),
        rotated_at=_instant(note.get("rotated_at")),
        last_seen_at=_instant(seen.get("at")),
        last_seen_from=seen.get("from", ""),
    )


def _events(found: Definition, queue: str) -> tuple[str, ...]:
    bindings: list[dict[str, Any]] = found.get("bindings", [])
    return tuple(sorted(str(each["routing_key"]) for each in bindings if each["destination"] == queue))


def _names(found: Definition, kind: str) -> set[str]:
    return {str(each["name"]) for each in found.get(kind, [])}


def _parameters(values: dict[str, dict[str, str]]) -> Definition:
    """Global parameters; the value is JSON text, because RabbitMQ hands objects back in another form."""
    return {"global_parameters": [{"name": name, "value": json.dumps(value)} for name, value in values.items()]}


def _parameter(found: Definition, name: str) -> dict[str, str] | None:
    for each in found.get("global_parameters", []):
        if each["name"] == name:
            value: dict[str, str] = json.loads(each["value"])
            return value
    return None


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
