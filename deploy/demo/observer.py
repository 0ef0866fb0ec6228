"""What the demo sees on the bus itself: when each claim was decided and what it is worth, and that no message was given
up.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import aio_pika

from deploy.topology import Topology
from shared.contracts.claims import ClaimAdjudicated, ClaimEstimated
from shared.topology import exchange_of


class Observer:
    """Listens to decided and estimated claims with the administrator's rights.

    ``decided`` has the latest decision on each claim, ``decided_at`` when the first was there; ``versions`` are all
    decisions, by claim number and version.
    """

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._connection: Any = None
        self._channel: Any = None
        self._arrived = asyncio.Event()
        self.decided: dict[str, dict[str, Any]] = {}
        self.decided_at: dict[str, float] = {}
        self.versions: dict[tuple[str, int], dict[str, Any]] = {}
        self.estimated: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect(self._admin_url)
        self._channel = await self._connection.channel()
        queue = await self._channel.declare_queue(exclusive=True, auto_delete=True)
        for event in (ClaimAdjudicated, ClaimEstimated):
            await queue.bind(exchange_of(event), event.wire_type)
        await queue.consume(self._on_event, no_ack=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def _on_event(self, message: Any) -> None:
        data = json.loads(message.body)["data"]
        number = data["claim_number"]
        if message.routing_key == ClaimEstimated.wire_type:
            self.estimated[number] = data
        else:
            self.versions[number, data["version"]] = data
            if number not in self.decided or self.decided[number]["version"] < data["version"]:
                self.decided[number] = data
            self.decided_at.setdefault(number, time.perf_counter())
        self._arrived.set()

    async def wait_for(self, claims: Iterable[str] | Mapping[str, int], *, timeout_seconds: float) -> None:
        """Wait until all of these claims were decided or estimated; with a mapping, in these versions.

        Raises:
            TimeoutError: says how many are missing.
        """
        wanted = claims if isinstance(claims, Mapping) else dict.fromkeys(claims, 1)
        deadline = time.monotonic() + timeout_seconds
        while missing := sum(self._version(number) < version for number, version in wanted.items()):
            self._arrived.clear()
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"{missing} claims were not decided within {timeout_seconds:g} s")
            try:
                async with asyncio.timeout(remaining):
                    await self._arrived.wait()
            except TimeoutError:
                continue

    def _version(self, number: str) -> int:
        known = self.decided.get(number) or self.estimated.get(number)
        return 0 if known is None else int(known["version"])

    def payable_cents(self) -> int:
        """What all claims together are worth as they stand."""
        return sum(int(decision["benefit_cents"]) for decision in self.decided.values())

    def told_to_members(self) -> int:
        """How many decisions and estimates members get a mail about; what is paid to a provider is told there."""
        decisions = [each for each in self.versions.values() if each["pay_to"] == "member"]
        return len(self.estimated) + len(decisions)

    async def dead_letters(self, topology: Topology) -> int:
        """Messages that any service gave up."""
        total = 0
        for service in topology.services:
            if service.queues:
                queue = await self._channel.declare_queue(f"{service.service}.dead", passive=True)
                total += int(queue.declaration_result.message_count)
        return total
