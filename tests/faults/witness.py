"""What happens on the bus, seen by a subscriber with the administrator's rights."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aio_pika
import orjson

from deploy.topology import load_topology
from shared.clock import new_id
from shared.contracts import Event
from shared.contracts.banking import DepositFileSent, DepositSettled
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import PaymentScheduled, PaymentSent, PaymentSettled, RunApproved, StatementIssued
from shared.topology import exchange_of

MARKER = "marker"
MARKER_SECONDS = 20.0
EVENTS: tuple[type[Event], ...] = (
    ClaimAdjudicated,
    RunApproved,
    PaymentScheduled,
    PaymentSent,
    PaymentSettled,
    StatementIssued,
    DepositFileSent,
    DepositSettled,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One delivery of an event."""

    event_id: str
    body: bytes
    data: dict[str, Any]


class Witness:
    """Notes every delivery of the events about claims and money, by wire type and subject."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._connection: Any = None
        self._channel: Any = None
        self._queue: Any = None
        self._markers: dict[str, asyncio.Event] = {}
        self._seen: dict[tuple[str, str], list[Seen]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect(self._admin_url)
        self._channel = await self._connection.channel()
        self._queue = await self._channel.declare_queue(exclusive=True, auto_delete=True)
        for event in EVENTS:
            await self._queue.bind(exchange_of(event), event.wire_type)
        await self._queue.consume(self._note, no_ack=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def _note(self, message: Any) -> None:
        if message.type == MARKER:
            self._markers.pop(message.message_id).set()
            return
        envelope = orjson.loads(message.body)
        seen = Seen(envelope["id"], bytes(message.body), envelope["data"])
        self._seen[envelope["type"], envelope["subject"]].append(seen)

    async def caught_up(self) -> None:
        """Return once everything that was published before now has been noted: a marker goes through the queue."""
        marker = aio_pika.Message(b"", type=MARKER, message_id=new_id())
        noted = self._markers[str(marker.message_id)] = asyncio.Event()
        await self._channel.default_exchange.publish(marker, self._queue.name)
        async with asyncio.timeout(MARKER_SECONDS):
            await noted.wait()

    def deliveries(self, event: type[Event], subject: str) -> list[Seen]:
        """Every delivery of this event about this subject, repetitions included."""
        return list(self._seen[event.wire_type, subject])

    def ids(self, event: type[Event], subject: str) -> set[str]:
        """The distinct events of a type about a subject."""
        return {seen.event_id for seen in self._seen[event.wire_type, subject]}

    def subjects(self, event: type[Event]) -> set[str]:
        """What events of a type were about."""
        return {subject for wire_type, subject in self._seen if wire_type == event.wire_type}

    async def waiting(self, queues: Sequence[str]) -> dict[str, int]:
        """Messages ready in each of these queues."""
        depths = {}
        for name in queues:
            queue = await self._channel.declare_queue(name, passive=True)
            depths[name] = int(queue.declaration_result.message_count)
        return depths

    async def dead_letters(self) -> dict[str, int]:
        """Messages that services gave up, by service."""
        names = [f"{service.service}.dead" for service in load_topology().services if service.queues]
        return await self.waiting(names)
