"""Acknowledging together on a real RabbitMQ: nothing is kept too long, nothing let go too early."""

import asyncio
from typing import Any

from shared.consuming import consume
from shared.envelopes import Received, request_envelope
from tests.support.bus import Bus, Word, named
from tests.support.waiting import eventually


async def test_one_that_takes_long_is_neither_acknowledged_with_the_others_nor_holds_them_up(bus: Bus) -> None:
    slow, quick = bus.command(), named(Word, bus.service, "say_quickly")
    slow_queue, quick_queue = await bus.declare(slow), await bus.declare(quick)
    begun, seen = asyncio.Event(), list[str]()

    async def take_for_ever(_received: Received[Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def handle(received: Received[Any]) -> None:
        seen.append(received.message.text)

    publisher = await bus.broker(
        lambda publisher: [
            consume(slow_queue, slow, take_for_ever, publisher),
            consume(quick_queue, quick, handle, publisher),
        ]
    )
    await publisher.publish(request_envelope(slow()))
    await asyncio.wait_for(begun.wait(), 10)
    words = [quick(text=f"word {n}") for n in range(60)]
    assert not await publisher.publish_all([request_envelope(word) for word in words])  # more than the prefetch

    async def all_seen() -> bool:
        return len(seen) == len(words)

    await eventually(all_seen, "the quick ones went through beside the slow one")
    await _cut_off(bus)

    async def slow_is_back() -> bool:
        return await bus.depth(slow_queue.name) == 1

    await eventually(slow_is_back, "the slow one is delivered again")
    assert await bus.depth(quick_queue.name) == 0


async def test_whoever_stops_leaves_nothing_that_was_handled(bus: Bus) -> None:
    command = bus.command()
    spec = await bus.declare(command)
    seen: list[str] = []

    async def handle(received: Received[Any]) -> None:
        await asyncio.sleep(0.01)
        seen.append(received.message_id)

    publisher = await bus.broker(lambda publisher: [consume(spec, command, handle, publisher)])
    await publisher.publish_all([request_envelope(command()) for _ in range(500)])
    await bus.brokers.pop().stop()
    assert len(seen) == len(set(seen))

    async def the_others_are_back() -> bool:
        return await bus.depth(spec.name) == 500 - len(seen)

    await eventually(the_others_are_back, "what was handled is gone, everything else is there")


async def _cut_off(bus: Bus) -> None:
    """End the broker's connection without finishing what is in hand."""
    broker = bus.brokers.pop()
    assert broker._connection is not None
    await broker._connection.close()
