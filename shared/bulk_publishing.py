"""Messages that are due together, written to the channel together (docs/adr/0026).

aiormq's ``basic_publish`` takes the channel's lock, a timer and several futures for every message. Here that is done
once for all of them, and each is still confirmed, refused or returned for itself. This is the one module that knows
how aiormq keeps its book of confirms: numbers in ``delivery_tag``, who waits in ``confirmations``, and for messages
that may be returned, their numbers by id in ``message_id_delivery_tag``.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from aiormq import Channel
from aiormq.abc import ChannelFrame
from pamqp import frame
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from shared.envelopes import Outgoing

Addressed = tuple[Outgoing, Basic.Properties]


class Outcomes:
    """What became of each message of a batch; those of which nothing was heard are waited for."""

    def __init__(self, count: int, over: "asyncio.Future[Any]") -> None:
        self._unknown = set(range(count))
        self._over = over
        self.errors: dict[int, BaseException] = {}

    def say(self, position: int, error: BaseException | None = None) -> None:
        """A confirm came, a refusal, or the message itself."""
        self._unknown.discard(position)
        if error is not None:
            self.errors[position] = error
        if not self._unknown and not self._over.done():
            self._over.set_result(None)

    def give_up(self, error: BaseException) -> None:
        """Nothing more is waited for."""
        self.errors.update(dict.fromkeys(self._unknown, error))
        self._unknown.clear()

    def knows(self, position: int) -> bool:
        return position not in self._unknown


class Confirmation:
    """Stands where aiormq keeps a future for a message; it is asked what a future would be asked."""

    __slots__ = ("_outcomes", "_position")

    def __init__(self, outcomes: Outcomes, position: int) -> None:
        self._outcomes = outcomes
        self._position = position

    def done(self) -> bool:
        return self._outcomes.knows(self._position)

    def cancelled(self) -> bool:
        """Asked of what is done: a confirm that comes too late is nothing to warn about."""
        return self.done()

    def set_result(self, _frame: object) -> None:
        self._outcomes.say(self._position)

    def set_exception(self, error: BaseException) -> None:
        self._outcomes.say(self._position, error)


async def publish_together(
    channel: Channel, batch: Sequence[Addressed], *, timeout_seconds: float
) -> dict[int, BaseException]:
    """Publish and wait for every confirm; returns the errors by position in ``batch``.

    Raises:
        AMQPException, ConnectionError, RuntimeError: the channel was closed before anything was written.
        TimeoutError: nothing could be written in time.
    """
    over = channel.create_future()
    outcomes = Outcomes(len(batch), over)
    numbers: dict[str, int] = {}
    try:
        async with asyncio.timeout(timeout_seconds):
            numbers = await _write(channel, batch, outcomes)
        await asyncio.wait((over,), timeout=timeout_seconds)
        outcomes.give_up(_reason(over))
    finally:
        outcomes.give_up(TimeoutError())
        over.cancel()
        for message_id, number in numbers.items():
            if channel.message_id_delivery_tag.get(message_id) == number:
                del channel.message_id_delivery_tag[message_id]
    return outcomes.errors


def _reason(over: "asyncio.Future[Any]") -> BaseException:
    """Why nothing was heard of the messages that are still unknown: the time is over, or the channel closed."""
    if not over.done():
        return TimeoutError()
    error = None if over.cancelled() else over.exception()
    return error if isinstance(error, Exception) else ConnectionError("channel closed")


async def _write(channel: Channel, batch: Sequence[Addressed], outcomes: Outcomes) -> dict[str, int]:
    """Number the messages and hand their bytes to the connection; returns the numbers of those that may come back."""
    written = b"".join(_bytes_of(channel, outgoing, properties) for outgoing, properties in batch)
    async with channel.lock:
        before = channel.delivery_tag
        numbers = range(before + 1, before + 1 + len(batch))
        for position, number in enumerate(numbers):
            channel.confirmations[number] = cast("asyncio.Future[Any]", Confirmation(outcomes, position))
        returnable = {
            outgoing.message_id: number
            for number, (outgoing, _) in zip(numbers, batch, strict=True)
            if outgoing.mandatory
        }
        channel.message_id_delivery_tag.update(returnable)
        channel.delivery_tag = before + len(batch)
        try:
            await channel.write_queue.put(ChannelFrame(payload=written, should_close=False))
        except BaseException:  # the broker has seen none of them: their numbers are free
            channel.delivery_tag = before
            for number in numbers:
                channel.confirmations.pop(number, None)
            for message_id in returnable:
                channel.message_id_delivery_tag.pop(message_id, None)
            raise
    return returnable


def _bytes_of(channel: Channel, outgoing: Outgoing, properties: Basic.Properties) -> bytes:
    """The frames of one message, as AMQP 0-9-1 writes them: method, header, and as much body per frame as fits."""
    number, body, most = channel.number, outgoing.body, channel.max_content_size
    header = ContentHeader(body_size=len(body), properties=properties)
    return b"".join(
        (
            _method(number, outgoing.exchange, outgoing.routing_key, outgoing.mandatory),
            frame.marshal(header, number),
            *(frame.marshal(ContentBody(body[start : start + most]), number) for start in range(0, len(body), most)),
        )
    )


@lru_cache(maxsize=256)
def _method(channel: int, exchange: str, routing_key: str, mandatory: bool) -> bytes:  # noqa: FBT001
    """The same for all messages of a kind."""
    return frame.marshal(Basic.Publish(exchange=exchange, routing_key=routing_key, mandatory=mandatory), channel)
