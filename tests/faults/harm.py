"""Doing harm to processes and servers, and healing it."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from deploy.local.mongodb import MongoServer
from deploy.local.rabbitmq import RabbitMQServer
from deploy.local.servers import LocalServers
from deploy.local.stack import Stack

CRASH_SECONDS = 60.0


def local_servers(stack: Stack) -> LocalServers:
    """The servers, where they are processes of ours whose files can be read; the test is skipped elsewhere."""
    if not isinstance(stack.servers, LocalServers):
        pytest.skip("RabbitMQ and MongoDB run in containers: this test needs them as processes of its own")
    return stack.servers


def local_mongodb(stack: Stack) -> MongoServer:
    """MongoDB, where it can be stopped; the test is skipped elsewhere."""
    server = local_servers(stack).mongodb
    if server is None:
        pytest.skip("MongoDB runs elsewhere: this test needs one that it may kill")
    return server


def local_rabbitmq(stack: Stack) -> RabbitMQServer:
    """RabbitMQ, where it can be stopped; the test is skipped elsewhere."""
    server = local_servers(stack).rabbitmq
    if server is None:
        pytest.skip("RabbitMQ runs elsewhere: this test needs one that it may stop")
    return server


async def arm(stack: Stack, points: dict[str, str]) -> None:
    """Run services (name → crash point) so that they end themselves at that point, and are not started again."""

    def one(service: str, point: str) -> None:
        process = stack.supervisor[service]
        environment = {**(process.command.env or {}), "ACQUIT_CRASH_AT": point}
        process.stop()
        stack.supervisor.start(service, replace(process.command, env=environment, restart=None))

    await _side_by_side([partial(one, service, point) for service, point in points.items()])
    await asyncio.to_thread(stack.wait_ready, *points)


async def crashed(stack: Stack, *services: str) -> None:
    """Wait until armed services have ended themselves as SIGKILL does: without any clean-up."""
    for service in services:
        status = await asyncio.to_thread(stack.supervisor[service].wait_ended, timeout_s=CRASH_SECONDS)
        assert status == -signal.SIGKILL, f"{service} ended with {status}"


async def heal(stack: Stack) -> None:
    """Bring back every server and service that is not running, as they were, and wait until all are ready."""
    if isinstance(stack.servers, LocalServers):
        ended = [server for server in _local(stack.servers) if server.process.has_ended]
        await _side_by_side([server.start for server in ended])
        await _side_by_side([server.wait_ready for server in ended])
    for name in stack.services:
        process = stack.supervisor[name]
        armed = "ACQUIT_CRASH_AT" in (process.command.env or {})
        if armed and not process.has_ended:
            await asyncio.to_thread(process.stop)
        if process.has_ended:
            stack.start_service(name)
    await asyncio.to_thread(stack.wait_ready)


def _local(servers: LocalServers) -> list[MongoServer | RabbitMQServer]:
    return [server for server in (servers.mongodb, servers.rabbitmq) if server is not None]


async def _side_by_side(jobs: list[Callable[[], object]]) -> None:
    works: list[Awaitable[object]] = [asyncio.to_thread(job) for job in jobs]
    await asyncio.gather(*works)
