"""What the demo sees on the bus itself: when each claim was decided, and that no message was given up."""

import asyncio
import json
import time
from types import TracebackType
from typing import Any, Self

import aio_pika

from deploy.topology import Topology
from shared.contracts.claims import ClaimAdjudicated
from shared.topology import exchange_of


class Observer:
    """Listens to decided claims with the administrator's rights."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._connection: Any = None
        self._channel: Any = None
        self._arrived = asyncio.Event()
        self.decided: dict[str, dict[str, Any]] = {}
        self.decided_at: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect(self._admin_url)
        self._channel = await self._connection.channel()
        queue = await self._channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind(exchange_of(ClaimAdjudicated), ClaimAdjudicated.wire_type)
        await queue.consume(self._on_event, no_ack=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def _on_event(self, message: Any) -> None:
        data = json.loads(message.body)["data"]
        self.decided[data["claim_number"]] = data
        self.decided_at.setdefault(data["claim_number"], time.perf_counter())
        self._arrived.set()

    async def wait_for(self, claims: set[str], *, timeout_seconds: float) -> None:
        """Wait until all of these claims were decided.

        Raises:
            TimeoutError: says how many are missing.
        """
        deadline = time.monotonic() + timeout_seconds
        while missing := claims - self.decided.keys():
            self._arrived.clear()
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"{len(missing)} claims were not decided within {timeout_seconds:g} s")
            try:
                async with asyncio.timeout(remaining):
                    await self._arrived.wait()
            except TimeoutError:
                continue

    async def dead_letters(self, topology: Topology) -> int:
        """Messages that any service gave up."""
        total = 0
        for service in topology.services:
            if service.queues:
                queue = await self._channel.declare_queue(f"{service.service}.dead", passive=True)
                total += int(queue.declaration_result.message_count)
        return total
