"""An outage of the database is nobody's fault: messages wait for its end, unacknowledged and uncounted (ADR 0002)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from shared import outbox
from shared.clock import utc_now
from shared.consuming import consume
from shared.contracts import View
from shared.envelopes import Outgoing, Received, request_envelope
from shared.mongo import Database
from shared.outbox import Outbox, OutboxSettings, Work, each
from shared.schema import Schema
from tests.integration.shared.conftest import Failures
from tests.support.bus import Answer, Bus
from tests.support.waiting import eventually

MakeDatabase = Callable[[Schema], Awaitable[Database]]
SCHEMA = Schema(collections=("words", outbox.COLLECTION), indexes=outbox.INDEXES)

OUTAGES: list[tuple[list[str], dict[str, Any]]] = [
    (["insert"], {"errorCode": 10107}),
    (["find"], {"closeConnection": True}),
    (["commitTransaction"], {"errorCode": 10107}),
]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


@dataclass
class Handling:
    """A handler that writes a word, and how often it was called."""

    bus: Bus
    database: Database
    calls: int = 0
    published: list[Outgoing] = field(default_factory=list)

    async def write(self, message: Received[Any], work: Work) -> View:
        self.calls += 1
        row = {"_id": uuid4().hex, "text": message.message.text}
        await self.database.collection("words").insert_one(row, session=work.session)
        work.publish(self.bus.event()(text=message.message.text))
        return Answer(text=message.message.text)

    async def publish_all(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        self.published += batch
        return []

    def outbox(self, **settings: Any) -> Outbox:
        return Outbox(self.database, self, OutboxSettings(source="tests", **settings))  # type: ignore[arg-type]

    async def words(self) -> list[str]:
        return [row["text"] for row in await self.database.collection("words").find({}, sort=[("text", 1)])]


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> Counter[str]:
    """Counts the calls of a method."""
    calls: Counter[str] = Counter()
    method = getattr(owner, name)

    async def call(*arguments: Any) -> Any:
        calls[name] += 1
        return await method(*arguments)

    monkeypatch.setattr(owner, name, call)
    return calls


async def tried(attempts: Callable[[], int], times: int) -> None:
    async def often_enough() -> bool:
        return attempts() >= times

    await eventually(often_enough, f"{times} attempts")


@pytest.mark.req("CLM-7")
@pytest.mark.usefixtures("impatient_driver")
@pytest.mark.parametrize("outage", OUTAGES, ids=str)
async def test_messages_are_held_while_the_database_is_away_and_handled_once_when_it_is_back(
    bus: Bus,
    database: Database,
    failures: Failures,
    monkeypatch: pytest.MonkeyPatch,
    outage: tuple[list[str], dict[str, Any]],
) -> None:
    handling = Handling(bus, database)
    log = handling.outbox()
    commits = counted(monkeypatch, log, "commit")
    group = log.group("tests.words", each(handling.write))
    commands, failure = outage
    with failures.of(database, commands, **failure):
        submitted = [
            asyncio.create_task(group.submit(Received(bus.command()(text=f"w{number}"), uuid4().hex, "c1")))
            for number in range(5)
        ]
        await tried(commits.total, 2)
        assert not any(task.done() for task in submitted)
        assert handling.published == []
    replies = await asyncio.gather(*submitted)
    await log.drain()

    assert replies == [f'{{"text":"w{number}"}}'.encode() for number in range(5)]
    assert await handling.words() == [f"w{number}" for number in range(5)]
    assert len(handling.published) == 5


@pytest.mark.req("CLM-7")
@pytest.mark.usefixtures("impatient_driver")
async def test_a_delivery_that_meets_an_outage_is_neither_counted_nor_set_aside(
    bus: Bus, database: Database, failures: Failures
) -> None:
    command = bus.command()
    spec = await bus.declare(command)
    handling = Handling(bus, database)
    log = handling.outbox()
    publisher = await bus.broker(
        lambda publisher: [consume(spec, command, log.group(spec.name, each(handling.write)).submit, publisher)]
    )

    def outcomes(outcome: str) -> float:
        labels = {"consumer": spec.name, "outcome": outcome}
        return REGISTRY.get_sample_value("acquit_messages_handled_total", labels) or 0

    with failures.of(database, ["insert"], errorCode=10107):
        await publisher.publish(request_envelope(command(text="patient")))
        await tried(lambda: handling.calls, 2)
        assert [outcomes(each) for each in ("done", "retry", "requeued", "dead")] == [0, 0, 0, 0]

    async def done() -> bool:
        return outcomes("done") == 1

    await eventually(done, "the message is handled after the outage")
    await log.drain()
    assert await handling.words() == ["patient"]
    assert [outcomes(each) for each in ("retry", "requeued", "dead")] == [0, 0, 0]


async def test_an_event_that_could_not_be_marked_as_published_is_published_again_with_the_same_id(
    bus: Bus, database: Database, failures: Failures
) -> None:
    handling = Handling(bus, database)
    log = handling.outbox()
    with failures.of(database, ["update"], errorCode=10107):
        await log.group("tests.words", each(handling.write)).submit(
            Received(bus.command()(text="twice"), uuid4().hex, "c1")
        )
        await log.drain()
    assert len(handling.published) == 1

    later = Outbox(
        database,
        handling,  # type: ignore[arg-type]
        OutboxSettings(source="tests"),
        clock=lambda: utc_now() + timedelta(minutes=1),
    )
    assert await later.relay_once() == 1
    assert [outgoing.message_id for outgoing in handling.published] == [handling.published[0].message_id] * 2
    assert handling.published[0].body == handling.published[1].body
    assert await later.relay_once() == 0


async def test_the_relay_outlives_an_outage(
    bus: Bus, database: Database, failures: Failures, monkeypatch: pytest.MonkeyPatch
) -> None:
    handling = Handling(bus, database)
    log = handling.outbox(grace_seconds=0.01, poll_seconds=0.01)
    with failures.of(database, ["update"], errorCode=10107):
        await log.group("tests.words", each(handling.write)).submit(
            Received(bus.command()(text="later"), uuid4().hex, "c1")
        )
        await log.drain()
    polls = counted(monkeypatch, log, "relay_once")
    with failures.of(database, ["findAndModify"], errorCode=10107):
        relay = asyncio.create_task(log.relay())
        await tried(polls.total, 3)
        assert not relay.done()

    async def repaired() -> bool:
        return await log.oldest_pending_seconds() == 0

    await eventually(repaired, "the relay publishes what was left")
    relay.cancel()
    assert len({outgoing.message_id for outgoing in handling.published}) == 1
