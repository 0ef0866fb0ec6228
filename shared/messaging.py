"""The bus with safe defaults: what is published is persistent and confirmed, what is consumed is bounded.

The broker factory, the publisher and the wrapper around every handler live here; the numbers and names of the topology
in ``shared.topology``. FastStream appears in this module, in ``shared.rpc``, and in ``routes.py`` and ``app.py`` only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final, Generic, TypeVar

import aio_pika
import orjson
from aio_pika.exceptions import AMQPException, PublishError
from faststream import AckPolicy
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue, RabbitRoute
from faststream.rabbit.message import RabbitMessage
from pydantic import ValidationError

from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.contracts import Actor, Command, Event, Message, Query, View
from shared.errors import AppError, Transient
from shared.telemetry import DURATION, HANDLED, PUBLISH_FAILURES, PUBLISHED, Trace, logger
from shared.topology import DELAYS_MS, REPLIES, RETRY, Queue, exchange_of

JSON: Final = "application/json"
CLOUDEVENT: Final = "application/cloudevents+json"
PUBLISH_TIMEOUT_SECONDS: Final = 15.0
EDGE_USER: Final = "edge"
"""The only RabbitMQ user whose ``actor`` header is believed."""

M = TypeVar("M", bound=Message)


class Unroutable(Transient):
    """No queue takes this message: the service that answers it is not deployed."""

    def __init__(self, wire_type: str) -> None:
        super().__init__("bus.unroutable", wire_type=wire_type)


class PublishFailed(Transient):
    """The broker did not confirm; the message may or may not be there."""

    def __init__(self, wire_type: str) -> None:
        super().__init__("bus.unavailable", wire_type=wire_type)


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


def make_broker(url: str, *, prefetch: int, app_id: str) -> RabbitBroker:
    """A broker whose every channel has the same flags: confirms on, returned messages raise, prefetch set."""
    return RabbitBroker(
        url,
        default_channel=Channel(prefetch_count=prefetch, publisher_confirms=True, on_return_raises=True),
        app_id=app_id,
        apply_types=False,
        decoder=_undecoded,
        logger=None,
        graceful_timeout=10.0,
        client_properties={"connection_name": f"acquit-{app_id}"},  # type: ignore[arg-type]
    )


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    """Handlers get the delivery itself: one parser, below, reads every body."""
    return message


def exchange(name: str, kind: ExchangeType = ExchangeType.TOPIC) -> RabbitExchange:
    """An exchange that the deployer made; never declared by a service."""
    return RabbitExchange(name, type=kind, durable=True, declare=False)


def queue(spec: Queue) -> RabbitQueue:
    """A queue that the deployer made; never declared by a service."""
    return RabbitQueue(spec.name, queue_type=QueueType.QUORUM, durable=True, declare=False)


class Publisher:
    """Publishes with confirms under this service's user name, which RabbitMQ checks (``user_id``)."""

    def __init__(self, broker: RabbitBroker, *, user: str, clock: Clock = utc_now) -> None:
        self._broker = broker
        self._user = user
        self._clock = clock
        self._exchanges: dict[str, RabbitExchange] = {REPLIES: exchange(REPLIES, ExchangeType.DIRECT)}

    async def publish(self, outgoing: Outgoing) -> None:
        """Publish and wait for the confirm.

        Raises:
            Unroutable: mandatory, and no queue takes it.
            PublishFailed: refused, not confirmed in time or the connection was lost.
        """
        target = self._exchanges.get(outgoing.exchange)
        if target is None:
            target = self._exchanges[outgoing.exchange] = exchange(outgoing.exchange)
        try:
            await self._broker.publish(
                self._message(outgoing),
                exchange=target,
                routing_key=outgoing.routing_key,
                mandatory=outgoing.mandatory,
                timeout=PUBLISH_TIMEOUT_SECONDS,
            )
        except (AMQPException, ConnectionError, TimeoutError, RuntimeError) as error:
            PUBLISH_FAILURES.labels(outgoing.exchange).inc()
            if isinstance(error, PublishError) and outgoing.mandatory:
                raise Unroutable(outgoing.wire_type) from error
            raise PublishFailed(outgoing.wire_type) from error
        PUBLISHED.labels(outgoing.exchange).inc()

    async def publish_all(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        """Publish side by side; returns those that were *not* confirmed."""
        results = await asyncio.gather(*(self.publish(item) for item in batch), return_exceptions=True)
        failed: list[Outgoing] = []
        for item, result in zip(batch, results, strict=True):
            if isinstance(result, Transient):
                failed.append(item)
            elif isinstance(result, BaseException):
                raise result
        return failed

    def _message(self, outgoing: Outgoing) -> aio_pika.Message:
        expiration = None
        if outgoing.expires_at is not None:
            expiration = max(0.001, (outgoing.expires_at - self._clock()).total_seconds())
        return aio_pika.Message(
            outgoing.body,
            content_type=outgoing.content_type,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT
            if outgoing.persistent
            else aio_pika.DeliveryMode.NOT_PERSISTENT,
            message_id=outgoing.message_id,
            correlation_id=outgoing.correlation_id,
            type=outgoing.wire_type,
            user_id=self._user,
            app_id=self._user,
            headers=dict(outgoing.headers),
            expiration=expiration,
            reply_to=outgoing.reply_to,
            timestamp=datetime.now(UTC),
        )


@dataclass(slots=True)
class Delivery(Generic[M]):
    """A parsed delivery: the message, where the answer goes, and how often it was tried."""

    received: Received[M]
    reply_to: str | None
    reply_correlation: str
    attempt: int


def parse(message: RabbitMessage, contract: type[M], *, consumer: str) -> Delivery[M]:
    """Read a delivery as ``contract``; events are unwrapped from their CloudEvents envelope.

    An actor is believed when RabbitMQ vouches that the edge sent the message, or the consuming service itself,
    which happens when it took the message a second time from a delay queue.

    Raises:
        Poison: not that contract, not JSON, or without the ids that the inbox needs.
    """
    raw = message.raw_message
    headers = raw.headers
    if raw.type != contract.wire_type or not raw.message_id:
        raise Poison(f"expected {contract.wire_type}, got {raw.type!r}")
    traceparent: Any = headers.get("traceparent")
    try:
        if issubclass(contract, Event):
            envelope = orjson.loads(raw.body)
            traceparent = envelope.get("traceparent")
            text = orjson.dumps(envelope["data"])
        else:
            text = raw.body
        body = contract.model_validate_json(text)
        actor = Actor.model_validate_json(str(headers["actor"])) if "actor" in headers else None
    except (ValidationError, orjson.JSONDecodeError, KeyError, AttributeError) as error:
        raise Poison(f"unreadable {contract.wire_type}: {type(error).__name__}") from error
    if actor is not None and raw.user_id not in {EDGE_USER, consumer.partition(".")[0]}:
        raise Poison("actor stated by somebody other than the edge")
    correlation_id = str(headers.get("request_id") or raw.correlation_id or raw.message_id)
    trace = Trace.start(correlation_id, str(traceparent) if traceparent else None)
    return Delivery(
        received=Received(body, str(raw.message_id), correlation_id, actor, trace),
        reply_to=_reply_key(raw.reply_to),
        reply_correlation=str(raw.correlation_id),
        attempt=int(str(headers.get("attempt", 0))),
    )


def _reply_key(reply_to: str | None) -> str | None:
    """``<key>|edge.replies`` is the only form of return address that is answered."""
    key, _, target = (reply_to or "").partition("|")
    return key if key and target == REPLIES else None


Handler = Callable[[Received[Any]], Awaitable[bytes | None]]
"""Handles a delivery and returns the JSON of its answer, if there is one."""


def answering(handler: Callable[[Received[Any]], Awaitable[View]]) -> Handler:
    """A handler that only reads: its view is the answer."""

    async def handle(received: Received[Any]) -> bytes:
        return (await handler(received)).model_dump_json().encode()

    return handle


def consume(spec: Queue, contract: type[M], handler: Handler, publisher: Publisher) -> RabbitRoute:
    """A route from a queue to a handler with the bus discipline around it.

    After the handler: its view is the reply where one is asked for, and the delivery is acknowledged. Business errors
    are replied and acknowledged. Transient errors and defects go through the delays; after the last one, or when the
    message cannot be read, it is dead-lettered.
    """
    consumer = _Consumer(spec, contract, handler, publisher)
    return RabbitRoute(
        consumer.on_delivery,
        queue=queue(spec),
        exchange=exchange(spec.bindings()[0][0]),
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
    )


class _Consumer(Generic[M]):
    def __init__(self, spec: Queue, contract: type[M], handler: Handler, publisher: Publisher) -> None:
        self._spec = spec
        self._contract = contract
        self._handler = handler
        self._publisher = publisher

    async def on_delivery(self, message: RabbitMessage) -> None:
        started = perf_counter()
        outcome = await self._handle(message)
        seconds = perf_counter() - started
        HANDLED.labels(self._spec.name, outcome).inc()
        DURATION.labels(self._spec.name).observe(seconds)
        logger().info(
            "message",
            consumer=self._spec.name,
            message_id=message.raw_message.message_id,
            outcome=outcome,
            ms=round(seconds * 1000, 1),
        )

    async def _handle(self, message: RabbitMessage) -> str:
        try:
            delivery = parse(message, self._contract, consumer=self._spec.name)
        except Poison as error:
            logger().error("poison", consumer=self._spec.name, reason=str(error))
            await message.reject(requeue=False)
            return "poison"
        try:
            answer = await self._handler(delivery.received)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - every failure has one of the fates below
            return await self._failed(message, delivery, error)
        if delivery.reply_to is not None:
            await self._reply(delivery, b'{"ok":' + (answer or b"{}") + b"}")
        await message.ack()
        return "done"

    async def _failed(self, message: RabbitMessage, delivery: Delivery[M], error: Exception) -> str:
        if isinstance(error, AppError) and not isinstance(error, Transient):
            logger().warning("refused", consumer=self._spec.name, code=error.code)
            await self._reply(delivery, _error_body(error))
            await message.ack()
            return error.family
        if not isinstance(error, Transient):
            logger().error("defect", consumer=self._spec.name, exc_info=error)
        if delivery.reply_to is not None or self._spec.message_ttl_ms is not None:
            await self._reply(delivery, _error_body(error))
            await message.ack()
            return "transient" if isinstance(error, Transient) else "defect"
        return await self._try_later(message, delivery.attempt)

    async def _try_later(self, message: RabbitMessage, attempt: int) -> str:
        delays = list(DELAYS_MS)
        if attempt >= len(delays):
            await message.reject(requeue=False)
            return "dead"
        raw = message.raw_message
        try:
            await self._publisher.publish(
                Outgoing(
                    message_id=str(raw.message_id),
                    wire_type=str(raw.type),
                    exchange=RETRY,
                    routing_key=f"{delays[attempt]}.{self._spec.name}",
                    body=raw.body,
                    content_type=raw.content_type or JSON,
                    headers=_plain(raw.headers) | {"attempt": attempt + 1},
                    correlation_id=raw.correlation_id,
                    mandatory=True,
                )
            )
        except Transient:
            await message.nack(requeue=True)
            return "requeued"
        await message.ack()
        return "retry"

    async def _reply(self, delivery: Delivery[M], body: bytes) -> None:
        if delivery.reply_to is None:
            return
        reply = Outgoing(
            message_id=new_id(),
            wire_type="reply",
            exchange=REPLIES,
            routing_key=delivery.reply_to,
            body=body,
            correlation_id=delivery.reply_correlation,
            persistent=False,
        )
        try:
            await self._publisher.publish(reply)
        except Transient as error:
            logger().warning("reply_lost", consumer=self._spec.name, code=error.code)


def _plain(headers: Mapping[str, Any]) -> dict[str, str | int]:
    """Our own headers, without those that RabbitMQ adds on its way (``x-death`` and the like)."""
    return {
        name: value for name, value in headers.items() if not name.startswith("x-") and isinstance(value, str | int)
    }


def _error_body(error: Exception) -> bytes:
    if isinstance(error, AppError):
        described = {"family": error.family, "code": error.code, "params": error.params}
    else:
        described = {"family": "defect", "code": "internal.defect", "params": {}}
    return orjson.dumps({"error": described})
