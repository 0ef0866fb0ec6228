"""Readiness of a service on the real servers: why it cannot work, in so many words (OPS-5)."""

import json
import urllib.error
import urllib.request
from asyncio import to_thread
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from deploy.local.ports import free_port
from deploy.local.stack import Stack
from shared import outbox
from shared.clock import utc_now
from shared.consuming import consume
from shared.envelopes import Received
from shared.health import HealthServer
from shared.mongo import Database
from shared.schema import Schema
from shared.service import Service
from shared.settings import CommonSettings
from shared.topology import ServiceTopology
from tests.integration.shared.conftest import Failures
from tests.support.bus import Bus
from tests.support.waiting import eventually

MakeDatabase = Callable[[Schema], Awaitable[Database]]
SCHEMA = Schema(collections=(outbox.COLLECTION,), indexes=outbox.INDEXES)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


@pytest.fixture
async def service(stack: Stack, bus: Bus, database: Database) -> AsyncIterator[Service]:
    """A service with two queues, not started yet."""
    settings = CommonSettings(
        rabbitmq_url=stack.servers.rabbitmq_admin_url,
        mongodb_url=stack.servers.mongodb_admin_url,
        mongodb_database=database.name,
    )
    specs = [await bus.declare(bus.command()), await bus.declare(bus.query(), ttl_ms=10_000)]
    service = Service(settings, ServiceTopology(bus.service, tuple(specs)), database=database)

    async def handle(_received: Received[Any]) -> None:
        return None

    service.include([consume(spec, spec.messages[0], handle, service.publisher) for spec in specs])
    yield service
    await service.broker.stop()


async def reasons(service: Service) -> dict[str, str]:
    return await service.health().reasons()


@pytest.mark.req("OPS-5")
async def test_a_service_is_ready_once_it_consumes_from_every_queue(service: Service) -> None:
    before = await reasons(service)
    await service.start()
    assert before == {"broker": "not connected", "consumers": "0 of 2 consuming"}
    assert await reasons(service) == {}


@pytest.mark.req("OPS-5")
async def test_a_queue_that_is_gone_is_noticed(service: Service, bus: Bus) -> None:
    await service.start()
    queue = service.topology.queues[0]
    await bus.channel.queue_delete(queue.name)

    async def noticed() -> dict[str, str]:
        return await reasons(service)

    async def ready() -> bool:
        return not await reasons(service)

    assert await eventually(noticed, "the consumer is missed") == {"consumers": "1 of 2 consuming"}
    await bus.channel.declare_queue(queue.name, durable=True, arguments=queue.arguments())
    assert await eventually(ready, "the service consumes from the queue again")


@pytest.mark.req("OPS-5")
async def test_a_broker_that_is_gone_is_told(service: Service) -> None:
    await service.start()
    await service.broker.stop()
    assert await reasons(service) == {"broker": "not connected", "consumers": "0 of 2 consuming"}


@pytest.mark.req("OPS-5")
async def test_a_database_that_does_not_answer_is_told(
    service: Service, database: Database, failures: Failures
) -> None:
    await service.start()
    with failures.of(database, ["ping", "find"], errorCode=10107):
        told = await reasons(service)

    async def ready() -> bool:
        return not await reasons(service)

    assert told.keys() == {"mongodb", "outbox"}
    assert set(told.values()) <= {"Unavailable", "TimeoutError"}
    assert await eventually(ready, "the service is ready when the database is back")


@pytest.mark.req("OPS-5")
async def test_events_that_are_not_published_for_long_are_told(service: Service, database: Database) -> None:
    await service.start()
    log = database.collection(outbox.COLLECTION)
    await log.insert_one({"_id": "young", "pending": True, "written_at": utc_now() - timedelta(seconds=30)})
    assert await reasons(service) == {}
    await log.insert_one({"_id": "old", "pending": True, "written_at": utc_now() - timedelta(seconds=90)})
    told = await reasons(service)
    assert told.keys() == {"outbox"}
    assert told["outbox"].startswith("oldest unpublished message is 9")
    await log.update_many({}, {"$unset": {"pending": ""}})
    assert await reasons(service) == {}


def get(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


@pytest.mark.req("OPS-5")
async def test_readiness_is_told_over_http(service: Service) -> None:
    port = free_port()
    server = HealthServer(service.health(), host="127.0.0.1", port=port)
    await server.start()

    async def asked(path: str = "live") -> tuple[int, Any] | None:
        try:
            return await to_thread(get, f"http://127.0.0.1:{port}/{path}")
        except OSError:
            return None

    assert await eventually(asked, "the server answers") == (200, {"status": "live"})
    not_ready = await asked("ready")
    await service.start()
    ready = await asked("ready")
    await server.stop()

    assert not_ready is not None
    assert (not_ready[0], not_ready[1]["status"]) == (503, "not ready")
    assert not_ready[1]["reasons"]["consumers"] == "0 of 2 consuming"
    assert ready == (200, {"status": "ready"})
    assert await asked() is None
