"""Publishing many at once on a real RabbitMQ: each message has its own fate, and the order stays."""

import asyncio
from typing import Any, cast

import aio_pika
import pytest
from aio_pika.exceptions import PublishError
from aiormq import Channel
from aiormq.exceptions import DeliveryError
from pamqp.commands import Basic

from shared.bulk_publishing import Addressed, publish_together
from shared.envelopes import Outgoing
from shared.messaging import Publisher
from tests.support.bus import Bus
from tests.support.waiting import eventually


@pytest.fixture
async def queue(bus: Bus) -> str:
    """A queue that takes three messages at most and refuses more."""
    return await declare(bus, "three", {"x-max-length": 3, "x-overflow": "reject-publish"})


async def declare(bus: Bus, name: str, arguments: dict[str, Any]) -> str:
    declared = await bus.channel.declare_queue(f"{bus.service}.{name}", arguments=arguments)
    bus.queues.append(declared.name)
    return str(declared.name)


async def opened(bus: Bus) -> tuple[Any, Channel]:
    connection = await aio_pika.connect(bus.url)
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    return connection, cast("Channel", await channel.get_underlay_channel())


def addressed(queue: str, body: bytes, *, mandatory: bool = True) -> Addressed:
    outgoing = Outgoing(f"id-{body[:20].hex()}-{len(body)}", "word.v1", "", queue, body, mandatory=mandatory)
    return outgoing, Basic.Properties(message_id=outgoing.message_id, delivery_mode=2)


async def bodies(bus: Bus, queue: str, count: int) -> list[bytes]:
    declared = await bus.channel.get_queue(queue)
    return [(await declared.get(no_ack=True, timeout=10)).body for _ in range(count)]


async def test_each_message_has_its_own_fate(bus: Bus, queue: str) -> None:
    anything = await declare(bus, "anything", {})
    connection, channel = await opened(bus)
    batch = [
        addressed(anything, b"first"),
        addressed("nowhere", b"returned"),
        addressed("nowhere", b"dropped", mandatory=False),
        *(addressed(queue, f"limited {n}".encode()) for n in range(5)),
        addressed(anything, b"last"),
    ]
    errors = await publish_together(channel, batch, timeout_seconds=10)
    assert {position: type(error) for position, error in errors.items()} == {
        1: PublishError,
        6: DeliveryError,
        7: DeliveryError,
    }
    assert await bodies(bus, anything, 2) == [b"first", b"last"]
    assert await bodies(bus, queue, 3) == [b"limited 0", b"limited 1", b"limited 2"]
    assert not channel.message_id_delivery_tag
    await connection.close()


@pytest.mark.parametrize("size", [0, 1, 131_072 - 9, 131_072 - 8, 131_072 - 7, 400_000])
async def test_a_body_of_any_size_arrives_as_it_was(bus: Bus, size: int) -> None:
    anything = await declare(bus, "anything", {})
    connection, channel = await opened(bus)
    body = bytes(n % 251 for n in range(size))
    batch = [addressed(anything, b"before"), addressed(anything, body), addressed(anything, b"after")]
    assert not await publish_together(channel, batch, timeout_seconds=20)
    assert await bodies(bus, anything, 3) == [b"before", body, b"after"]
    await connection.close()


async def test_batches_and_single_publishes_side_by_side_are_all_confirmed_in_order(bus: Bus) -> None:
    anything = await declare(bus, "anything", {})
    publisher = await bus.broker()
    messages = [addressed(anything, f"{n:05d}".encode())[0] for n in range(900)]
    batches = (publisher.publish_all(messages[start : start + 100]) for start in range(0, 600, 100))
    singles = (publisher.publish(each) for each in messages[600:])
    outcomes = await asyncio.gather(*batches, *singles)
    assert outcomes == [[]] * 6 + [None] * 300
    arrived = await bodies(bus, anything, 900)
    assert sorted(arrived) == [each.body for each in messages]
    assert [body for body in arrived if body < b"00600"] == [each.body for each in messages[:600]]


async def test_what_is_not_confirmed_when_the_connection_ends_is_named(bus: Bus) -> None:
    anything = await declare(bus, "anything", {})
    publisher = await bus.broker()
    messages = [addressed(anything, f"{n:05d}".encode())[0] for n in range(3_000)]
    publishing = asyncio.create_task(publisher.publish_all(messages))

    async def begun() -> bool:
        return bool(publisher._channel and publisher._channel.confirmations)

    await eventually(begun, "they are being published")
    await (await _channel(publisher)).connection.close()
    missing = {each.body for each in await publishing}
    arrived = set(await bodies(bus, anything, await bus.depth(anything)))
    assert {each.body for each in messages} - missing <= arrived


async def test_whoever_gives_up_leaves_the_channel_as_it_was(bus: Bus) -> None:
    anything = await declare(bus, "anything", {})
    publisher = await bus.broker()
    messages = [addressed(anything, f"{n:05d}".encode())[0] for n in range(500)]
    publishing = asyncio.create_task(publisher.publish_all(messages))
    await asyncio.sleep(0)
    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publishing
    assert not await publisher.publish_all(messages)
    await publisher.publish(messages[0])
    channel = await _channel(publisher)
    assert not channel.message_id_delivery_tag


async def test_nothing_is_published_at_once(bus: Bus) -> None:
    assert await (await bus.broker()).publish_all([]) == []


async def _channel(publisher: Publisher) -> Channel:
    assert publisher._channel is not None
    return publisher._channel
