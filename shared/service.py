"""The life of a message-handling process: start, stay healthy, stop without losing anything."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import uvloop
from faststream.rabbit import RabbitBroker, RabbitRoute, RabbitRouter
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from shared.health import Health, HealthServer
from shared.messaging import Publisher, is_consuming, make_broker
from shared.mongo import Database, connect
from shared.outbox import Outbox, OutboxSettings
from shared.settings import CommonSettings
from shared.telemetry import configure_logging, logger
from shared.topology import ServiceTopology

GC_THRESHOLD: Final = 100_000
"""Allocations between two young collections (Python's default of 700 runs one every few messages)."""
SWITCH_INTERVAL_SECONDS: Final = 0.0005


class Service:
    """What the ``app.py`` of every service starts from: broker, publisher, database and outbox, wired alike."""

    def __init__(
        self, settings: CommonSettings, topology: ServiceTopology, *, database: Database | None = None
    ) -> None:
        self.settings = settings
        self.topology = topology
        self.name = topology.service
        self.broker: RabbitBroker = make_broker(
            settings.rabbitmq_url.get_secret_value(), prefetch=settings.prefetch, app_id=self.name
        )
        self.publisher = Publisher(self.broker, user=self.name)
        self.database = database or connect(
            settings.mongodb_url.get_secret_value(), settings.mongodb_database, pool_size=settings.mongodb_pool_size
        )
        self.outbox = Outbox(
            self.database,
            self.publisher,
            OutboxSettings(
                source=self.name,
                group_max=settings.group_commit_max,
                grace_seconds=settings.outbox_grace_seconds,
                lease_seconds=settings.outbox_lease_seconds,
                crash_at=settings.crash_at,
            ),
        )
        self._background: list[Callable[[], Awaitable[None]]] = [self.outbox.relay]

    def include(self, routes: Sequence[RabbitRoute]) -> None:
        """Add message routes."""
        self.broker.include_router(RabbitRouter(handlers=tuple(routes)))

    def background(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` beside the handlers until the service stops."""
        self._background.append(work)

    def health(self) -> Health:
        """Readiness: database, broker, consumers and the age of the outbox."""
        return Health(
            {
                "mongodb": self._mongodb,
                "broker": self._broker_connected,
                "consumers": self._all_consuming,
                "outbox": self._outbox_fresh,
            }
        )

    async def start(self) -> None:
        """Connect and begin to consume; waits up to two minutes for the broker to come up."""
        await self._connected()
        await self.broker.start()

    @retry(
        retry=retry_if_exception_type((ConnectionError, OSError)),
        wait=wait_exponential_jitter(multiplier=0.2, max=3),
        stop=stop_after_delay(120),
        reraise=True,
    )
    async def _connected(self) -> None:
        await self.broker.connect()

    async def serve(self) -> None:
        """Run until SIGTERM or SIGINT, then finish what is in hand."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, stop.set)
        health = HealthServer(self.health(), host=self.settings.health_host, port=self.settings.health_port)
        await health.start()
        await self.start()
        tasks = [asyncio.create_task(_until_cancelled(work)) for work in self._background]
        logger().info("started", consumers=len(self.broker.subscribers))
        await stop.wait()
        await self._finish(tasks)
        await health.stop()
        logger().info("stopped")

    async def _finish(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.outbox.drain()
        await self.broker.stop()
        self.database.close()

    async def _mongodb(self) -> str | None:
        await self.database.ping()
        return None

    async def _broker_connected(self) -> str | None:
        return None if await self.broker.ping(timeout=1.0) else "not connected"

    async def _all_consuming(self) -> str | None:
        consuming = [await is_consuming(subscriber) for subscriber in self.broker.subscribers]
        return None if all(consuming) else f"{sum(consuming)} of {len(consuming)} consuming"

    async def _outbox_fresh(self) -> str | None:
        age = await self.outbox.oldest_pending_seconds()
        limit = self.settings.outbox_alarm_seconds
        return None if age < limit else f"oldest unpublished message is {age:.0f} s old"


async def _until_cancelled(work: Callable[[], Awaitable[None]]) -> None:
    """Run background work and start it again when it fails, with a pause."""
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - logged, and tried again
            logger().exception("background")
        await asyncio.sleep(1.0)


def settle_interpreter() -> None:
    """Set the interpreter up for an event loop beside the database driver's threads.

    What was loaded at start-up is left to itself and garbage is collected less often: messages leave few cycles behind.
    A driver thread that waits for the interpreter lock gets it within half a millisecond instead of five: with the
    default, a busy loop lets each database answer wait that long.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 50, 100)


def run(service_of: Callable[[], Service], *, name: str, log_level: str) -> None:
    """Entry point of a service process."""
    configure_logging(name, log_level)

    async def main() -> None:
        service = service_of()
        settle_interpreter()
        await service.serve()

    uvloop.run(main())
