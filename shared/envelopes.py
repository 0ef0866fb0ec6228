"""Messages as they are before and after the wire: what goes out, what came in, and the envelopes between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import orjson

from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.contracts import Actor, Command, Event, Message, Query
from shared.telemetry import Trace
from shared.topology import exchange_of

JSON: Final = "application/json"
CLOUDEVENT: Final = "application/cloudevents+json"

M = TypeVar("M", bound=Message)


class Poison(Exception):  # noqa: N818
    """A message that no retry will ever make readable."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready for the wire. The same bytes and the same id at every attempt to publish it."""

    message_id: str
    wire_type: str
    exchange: str
    routing_key: str
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str | int] = field(default_factory=dict)
    correlation_id: str | None = None
    expires_at: datetime | None = None
    mandatory: bool = False
    persistent: bool = True
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Received(Generic[M]):
    """A message as handlers see it: the contract, and who caused it."""

    message: M
    message_id: str
    correlation_id: str
    actor: Actor | None = None
    trace: Trace | None = None
    wire: bytes = b""
    """The body exactly as it was published; of events only."""

    def require_actor(self) -> Actor:
        """The caller; a command without one is a defect of the sender."""
        if self.actor is None:
            raise Poison(f"{self.message.wire_type} without actor")
        return self.actor


def event_envelope(
    event: Event, *, source: str, cause: Received[Any], clock: Clock = utc_now, ids: IdMaker = new_id
) -> Outgoing:
    """Wrap an event as CloudEvents 1.0 in structured JSON (docs/adr/0006)."""
    event_id = ids()
    trace = cause.trace
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/acquit/{source}",
        "type": event.wire_type,
        "subject": event.subject(),
        "time": clock().isoformat().replace("+00:00", "Z"),
        "datacontenttype": JSON,
        "dataschema": f"urn:acquit:schema:{event.wire_type}",
        "data": orjson.Fragment(event.model_dump_json().encode()),
        "correlationid": cause.correlation_id,
        "causationid": cause.message_id,
    }
    if trace is not None:
        envelope["traceparent"] = trace.traceparent
    return Outgoing(
        message_id=event_id,
        wire_type=event.wire_type,
        exchange=exchange_of(type(event)),
        routing_key=event.wire_type,
        body=orjson.dumps(envelope),
        content_type=CLOUDEVENT,
        correlation_id=cause.correlation_id,
    )


def request_envelope(
    request: Command | Query,
    *,
    message_id: str | None = None,
    actor: Actor | None = None,
    trace: Trace | None = None,
    expires_at: datetime | None = None,
    persistent: bool = True,
    reply_to: str | None = None,
    correlation_id: str | None = None,
) -> Outgoing:
    """Wrap a command or query: plain JSON body, the caller's identity in the ``actor`` header."""
    headers: dict[str, str | int] = {}
    if actor is not None:
        headers["actor"] = actor.model_dump_json()
    if trace is not None:
        headers |= {"traceparent": trace.traceparent, "request_id": trace.correlation_id}
    return Outgoing(
        message_id=message_id or new_id(),
        wire_type=request.wire_type,
        exchange=exchange_of(type(request)),
        routing_key=request.wire_type,
        body=request.model_dump_json().encode(),
        headers=headers,
        correlation_id=correlation_id or (trace.correlation_id if trace else None),
        expires_at=expires_at,
        mandatory=True,
        persistent=persistent,
        reply_to=reply_to,
    )
