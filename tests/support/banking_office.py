"""Banking on a real database with the rights of its own user; a broker is not needed: what is published is recorded."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from services.banking.encryption import ClientSideVault
from services.banking.storage import (
    MongoAccounts,
    MongoDepositPlans,
    MongoHeldDeposits,
    MongoPayees,
)
from services.banking.storage_returns import MongoExceptions
from shared.consuming import Handler
from shared.contracts import Event
from shared.contracts.banking import (
    DepositFileSent,
    DepositSettled,
    DirectDepositChanged,
    DirectDepositEnrolled,
    DirectDepositWithdrawn,
)
from shared.contracts.banking_returns import DepositReturned, ReturnsActRecorded
from shared.envelopes import Outgoing
from shared.messaging import Publisher, make_broker
from shared.mongo import Database
from shared.outbox import Outbox, OutboxSettings, SingleHandler, Work, each
from tests.support.banking_desk import Desk

EVENTS: Final = {
    event.wire_type: event
    for event in (
        DirectDepositEnrolled,
        DirectDepositChanged,
        DirectDepositWithdrawn,
        DepositFileSent,
        DepositSettled,
        DepositReturned,
        ReturnsActRecorded,
    )
}


class RecordingPublisher(Publisher):
    """Confirms everything at once."""

    def __init__(self) -> None:
        super().__init__(make_broker("amqp://localhost", prefetch=1, app_id="banking"), user="banking")
        self.recorded: dict[str, Outgoing] = {}

    async def publish_all(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        self.recorded |= {item.message_id: item for item in batch}
        return []


@dataclass(slots=True)
class MongoLog:
    """The real outbox. Several may share a database, as processes do."""

    database: Database
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.database, self.publisher, OutboxSettings(source="banking", grace_seconds=0.001))

    def group(self, name: str, handler: SingleHandler) -> Handler:
        return self.outbox.group(name, each(handler)).submit

    async def run(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
        await self.outbox.run(work_id, work)

    async def published(self) -> Sequence[Event]:
        await self.outbox.drain()
        while await self.outbox.relay_once():
            pass
        items = sorted(self.publisher.recorded.values(), key=lambda item: item.message_id)
        return [EVENTS[item.wire_type].model_validate(orjson.loads(item.body)["data"]) for item in items]


def desk_over(
    database: Database, vault: ClientSideVault, *, folder: Path, publisher: RecordingPublisher | None = None
) -> Desk:
    """One process of the service; with the ``publisher`` of another one, what both publish is counted once."""
    return Desk(
        folder=folder,
        accounts=MongoAccounts(database),
        payees=MongoPayees(database),
        plans=MongoDepositPlans(database),
        exceptions=MongoExceptions(database),
        held=MongoHeldDeposits(database),
        vault=vault,
        log=MongoLog(database, publisher or RecordingPublisher()),
    )


async def everything_in(database: Database, collections: Sequence[str]) -> list[dict[str, Any]]:
    """All documents of all collections."""
    return [document for name in collections for document in await database.collection(name).find({})]
