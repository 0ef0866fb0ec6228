"""Fixtures: one set of real servers for the whole run, started when the first test needs it."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import uuid4

import aio_pika
import pytest
from pymongo import MongoClient

from deploy.database import create_collections
from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from shared.mongo import Database, Document, connect
from shared.schema import Schema
from tests.support.bus import Bus
from tests.support.world import World

MakeDatabase = Callable[[Schema], Awaitable[Database]]


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """RabbitMQ, MongoDB and the mail sink with everything that the deployer makes; no service runs yet.

    Its folder stays when a test failed: logs and mails are there.
    """
    root = PROJECT / ".local" / "tests" / str(os.getpid())
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    stack = Stack(
        root,
        containers=True,
        mongodb_parameters={"enableTestCommands": "1", "transactionLifetimeLimitSeconds": "5"},
        settings={
            # What a crash left unpublished is published soon, and what people wait for takes seconds.
            "*": {"ACQUIT_OUTBOX_GRACE_SECONDS": "1", "ACQUIT_OUTBOX_LEASE_SECONDS": "3"},
            # Many tests sign in as the same person in what looks like ever new browsers, soon after one another.
            "edge": {
                "ACQUIT_RESEND_AFTER_SECONDS": "2",
                "ACQUIT_REFRESH_GRACE_SECONDS": "3",
                "ACQUIT_SESSIONS_PER_ACCOUNT": "50",
                "ACQUIT_SHARING_DEVICES_PER_DAY": "50",
                "ACQUIT_SHARING_OVERLAP_SECONDS": "2",
            },
            "identity": {"ACQUIT_PATH_WAIT_SECONDS": '{"hygienist": 15}'},
        },
    )
    try:
        stack.servers.start()
        stack.prepare()
        yield stack
    finally:
        stack.stop()
        if not request.session.testsfailed:
            shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def running(stack: Stack) -> Stack:
    """The same with every service running, ready."""
    for name in stack.services:
        stack.start_service(name)
    stack.start_simulator()
    stack.wait_ready()
    return stack


@pytest.fixture(scope="session")
async def world(running: Stack) -> AsyncIterator[World]:
    """The running system with the means to use it from outside."""
    async with World(running) as world:
        yield world


@pytest.fixture
async def make_database(stack: Stack) -> AsyncIterator[MakeDatabase]:
    """Makes fresh, empty, indexed databases with random names."""
    made: list[Database] = []
    admin: MongoClient[Document] = MongoClient(stack.servers.mongodb_admin_url)

    async def make(schema: Schema) -> Database:
        name = f"t{uuid4().hex[:16]}"
        create_collections(admin[name], schema)
        made.append(connect(stack.servers.mongodb_admin_url, name, pool_size=10))
        return made[-1]

    yield make
    for database in made:
        admin.drop_database(database.name)
        database.close()
    admin.close()


@pytest.fixture
async def bus(stack: Stack) -> AsyncIterator[Bus]:
    """A corner of the bus with random names, as the administrator."""
    connection = await aio_pika.connect(stack.servers.rabbitmq_admin_url)
    corner = Bus(connection, await connection.channel(), stack.servers.rabbitmq_admin_url)
    yield corner
    await corner.close()
