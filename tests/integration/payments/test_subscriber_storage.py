"""The feed and webhooks on MongoDB: the contract, and what only processes side by side can show."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.payments.handlers.feed import list_events
from services.payments.storage import SCHEMA, Storage
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.payments_subscribers import ListEvents
from shared.envelopes import Received
from shared.mongo import Database, Session
from shared.schema import Schema
from tests.support.payments_subscribers_contract import (
    LATER,
    NOW,
    SubscribersRepositoryContract,
    an_event,
    fanned_out,
)

MakeDatabase = Callable[[Schema], Awaitable[Database]]
CONSUMERS = 4
AGENT = Actor(account_id="agent-1", session_id="session-1", roles=("agent",))


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


class TestMongoSubscribers(SubscribersRepositoryContract):
    @pytest.fixture
    def subscribers(self, database: Database) -> Storage:
        return Storage(database)


async def followed(storage: Storage, count: int) -> list[str]:
    """Ids of so many events, as a reader hears them that asks again and again while they are stored."""
    heard: list[str] = []
    cursor = None
    while len(heard) < count:
        query = ListEvents(after=cursor, limit=7)
        page = await list_events(Received(query, new_id(), new_id(), AGENT), feed=storage.feed)
        heard += [str(event["id"]) for event in page.events]
        cursor = page.next_after
    return heard


@pytest.mark.req("SUB-4")
async def test_four_consumers_leave_no_gap_and_a_reader_never_sees_a_later_event_before_an_earlier_one(
    database: Database,
) -> None:
    storage = Storage(database)
    events = [an_event() for _ in range(160)]
    groups = [events[first : first + 8] for first in range(0, len(events), 8)]

    async def consume(number: int) -> None:
        for group in [*groups[number::CONSUMERS], *groups[number - 1 :: CONSUMERS][:2]]:  # some come twice

            async def work(session: Session, group: list[object] = group) -> int:  # type: ignore[assignment]
                return await storage.feed.append(group, session=session)  # type: ignore[arg-type]

            await database.with_transaction(work)

    reader = asyncio.create_task(followed(storage, len(events)))
    await asyncio.gather(*(consume(number) for number in range(CONSUMERS)))
    heard = await asyncio.wait_for(reader, 30)
    entries = await storage.feed.list_after(0, upto=len(events), limit=0)
    assert [entry.position for entry in entries] == list(range(1, len(events) + 1))
    assert await storage.feed.head() == len(events)
    assert heard == [entry.event.event_id for entry in entries]
    assert set(heard) == {event.event_id for event in events}


@pytest.mark.req("SUB-3")
async def test_two_processes_never_lease_the_same_delivery(database: Database) -> None:
    storage = Storage(database)
    endpoint, deliveries = await fanned_out(storage, 40)

    async def lease(token: str) -> list[str]:
        taken = await storage.webhook_deliveries.lease_due(
            endpoint.endpoint_id, now=NOW, until=LATER, token=token, limit=40
        )
        return [delivery.delivery_id for delivery in taken]

    taken = await asyncio.gather(*(lease(token) for token in "abcd"))
    assert sorted(one for each in taken for one in each) == [one.delivery_id for one in deliveries]
