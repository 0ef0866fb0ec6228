"""Subscribers on the real broker: made by the command line's registry, held to what they may do (SUB-2)."""

import asyncio
import json
import os
import shlex
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPException, ChannelClosed, ProbableAuthenticationError
from aiormq.exceptions import ChannelAccessRefused

from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from deploy.subscribers.rabbitmqctl import Rabbitmqctl
from deploy.subscribers.registry import Access, Listed, Subscribers
from deploy.subscribers.subscriber import USER_LIMITS
from shared.contracts import Event
from shared.contracts.payments import PaymentSent, PaymentSettled
from shared.envelopes import Outgoing, event_envelope
from shared.messaging import Publisher, make_broker
from tests.support import notification_builders as build
from tests.support.waiting import eventually

EXCHANGE = "payments.events"


@pytest.fixture(scope="module")
def subscribers(stack: Stack) -> Subscribers:
    return Subscribers(Rabbitmqctl(stack.servers.rabbitmqctl), stack.topology.public_events())


@pytest.fixture
async def payments(stack: Stack) -> AsyncIterator[Publisher]:
    broker = make_broker(stack.rabbitmq_url("payments"), prefetch=1, app_id="payments")
    await broker.connect()
    yield Publisher(broker, user="payments")
    await broker.stop()


@pytest.fixture(scope="module")
def added(subscribers: Subscribers) -> Access:
    """A subscriber to deposits on their way; every test leaves its queue empty."""
    return subscribers.add(f"t{uuid4().hex[:12]}", ["payments.payment_sent.*"], contact="ap@example.ca")


def url_of(stack: Stack, access: Access) -> str:
    address = stack.rabbitmq_url("claims").rpartition("@")[2]
    return f"amqp://{access.user}:{access.password}@{address}"


def name_of(access: Access) -> str:
    return access.user.removeprefix("subscriber-")


def settled() -> PaymentSettled:
    return PaymentSettled.model_validate(
        {**build.payment_sent().model_dump(include=set(PaymentSettled.model_fields)), "settled_on": "2026-11-24"}
    )


def enveloped(event: Event) -> Outgoing:
    return event_envelope(event, source="payments", cause=build.received(event))


async def ignored(_message: aio_pika.abc.AbstractIncomingMessage) -> None:
    """Neither handled nor acknowledged."""


async def drained(connection: AbstractConnection, queue: str) -> list[str]:
    """Ids of everything that waits, acknowledged."""
    channel = await connection.channel()
    source, found = await channel.get_queue(queue, ensure=False), list[str]()
    while (message := await source.get(fail=False, timeout=5)) is not None:
        found.append(str(message.message_id))
        await message.ack()
    await channel.close()
    return found


async def listed(subscribers: Subscribers, access: Access) -> Listed:
    everybody = await asyncio.to_thread(subscribers.listed)
    return next(each for each in everybody if each.name == name_of(access))


@pytest.mark.req("SUB-2")
async def test_it_receives_exactly_what_its_filter_names(stack: Stack, payments: Publisher, added: Access) -> None:
    wanted = [enveloped(build.payment_sent()) for _ in range(3)]
    for outgoing in (wanted[0], enveloped(settled()), wanted[1], wanted[2]):
        await payments.publish(outgoing)

    async with await aio_pika.connect(url_of(stack, added)) as connection:
        assert await drained(connection, added.queue) == [outgoing.message_id for outgoing in wanted]


@pytest.mark.req("SUB-2")
async def test_it_may_do_nothing_but_read_its_queue(stack: Stack, added: Access) -> None:
    async def publish(channel: aio_pika.abc.AbstractChannel) -> None:
        exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        await exchange.publish(aio_pika.Message(b"{}"), PaymentSent.wire_type, timeout=5)

    async def publish_to_itself(channel: aio_pika.abc.AbstractChannel) -> None:
        await channel.default_exchange.publish(aio_pika.Message(b"{}"), added.queue, timeout=5)

    async def read_another(channel: aio_pika.abc.AbstractChannel) -> None:
        await (await channel.get_queue("subscribers.demo", ensure=False)).get(fail=False)

    async def bind(channel: aio_pika.abc.AbstractChannel) -> None:
        await (await channel.get_queue(added.queue, ensure=False)).bind(EXCHANGE, "#")

    async def unbind(channel: aio_pika.abc.AbstractChannel) -> None:
        await (await channel.get_queue(added.queue, ensure=False)).unbind(EXCHANGE, PaymentSent.wire_type)

    async def declare(channel: aio_pika.abc.AbstractChannel) -> None:
        await channel.declare_queue(f"{added.queue}.another", durable=True)

    async def listen_apart(channel: aio_pika.abc.AbstractChannel) -> None:
        await channel.declare_queue(exclusive=True)

    async def delete(channel: aio_pika.abc.AbstractChannel) -> None:
        await (await channel.get_queue(added.queue, ensure=False)).delete(if_unused=False, if_empty=False)

    async with await aio_pika.connect(url_of(stack, added)) as connection:
        for attempt in (publish, publish_to_itself, read_another, bind, unbind, declare, listen_apart, delete):
            with pytest.raises((ChannelAccessRefused, ChannelClosed)) as refused:
                await attempt(await connection.channel())
            assert "ACCESS_REFUSED" in str(refused.value), attempt.__name__
        assert await drained(connection, added.queue) == []


@pytest.mark.req("SUB-2")
async def test_its_connections_are_limited(stack: Stack, added: Access) -> None:
    opened: list[AbstractConnection] = []
    try:
        for _ in range(USER_LIMITS["max-connections"]):
            opened.append(await aio_pika.connect(url_of(stack, added)))
        with pytest.raises(AMQPException):
            await aio_pika.connect(url_of(stack, added))
    finally:
        for connection in opened:
            await connection.close()


@pytest.mark.req("SUB-2")
async def test_what_happens_while_it_is_away_waits_and_the_list_says_how_much(
    stack: Stack, subscribers: Subscribers, payments: Publisher, added: Access
) -> None:
    async def counts(consumers: int, waiting: int) -> bool:
        rows = await asyncio.to_thread(Rabbitmqctl(stack.servers.rabbitmqctl).queues)
        (row,) = [row for row in rows if row["name"] == added.queue]
        return (row["consumers"], row["messages_ready"]) == (consumers, waiting)  # as of up to five seconds ago

    async with await aio_pika.connect(url_of(stack, added)) as connection:
        await (await (await connection.channel()).get_queue(added.queue, ensure=False)).consume(ignored)
        await eventually(lambda: counts(1, 0), "its consumer is counted", timeout_s=30)
        present = await listed(subscribers, added)
    published = [enveloped(build.payment_sent()) for _ in range(25)]
    for outgoing in published:
        await payments.publish(outgoing)

    await eventually(lambda: counts(0, len(published)), "what waits is counted", timeout_s=30)
    away = await listed(subscribers, added)

    assert (present.consumers, present.waiting, present.last_seen_from) == (1, 0, "127.0.0.1")
    assert (away.consumers, away.waiting, away.events) == (0, 25, (PaymentSent.wire_type,))
    assert (away.last_seen_at, away.contact) == (present.last_seen_at, "ap@example.ca")
    async with await aio_pika.connect(url_of(stack, added)) as connection:
        assert await drained(connection, added.queue) == [outgoing.message_id for outgoing in published]


@pytest.mark.req("SUB-2")
async def test_a_new_password_ends_the_old_and_loses_nothing_and_removal_ends_everything(
    stack: Stack, subscribers: Subscribers, payments: Publisher
) -> None:
    access = await asyncio.to_thread(subscribers.add, f"t{uuid4().hex[:12]}", [PaymentSent.wire_type])
    channel = await (await aio_pika.connect(url_of(stack, access))).channel()
    ended = channel.closed()
    published = [enveloped(build.payment_sent()) for _ in range(5)]
    for outgoing in published:
        await payments.publish(outgoing)
    in_hand = await (await channel.get_queue(access.queue, ensure=False)).get(timeout=5)
    assert in_hand.message_id == published[0].message_id

    renewed = await asyncio.to_thread(subscribers.rotate, name_of(access))

    await asyncio.wait_for(asyncio.shield(ended), timeout=10)
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(url_of(stack, access))
    again = await (await aio_pika.connect(url_of(stack, renewed))).channel()
    queue, found = await again.get_queue(renewed.queue, ensure=False), set[str]()
    for _ in published:
        message = await queue.get(timeout=5)
        found.add(str(message.message_id))
        await message.ack()
    assert found == {outgoing.message_id for outgoing in published}

    ended = again.closed()
    await asyncio.to_thread(subscribers.remove, name_of(access))

    await asyncio.wait_for(asyncio.shield(ended), timeout=10)
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(url_of(stack, renewed))
    left = await asyncio.to_thread(Rabbitmqctl(stack.servers.rabbitmqctl).exported)
    assert name_of(access) not in str(left)


@pytest.mark.req("SUB-2")
async def test_the_command_line_reaches_the_broker(stack: Stack) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.subscribers", "list", "--json"),
        env={**os.environ, "ACQUIT_RABBITMQCTL": shlex.join(stack.servers.rabbitmqctl)},
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
    )
    shown, _ = await asyncio.wait_for(process.communicate(), timeout=60)

    assert process.returncode == 0
    (demo,) = [each for each in json.loads(shown) if each["name"] == "demo"]
    assert len(demo["events"]) >= 4
    assert demo["added_at"] is None
