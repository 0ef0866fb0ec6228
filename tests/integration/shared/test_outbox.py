"""Inbox, outbox and group commit on real servers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared import outbox
from shared.clock import utc_now
from shared.consuming import consume
from shared.contracts import View
from shared.envelopes import Received, request_envelope
from shared.mongo import Database
from shared.outbox import Outbox, OutboxSettings, Work, each
from shared.schema import Schema
from tests.support.bus import Answer, Bus
from tests.support.waiting import eventually

SCHEMA = Schema(collections=("words", outbox.COLLECTION), indexes=outbox.INDEXES)
MakeDatabase = Callable[[Schema], Awaitable[Database]]


class KilledError(Exception):
    """Stands for the end of the process."""


class Recorder:
    """A publisher that remembers, and fails when told to."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.failing = False
        self.dying = False
        self.attempts = 0

    async def publish_all(self, batch: Sequence[Any]) -> list[Any]:
        self.attempts += 1
        if self.dying:
            raise KilledError
        if self.failing:
            return list(batch)
        self.published += [item.message_id for item in batch]
        return []


def received(bus: Bus, *, text: str = "hello", message_id: str | None = None) -> Received[Any]:
    return Received(bus.command()(text=text), message_id or uuid4().hex, "c1")


def box(database: Database, publisher: Any, **settings: Any) -> Outbox:
    return Outbox(database, publisher, OutboxSettings(source="tests", grace_seconds=0.01, **settings))


async def write_word(bus: Bus, database: Database, message: Received[Any], work: Work) -> Answer:
    if message.message.text == "bad":
        raise ValueError("bad word")
    row = {"_id": uuid4().hex, "text": message.message.text}
    await database.collection("words").insert_one(row, session=work.session)
    work.publish(bus.event()(text=message.message.text))
    return Answer(text=message.message.text)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


async def test_a_message_delivered_twice_has_one_effect_one_event_and_the_same_answer(
    bus: Bus, database: Database
) -> None:
    recorder = Recorder()
    log = box(database, recorder)

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    group = log.group("tests.words", each(handle))
    message = received(bus)
    first = await group.submit(message)
    second = await group.submit(message)
    await log.drain()
    assert first == second == b'{"text":"hello"}'
    assert await database.collection("words").count({}) == 1
    assert len(recorder.published) == 1


async def test_messages_that_wait_together_share_one_transaction(bus: Bus, database: Database) -> None:
    sizes: list[int] = []

    async def handle(batch: Sequence[Received[Any]], works: Sequence[Work], /) -> Sequence[View | None]:
        sizes.append(len(batch))
        return [await write_word(bus, database, m, w) for m, w in zip(batch, works, strict=True)]

    group = box(database, Recorder()).group("tests.words", handle)
    await asyncio.gather(*(group.submit(received(bus, text=f"w{n}")) for n in range(40)))
    assert sum(sizes) == 40
    assert len(sizes) <= 3
    assert await database.collection("words").count({}) == 40


async def test_one_bad_message_does_not_spoil_its_neighbours(bus: Bus, database: Database) -> None:
    recorder = Recorder()
    log = box(database, recorder)

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    group = log.group("tests.words", each(handle))
    messages = [received(bus, text="bad" if n == 3 else f"w{n}") for n in range(10)]
    outcomes = await asyncio.gather(*(group.submit(m) for m in messages), return_exceptions=True)
    await log.drain()
    assert [type(o) for o in outcomes].count(ValueError) == 1
    assert await database.collection("words").count({}) == 9
    assert len(recorder.published) == 9


async def test_duplicates_inside_one_group_are_handled_once(bus: Bus, database: Database) -> None:
    recorder = Recorder()
    log = box(database, recorder)

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    group = log.group("tests.words", each(handle))
    message = received(bus)
    await asyncio.gather(*(group.submit(message) for _ in range(12)))
    await log.drain()
    assert await database.collection("words").count({}) == 1
    assert len(recorder.published) == 1


async def test_two_processes_handling_the_same_messages_at_once_do_it_once(bus: Bus, database: Database) -> None:
    recorders = [Recorder(), Recorder()]
    logs = [box(database, recorder) for recorder in recorders]

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    groups = [log.group("tests.words", each(handle)) for log in logs]
    messages = [received(bus, text=f"w{n}") for n in range(30)]
    await asyncio.gather(*(group.submit(message) for message in messages for group in groups))
    for log in logs:
        await log.drain()
    assert await database.collection("words").count({}) == 30
    assert sum(len(recorder.published) for recorder in recorders) == 30


async def test_the_relay_publishes_what_was_committed_and_not_published(bus: Bus, database: Database) -> None:
    recorder = Recorder()
    recorder.failing = True
    log = box(database, recorder)

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    await log.group("tests.words", each(handle)).submit(received(bus))
    await log.drain()
    assert recorder.published == []
    assert await log.oldest_pending_seconds() >= 0
    recorder.failing = False

    async def repaired() -> int:
        return await log.relay_once()

    assert await eventually(repaired, "the relay takes the record over") == 1
    assert len(recorder.published) == 1
    assert await log.relay_once() == 0
    assert await log.oldest_pending_seconds() == 0


async def test_a_leased_record_is_left_to_its_holder_until_the_lease_ends(bus: Bus, database: Database) -> None:
    recorder = Recorder()
    recorder.failing = True
    log = box(database, recorder, lease_seconds=1_000.0)

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    await log.group("tests.words", each(handle)).submit(received(bus))
    await log.drain()
    recorder.dying = True

    async def dies() -> bool:
        with suppress(KilledError):
            return await log.relay_once() < 0
        return True

    await eventually(dies, "the relay takes the lease and dies with it")
    recorder.failing = recorder.dying = False
    assert await log.relay_once() == 0  # somebody holds the lease
    publisher: Any = recorder
    later = Outbox(database, publisher, OutboxSettings(source="tests"), clock=lambda: utc_now() + timedelta(hours=1))
    assert await later.relay_once() == 1
    assert len(recorder.published) == 1


async def test_a_record_that_the_bus_did_not_take_is_free_at_once(bus: Bus, database: Database) -> None:
    recorder = Recorder()
    recorder.failing = True
    log = box(database, recorder, lease_seconds=1_000.0)

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    await log.group("tests.words", each(handle)).submit(received(bus))
    await log.drain()
    refused = recorder.attempts

    async def tried() -> bool:
        assert await log.relay_once() == 0
        return recorder.attempts > refused

    await eventually(tried, "the relay tries in vain")
    recorder.failing = False
    assert await log.relay_once() == 1
    assert len(recorder.published) == 1


async def test_events_reach_the_bus_with_the_id_fixed_at_commit(bus: Bus, database: Database) -> None:
    command, event = bus.command(), bus.event()
    spec, event_spec = await bus.declare(command), await bus.declare(event)
    seen: list[Received[Any]] = []

    async def handle(message: Received[Any], work: Work) -> View:
        return await write_word(bus, database, message, work)

    async def listen(message: Received[Any]) -> None:
        seen.append(message)

    async def start() -> Any:
        def routes(publisher: Any) -> Any:
            log = box(database, publisher)
            return [
                consume(spec, command, log.group(spec.name, each(handle)).submit, publisher),
                consume(event_spec, event, listen, publisher),
            ]

        return await bus.broker(routes)

    publisher = await start()
    message = request_envelope(command(text="published"))
    for _ in range(3):
        await publisher.publish(message)

    async def heard() -> bool:
        return len(seen) >= 1 and await bus.depth(spec.name) == 0

    await eventually(heard, "the event arrives")
    assert len({item.message_id for item in seen}) == 1
    assert seen[0].message.text == "published"
    rows = await database.collection(outbox.COLLECTION).find({})
    assert [row["_id"] for row in rows] == [f"{spec.name}|{message.message_id}"]
