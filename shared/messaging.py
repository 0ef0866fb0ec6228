"""The bus with safe defaults: what is published is persistent and confirmed, what is consumed is bounded.

The broker factory and the publisher. FastStream appears here, in the modules of ``shared`` beside this one that consume
(``consuming``, ``acknowledging``, ``rpc``, ``broadcast``, ``service``), and where services state and wire their routes.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from aio_pika import DeliveryMode
from aio_pika.exceptions import AMQPException, PublishError
from aiormq import Channel as UnderlyingChannel
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.rabbit.message import RabbitMessage
from pamqp.commands import Basic

from shared.bulk_publishing import publish_together
from shared.clock import Clock, utc_now
from shared.envelopes import Outgoing
from shared.errors import Transient
from shared.telemetry import PUBLISH_FAILURES, PUBLISHED
from shared.topology import REPLIES, Queue

PUBLISH_TIMEOUT_SECONDS: Final = 15.0


_FAILURES: Final = (AMQPException, ConnectionError, TimeoutError, RuntimeError)


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
        default_channel=channel(prefetch),
        app_id=app_id,
        apply_types=False,
        decoder=_undecoded,
        logger=None,
        graceful_timeout=10.0,
        client_properties={"connection_name": f"acquit-{app_id}"},  # type: ignore[arg-type]
    )


def channel(prefetch: int) -> Channel:
    """A channel with the flags that all have; its consumers get ``prefetch`` messages at a time together."""
    return Channel(prefetch_count=prefetch, publisher_confirms=True, on_return_raises=True)


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    """Handlers get the delivery itself: one parser, below, reads every body.

    FastStream keeps with a message what its decoder gave, which is the message again: whoever takes a delivery clears
    that (``clear_cache``), or every body would stay in memory until garbage is collected.
    """
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
    """Publishes with confirms under this service's user name, which RabbitMQ checks (``user_id``).

    It hands messages to the channel below aio-pika's ``Exchange``, which makes every publish wait until the one before
    it has left the socket's buffer. Here the confirm alone is waited for, so that what is published together reaches
    RabbitMQ together, and is written to its disk together.
    """

    def __init__(self, broker: RabbitBroker, *, user: str, clock: Clock = utc_now) -> None:
        self._broker = broker
        self._user = user
        self._clock = clock
        self._channel: UnderlyingChannel | None = None

    async def publish(self, outgoing: Outgoing, *, timeout_seconds: float = PUBLISH_TIMEOUT_SECONDS) -> None:
        """Publish and wait for the confirm.

        Raises:
            Unroutable: mandatory, and no queue takes it.
            PublishFailed: refused, not confirmed in time or the connection was lost.
        """
        try:
            channel = await self._open_channel(timeout_seconds)
            await channel.basic_publish(
                outgoing.body,
                exchange=outgoing.exchange,
                routing_key=outgoing.routing_key,
                properties=self._properties(outgoing),
                mandatory=outgoing.mandatory,
                timeout=timeout_seconds,
                wait=False,
            )
        except _FAILURES as error:
            PUBLISH_FAILURES.labels(outgoing.exchange).inc()
            if isinstance(error, PublishError) and outgoing.mandatory:
                raise Unroutable(outgoing.wire_type) from error
            raise PublishFailed(outgoing.wire_type) from error
        PUBLISHED.labels(outgoing.exchange).inc()

    async def _open_channel(self, timeout_seconds: float) -> UnderlyingChannel:
        """The broker's channel, as soon as there is a connection."""
        if self._channel is None or self._channel.is_closed:
            self._channel = await asyncio.wait_for(self._brokers_channel(), timeout_seconds)
        return self._channel

    async def _brokers_channel(self) -> UnderlyingChannel:
        """``declare_exchange`` declares nothing here, it is where FastStream gives the channel away."""
        handle = await self._broker.declare_exchange(exchange(REPLIES, ExchangeType.DIRECT))
        return cast("UnderlyingChannel", await handle.channel.get_underlay_channel())

    async def publish_all(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        """Publish together; returns those that were *not* confirmed."""
        if not batch:
            return []
        addressed = [(outgoing, self._properties(outgoing)) for outgoing in batch]
        try:
            channel = await self._open_channel(PUBLISH_TIMEOUT_SECONDS)
            errors = await publish_together(channel, addressed, timeout_seconds=PUBLISH_TIMEOUT_SECONDS)
        except _FAILURES:
            errors = dict.fromkeys(range(len(batch)), TimeoutError())
        for exchange, count in Counter(item.exchange for item in batch).items():
            failures = sum(batch[position].exchange == exchange for position in errors)
            PUBLISH_FAILURES.labels(exchange).inc(failures)
            PUBLISHED.labels(exchange).inc(count - failures)
        return [batch[position] for position in sorted(errors)]

    def _properties(self, outgoing: Outgoing) -> Basic.Properties:
        return Basic.Properties(
            content_type=outgoing.content_type,
            delivery_mode=DeliveryMode.PERSISTENT if outgoing.persistent else DeliveryMode.NOT_PERSISTENT,
            message_id=outgoing.message_id,
            correlation_id=outgoing.correlation_id,
            message_type=outgoing.wire_type,
            user_id=self._user,
            app_id=self._user,
            headers=dict(outgoing.headers),
            expiration=self._milliseconds_until(outgoing.expires_at),
            reply_to=outgoing.reply_to,
            timestamp=datetime.now(UTC),
        )

    def _milliseconds_until(self, instant: datetime | None) -> str | None:
        """Time to live as AMQP writes it; what is late already lives for one millisecond."""
        if instant is None:
            return None
        return str(max(1, int((instant - self._clock()).total_seconds() * 1000)))
