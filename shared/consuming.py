"""The bus discipline around every handler: parse, handle, answer, acknowledge, or try again later, or give up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from time import perf_counter
from typing import Any, Final, Generic

import orjson
from faststream import AckPolicy
from faststream.rabbit import RabbitRoute
from faststream.rabbit.message import RabbitMessage

from shared.acknowledging import acknowledge, settled
from shared.clock import new_id
from shared.contracts import Actor, Event, Message, View
from shared.envelopes import JSON, M, Outgoing, Poison, Received
from shared.errors import AppError, Transient
from shared.messaging import Publisher, channel, exchange, queue
from shared.telemetry import DURATION, HANDLED, Trace, logger
from shared.topology import DELAYS_MS, REPLIES, RETRY, Queue

EDGE_USER: Final = "edge"
"""The only RabbitMQ user whose ``actor`` header is believed."""


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
        actor = _actor(str(headers["actor"])) if "actor" in headers else None
        attempt = int(str(headers.get("attempt", 0)))
    except (KeyError, AttributeError, ValueError) as error:
        raise Poison(f"unreadable {contract.wire_type}: {type(error).__name__}") from error
    if actor is not None and raw.user_id not in {EDGE_USER, consumer.partition(".")[0]}:
        raise Poison("actor stated by somebody other than the edge")
    correlation_id = str(headers.get("request_id") or raw.correlation_id or raw.message_id)
    trace = Trace.start(correlation_id, str(traceparent) if traceparent else None)
    return Delivery(
        received=Received(
            body,
            str(raw.message_id),
            correlation_id,
            actor,
            trace,
            wire=raw.body if issubclass(contract, Event) else b"",
        ),
        reply_to=_reply_key(raw.reply_to),
        reply_correlation=str(raw.correlation_id),
        attempt=attempt,
    )


@lru_cache(maxsize=1_024)
def _actor(header: str) -> Actor:
    """Frozen, and the same for all that a session asks."""
    return Actor.model_validate_json(header)


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
    message cannot be read or lacks what its handler needs (``Poison``), it is dead-lettered.
    """
    return consume_each(spec, {contract: handler}, publisher)


def consume_each(spec: Queue, handlers: Mapping[type[Message], Handler], publisher: Publisher) -> RabbitRoute:
    """A route from a queue for several kinds of messages, each to its handler; the wire type tells them apart."""
    missing = set(spec.messages) ^ set(handlers)
    if missing:
        raise TypeError(f"{spec.name}: queue and handlers differ by {sorted(kind.__name__ for kind in missing)}")
    consumer = _Consumer(spec, handlers, publisher)
    return RabbitRoute(
        consumer.on_delivery,
        queue=queue(spec),
        exchange=exchange(spec.bindings()[0][0]),
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        channel=None if spec.prefetch is None else channel(spec.prefetch),
    )


class _Consumer:
    def __init__(self, spec: Queue, handlers: Mapping[type[Message], Handler], publisher: Publisher) -> None:
        self._spec = spec
        self._handlers = {contract.wire_type: (contract, handler) for contract, handler in handlers.items()}
        self._publisher = publisher
        self._duration = DURATION.labels(spec.name)
        self._handled = cache(partial(HANDLED.labels, spec.name))

    async def on_delivery(self, message: RabbitMessage) -> None:
        message.clear_cache()
        started = perf_counter()
        outcome = await self._handle(message)
        seconds = perf_counter() - started
        self._handled(outcome).inc()
        self._duration.observe(seconds)
        logger().info(
            "message",
            consumer=self._spec.name,
            message_id=message.raw_message.message_id,
            outcome=outcome,
            ms=round(seconds * 1000, 1),
        )

    async def _handle(self, message: RabbitMessage) -> str:
        try:
            contract, handler = self._handler_of(message.raw_message.type)
            delivery = parse(message, contract, consumer=self._spec.name)
        except Poison as error:
            return await self._poisoned(message, error)
        try:
            answer = await handler(delivery.received)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - every failure has one of the fates below
            return await self._failed(message, delivery, error)
        if delivery.reply_to is not None:
            await self._reply(delivery, b'{"ok":' + (answer or b"{}") + b"}")
        acknowledge(message)
        return "done"

    def _handler_of(self, wire_type: str | None) -> tuple[type[Message], Handler]:
        found = self._handlers.get(wire_type or "")
        if found is None:
            raise Poison(f"expected one of {sorted(self._handlers)}, got {wire_type!r}")
        return found

    async def _poisoned(self, message: RabbitMessage, error: Poison) -> str:
        logger().error("poison", consumer=self._spec.name, reason=str(error))
        await _refuse(message)
        return "poison"

    async def _failed(self, message: RabbitMessage, delivery: Delivery[Any], error: Exception) -> str:
        if isinstance(error, AppError) and not isinstance(error, Transient):
            logger().warning("refused", consumer=self._spec.name, code=error.code)
            await self._reply(delivery, _error_body(error))
            acknowledge(message)
            return error.family
        if isinstance(error, Poison):
            await self._reply(delivery, _error_body(error))
            return await self._poisoned(message, error)
        if not isinstance(error, Transient):
            logger().error("defect", consumer=self._spec.name, exc_info=error)
        if delivery.reply_to is not None or self._spec.message_ttl_ms is not None:
            await self._reply(delivery, _error_body(error))
            acknowledge(message)
            return "transient" if isinstance(error, Transient) else "defect"
        return await self._try_later(message, delivery.attempt)

    async def _try_later(self, message: RabbitMessage, attempt: int) -> str:
        delays = list(DELAYS_MS)
        if attempt >= len(delays):
            await _refuse(message)
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
            settled(message)
            return "requeued"
        acknowledge(message)
        return "retry"

    async def _reply(self, delivery: Delivery[Any], body: bytes) -> None:
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


async def _refuse(message: RabbitMessage) -> None:
    """To the dead letters."""
    await message.reject(requeue=False)
    settled(message)


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
