"""Acknowledging together never covers what is still under way."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any, cast
from weakref import ref

from aiormq.abc import AbstractChannel
from aiormq.exceptions import ChannelInvalidStateError
from faststream.rabbit.message import RabbitMessage
from hypothesis import given
from hypothesis import strategies as st

from shared.acknowledging import ChannelAcknowledgements, acknowledge


class Channel:
    """Settles as RabbitMQ does, and refuses what RabbitMQ refuses."""

    def __init__(self, delivered: int) -> None:
        self.unsettled = set(range(1, delivered + 1))
        self.acknowledged: list[int] = []
        self.frames: list[tuple[int, bool]] = []
        self.closed = False

    async def basic_ack(self, tag: int, *, multiple: bool, wait: bool) -> None:
        assert not wait
        if self.closed:
            raise ChannelInvalidStateError("closed")
        assert tag in self.unsettled, "RabbitMQ closes a channel that acknowledges what it does not have"
        covered = {below for below in self.unsettled if below <= tag} if multiple else {tag}
        self.unsettled -= covered
        self.acknowledged += sorted(covered)
        self.frames.append((tag, multiple))


def acknowledgements(channel: Channel, **options: Any) -> ChannelAcknowledgements:
    return ChannelAcknowledgements(cast("AbstractChannel", channel), **options)


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_is_done_in_one_turn_is_one_frame() -> None:
    channel = Channel(200)
    acks = acknowledgements(channel)
    for tag in reversed(range(1, 201)):
        acks.done(tag)
    await turn()
    assert channel.frames == [(200, True)]
    assert not channel.unsettled


async def test_one_that_is_under_way_is_not_covered_and_holds_nobody_up() -> None:
    channel = Channel(5)
    acks = acknowledgements(channel)
    for tag in (1, 2, 4, 5):
        acks.done(tag)
    await turn()
    assert channel.unsettled == {3}
    acks.done(3)
    await turn()
    assert channel.frames == [(2, True), (4, False), (5, False), (3, True)]


async def test_after_a_gap_is_closed_they_travel_together_again() -> None:
    channel = Channel(6)
    acks = acknowledgements(channel)
    acks.done(2)
    await turn()
    channel.unsettled.discard(1)  # rejected
    acks.settled(1)
    for tag in (3, 4, 5, 6):
        acks.done(tag)
    await turn()
    assert channel.frames == [(2, False), (6, True)]


async def test_a_gap_that_never_closes_does_not_fill_memory() -> None:
    channel = Channel(50)
    acks = acknowledgements(channel, kept=10)
    for tag in range(2, 51):
        acks.done(tag)
        await turn()
    assert channel.unsettled == {1}
    assert len(acks._settled) == 10
    acks.done(1)
    await turn()
    assert not channel.unsettled


async def test_a_channel_that_only_brings_replies_remembers_nothing() -> None:
    acks = acknowledgements(Channel(0))
    for tag in range(1, 1_000, 2):  # answers overtake each other
        acks.settled(tag + 1)
        acks.settled(tag)
    assert not acks._settled


async def test_a_closed_channel_is_no_error_of_the_handler() -> None:
    channel = Channel(2)
    acks = acknowledgements(channel)
    channel.closed = True
    acks.done(1)
    await turn()
    channel.closed = False
    acks.done(2)
    await turn()
    assert 2 not in channel.unsettled


async def test_the_books_of_a_channel_go_with_it() -> None:
    channel = Channel(1)
    message = cast("RabbitMessage", SimpleNamespace(raw_message=SimpleNamespace(channel=channel, delivery_tag=1)))
    acknowledge(message)
    await turn()
    assert channel.acknowledged == [1]
    gone = ref(channel)
    del channel, message
    gc.collect()
    assert gone() is None


@given(data=st.data())
def test_whatever_the_order_only_what_is_done_is_acknowledged_and_all_of_it(data: st.DataObject) -> None:
    """Also with deliveries that others settle, and with those that nobody ever does."""
    count = data.draw(st.integers(1, 30))
    order = data.draw(st.permutations(range(1, count + 1)))
    fates = data.draw(st.lists(st.sampled_from(["done", "rejected", "reply", "lost"]), min_size=count, max_size=count))
    pauses = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    kept = data.draw(st.sampled_from([3, 1_000]))

    async def play() -> None:
        channel = Channel(count)
        acks = acknowledgements(channel, kept=kept)
        expected: set[int] = set()
        for tag, fate, pause in zip(order, fates, pauses, strict=True):
            if fate == "done":
                expected.add(tag)
                acks.done(tag)
            elif fate in {"rejected", "reply"}:
                channel.unsettled.discard(tag)
                acks.settled(tag)
            if pause:
                await turn()
                assert set(channel.acknowledged) == expected
        await turn()
        assert sorted(channel.acknowledged) == sorted(expected)

    asyncio.run(play())
