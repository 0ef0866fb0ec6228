"""Acknowledgements that travel together: one frame for all that was settled in the same turn of the event loop.

RabbitMQ takes "everything on this channel up to here" as one acknowledgement. It may be said only when nothing below
is still under way, and a channel carries several queues. So each channel counts up to where every delivery is settled;
what is done beyond the first that is not, is acknowledged one by one.
"""

import asyncio
from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary, ref

from aio_pika.exceptions import AMQPException
from aiormq.abc import AbstractChannel
from faststream.rabbit.message import RabbitMessage

from shared.telemetry import logger

KEPT_BEYOND_A_GAP: Final = 50_000
"""Settled deliveries remembered beyond one that never settles; then the channel acknowledges one by one for good."""


class ChannelAcknowledgements:
    """Of one channel: RabbitMQ numbers its deliveries 1, 2, 3 … over all queues that are consumed there."""

    def __init__(self, channel: AbstractChannel, *, kept: int = KEPT_BEYOND_A_GAP) -> None:
        self._channel = ref(channel)
        """Weak: the books of channels that are gone go with them."""
        self._kept = kept
        self._below = 0
        """Every delivery up to this one is settled."""
        self._done: set[int] = set()
        """To be acknowledged."""
        self._settled: set[int] = set()
        """Settled beyond the first that is not."""
        self._sending: asyncio.Task[None] | None = None

    def done(self, tag: int) -> None:
        """Acknowledge a delivery, together with the others of this turn."""
        self._done.add(tag)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())

    def settled(self, tag: int) -> None:
        """A delivery needs no acknowledgement (any more): it was rejected, or its consumer never acknowledges."""
        if tag == self._below + 1 or len(self._settled) < self._kept:
            self._settled.add(tag)
        while self._below + 1 in self._settled:
            self._below += 1
            self._settled.remove(self._below)

    def frames(self) -> Iterator[tuple[int, bool]]:
        """What to say for all that is done: tags, and whether all below are meant as well."""
        done, self._done = self._done, set()
        together = 0
        while self._below + 1 in done:
            together = self._below + 1
            done.remove(together)
            self.settled(together)
        if together:
            yield together, True
        for tag in sorted(done):
            self.settled(tag)
            yield tag, False

    async def _send(self) -> None:
        try:
            while self._done and (channel := self._channel()) is not None:
                for tag, multiple in list(self.frames()):
                    await channel.basic_ack(tag, multiple=multiple, wait=False)
        except (AMQPException, ConnectionError, RuntimeError) as error:
            # The channel is gone: RabbitMQ delivers again what it did not hear about, and the inbox knows it.
            logger().warning("acknowledgements_lost", cause=type(error).__name__)
        finally:
            self._sending = None


_channels: WeakKeyDictionary[AbstractChannel, ChannelAcknowledgements] = WeakKeyDictionary()


def acknowledge(message: RabbitMessage) -> None:
    """Acknowledge a delivery soon; never fails: what RabbitMQ does not hear of, it delivers again."""
    tag = message.raw_message.delivery_tag
    if tag is not None:
        _of(message).done(tag)


def settled(message: RabbitMessage) -> None:
    """Take note of a delivery that was settled in another way."""
    tag = message.raw_message.delivery_tag
    if tag is not None:
        _of(message).settled(tag)


def _of(message: RabbitMessage) -> ChannelAcknowledgements:
    channel = message.raw_message.channel
    found = _channels.get(channel)
    if found is None:
        found = _channels[channel] = ChannelAcknowledgements(channel)
    return found
