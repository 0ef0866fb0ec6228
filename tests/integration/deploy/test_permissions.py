"""Every user tries everything and gets only its own (RabbitMQ and MongoDB refuse the rest)."""

from collections.abc import AsyncIterator

import aio_pika
import pytest
from aio_pika.exceptions import ChannelClosed, ChannelPreconditionFailed, DeliveryError
from aiormq.exceptions import ChannelAccessRefused
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.database import load_schemas
from deploy.local.stack import Stack
from deploy.topology import definitions
from shared.contracts import Event
from shared.mongo import Document
from shared.topology import DEAD, DELAYS_MS, REPLIES, REQUEUE, RETRY, exchange_of

UNAUTHORIZED = 13
USERS = ("edge", "identity", "banking", "claims", "payments", "notification", "subscriber-demo")


@pytest.fixture
async def connection(stack: Stack, user: str) -> AsyncIterator[aio_pika.abc.AbstractConnection]:
    connection = await aio_pika.connect(stack.rabbitmq_url(user))
    yield connection
    await connection.close()


async def may_read(connection: aio_pika.abc.AbstractConnection, queue: str) -> bool:
    channel = await connection.channel()
    try:
        consumer = await (await channel.get_queue(queue, ensure=False)).consume(_requeue, no_ack=False)
        await (await channel.get_queue(queue, ensure=False)).cancel(consumer)
    except ChannelAccessRefused:
        return False
    await channel.close()
    return True


async def _requeue(message: aio_pika.abc.AbstractIncomingMessage) -> None:
    await message.nack(requeue=True)


async def may_write(connection: aio_pika.abc.AbstractConnection, exchange: str, routing_key: str) -> bool:
    channel = await connection.channel()
    try:
        target = await channel.get_exchange(exchange, ensure=False)
        await target.publish(aio_pika.Message(b"{}", expiration=0.001), routing_key, mandatory=False, timeout=5)
    except (ChannelAccessRefused, ChannelClosed):
        return False
    except DeliveryError:
        return True
    await channel.close()
    return True


def all_queues(stack: Stack) -> set[str]:
    return {queue["name"] for queue in definitions(stack.topology, stack.secrets.rabbitmq)["queues"]}


def own_queues(stack: Stack, user: str) -> set[str]:
    if user.startswith("subscriber-"):
        return {f"subscribers.{user.removeprefix('subscriber-')}"}
    return {queue.name for queue in stack.service_topology(user).queues}


@pytest.mark.req("SUB-2")
@pytest.mark.parametrize("user", USERS)
async def test_a_user_reads_its_own_queues_and_no_other(
    stack: Stack, user: str, connection: aio_pika.abc.AbstractConnection
) -> None:
    readable = {queue for queue in sorted(all_queues(stack)) if await may_read(connection, queue)}
    assert readable == own_queues(stack, user)


@pytest.mark.req("SUB-2")
@pytest.mark.parametrize("user", USERS)
async def test_a_user_writes_the_messages_it_is_meant_to_send_and_no_other(
    stack: Stack, user: str, connection: aio_pika.abc.AbstractConnection
) -> None:
    messages = {m for s in stack.topology.services for m in (*s.publishes, *s.answers)}
    tried = {(exchange_of(message), message.wire_type) for message in messages}
    delay = next(iter(DELAYS_MS))
    tried |= {(RETRY, f"{delay}.{queue.name}") for s in stack.topology.services for queue in s.queues}
    tried |= {
        (REQUEUE, f"{delay}.claims.intake"),
        (DEAD, "claims.intake"),
        (REPLIES, "somebody"),
        ("", "claims.intake"),
    }
    written = {pair for pair in sorted(tried) if await may_write(connection, *pair)}
    assert written == expected_writes(stack, user)


def expected_writes(stack: Stack, user: str) -> set[tuple[str, str]]:
    if user.startswith("subscriber-"):
        return set()
    mine = stack.service_topology(user)
    expected = {(exchange_of(m), m.wire_type) for m in (*mine.publishes, *mine.sends)}
    delay = next(iter(DELAYS_MS))
    expected |= {(RETRY, f"{delay}.{queue.name}") for queue in mine.queues if queue.message_ttl_ms is None}
    if user == "edge" or any(queue.message_ttl_ms is not None for queue in mine.queues):
        expected.add((REPLIES, "somebody"))
    return expected


@pytest.mark.parametrize("user", USERS)
async def test_a_user_configures_nothing(stack: Stack, user: str, connection: aio_pika.abc.AbstractConnection) -> None:
    refused = (ChannelAccessRefused, ChannelPreconditionFailed)
    with pytest.raises(refused):
        await (await connection.channel()).declare_queue(f"{user}.of_its_own", durable=True)
    with pytest.raises(refused):
        await (await connection.channel()).declare_exchange(f"{user}.of_its_own", durable=True)


async def test_nobody_can_speak_as_somebody_else(stack: Stack) -> None:
    connection = await aio_pika.connect(stack.rabbitmq_url("claims"))
    channel = await connection.channel()
    exchange = await channel.get_exchange("claims.events", ensure=False)
    with pytest.raises((ChannelPreconditionFailed, ChannelClosed)):
        await exchange.publish(
            aio_pika.Message(b"{}", user_id="edge"), "claims.claim_adjudicated.v1", mandatory=False, timeout=5
        )
    await connection.close()


async def test_there_is_no_guest(stack: Stack) -> None:
    address = stack.rabbitmq_url("claims").rpartition("@")[2]
    with pytest.raises(aio_pika.exceptions.AMQPException):
        await aio_pika.connect(f"amqp://guest:guest@{address}")


def test_every_public_event_reaches_the_subscriber(stack: Stack) -> None:
    queue = next(s.queue for s in stack.topology.subscribers if s.name == "demo")
    public = {
        m.wire_type
        for s in stack.topology.services
        if s.service == "payments"
        for m in s.publishes
        if issubclass(m, Event) and m.public
    }
    assert {key for _, key in queue.bindings()} == public
    assert len(public) == 5


SERVICES = ("edge", "identity", "banking", "claims", "payments", "notification")


@pytest.mark.req("BNK-2")
@pytest.mark.parametrize("user", SERVICES)
def test_a_database_user_reaches_its_own_database_only(stack: Stack, user: str) -> None:
    client: MongoClient[Document] = MongoClient(stack.mongodb_url(user))
    try:
        for name, schema in load_schemas().items():
            for collection in (*schema.collections, *schema.append_only):
                if name == user:
                    client[name][collection].find_one()
                    continue
                for attempt in (
                    lambda c=client[name][collection]: c.find_one(),
                    lambda c=client[name][collection]: c.insert_one({}),
                    lambda c=client[name][collection]: c.delete_many({}),
                ):
                    with pytest.raises(OperationFailure) as refused:
                        attempt()
                    assert refused.value.code == UNAUTHORIZED
    finally:
        client.close()


@pytest.mark.parametrize("user", SERVICES)
def test_a_database_user_cannot_change_the_schema_or_the_users(stack: Stack, user: str) -> None:
    client: MongoClient[Document] = MongoClient(stack.mongodb_url(user))
    database = client[user]
    try:
        for attempt in (
            lambda: database["message_log"].create_index("anything"),
            database["message_log"].drop,
            lambda: database.command("dropDatabase"),
            lambda: database.command("createUser", "another", pwd="x", roles=[]),
            lambda: database["a_new_collection"].insert_one({}),
        ):
            with pytest.raises(OperationFailure) as refused:
                attempt()
            assert refused.value.code == UNAUTHORIZED
    finally:
        client.close()
