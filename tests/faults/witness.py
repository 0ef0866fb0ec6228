"""What happens on the bus, seen by a subscriber with the administrator's rights."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aio_pika
import orjson

from deploy.topology import load_topology
from shared.contracts import Event
from shared.contracts.banking import DepositFileSent, DepositSettled
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import PaymentScheduled, PaymentSent, PaymentSettled, RunApproved, StatementIssued
from shared.topology import exchange_of

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
        self._seen: dict[tuple[str, str], list[Seen]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect(self._admin_url)
        self._channel = await self._connection.channel()
        queue = await self._channel.declare_queue(exclusive=True, auto_delete=True)
        for event in EVENTS:
            await queue.bind(exchange_of(event), event.wire_type)
        await queue.consume(self._note, no_ack=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def _note(self, message: Any) -> None:
        envelope = orjson.loads(message.body)
        seen = Seen(envelope["id"], bytes(message.body), envelope["data"])
        self._seen[envelope["type"], envelope["subject"]].append(seen)

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
