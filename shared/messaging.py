"""The bus with safe defaults: what is published is persistent and confirmed, what is consumed is bounded.

The broker factory and the publisher. FastStream appears in this module, in ``shared.consuming``, ``shared.rpc`` and
``shared.service``, and in ``routes.py`` only.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import AMQPException, PublishError
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.rabbit.message import RabbitMessage

from shared.clock import Clock, utc_now
from shared.envelopes import Outgoing
from shared.errors import Transient
from shared.telemetry import PUBLISH_FAILURES, PUBLISHED
from shared.topology import REPLIES, Queue

PUBLISH_TIMEOUT_SECONDS: Final = 15.0


class Unroutable(Transient):
    """No queue takes this message: the service that answers it is not deployed."""

    def __init__(self, wire_type: str) -> None:
        super().__init__("bus.unroutable", wire_type=wire_type)


class PublishFailed(Transient):
    """The broker did not confirm; the message may or may not be there."""

    def __init__(self, wire_type: str) -> None:
        super().__init__("bus.unavailable", wire_type=wire_type)


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


async def is_consuming(subscriber: Any) -> bool:
    """Whether RabbitMQ delivers to this subscriber; FastStream's ``running`` stays true when a queue disappears."""
    declared, tag = subscriber._queue_obj, subscriber._consumer_tag  # noqa: SLF001 - not told otherwise
    if declared is None or tag is None:
        return False
    channel = await declared.channel.get_underlay_channel()
    return tag in channel.consumers and not channel.is_closed


class Publisher:
    """Publishes with confirms under this service's user name, which RabbitMQ checks (``user_id``)."""

    def __init__(self, broker: RabbitBroker, *, user: str, clock: Clock = utc_now) -> None:
        self._broker = broker
        self._user = user
        self._clock = clock
        self._exchanges: dict[str, AbstractExchange] = {}

    async def publish(self, outgoing: Outgoing) -> None:
        """Publish and wait for the confirm.

        Raises:
            Unroutable: mandatory, and no queue takes it.
            PublishFailed: refused, not confirmed in time or the connection was lost.
        """
        try:
            target = self._exchanges.get(outgoing.exchange) or await self._exchange(outgoing.exchange)
            async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
                await target.publish(self._message(outgoing), outgoing.routing_key, mandatory=outgoing.mandatory)
        except (AMQPException, ConnectionError, TimeoutError, RuntimeError) as error:
            PUBLISH_FAILURES.labels(outgoing.exchange).inc()
            if isinstance(error, PublishError) and outgoing.mandatory:
                raise Unroutable(outgoing.wire_type) from error
            raise PublishFailed(outgoing.wire_type) from error
        PUBLISHED.labels(outgoing.exchange).inc()

    async def _exchange(self, name: str) -> AbstractExchange:
        """The broker's handle of an exchange, kept: it lives as long as the connection and recovers with it."""
        kind = ExchangeType.DIRECT if name == REPLIES else ExchangeType.TOPIC
        target = self._exchanges[name] = await self._broker.declare_exchange(exchange(name, kind))
        return target

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
