"""The worked examples of a subscriber, each run as its own process with a subscriber's rights."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest

from deploy.local import node
from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from shared.contracts import Event
from shared.contracts.payments import StatementIssued
from shared.envelopes import Outgoing, event_envelope
from shared.messaging import Publisher, make_broker
from tests.support import notification_builders as build

EXAMPLES = PROJECT / "docs" / "examples"
QUEUE = "subscribers.demo"
Program = tuple[str, ...]


@pytest.fixture(scope="module", params=["Python", "Node.js"])
def program(request: pytest.FixtureRequest) -> Program:
    """The command that starts the example in this language."""
    if request.param == "Python":
        return (sys.executable, str(EXAMPLES / "subscriber_python" / "subscriber.py"))
    return (node.node(), str(node.installed(EXAMPLES / "subscriber_node") / "subscriber.mjs"))


@pytest.fixture
async def payments(stack: Stack) -> AsyncIterator[Publisher]:
    """Speaks as payments, to an empty queue of the subscriber."""
    admin = await aio_pika.connect(stack.servers.rabbitmq_admin_url)
    queue = await (await admin.channel()).get_queue(QUEUE, ensure=False)
    await queue.purge()
    broker = make_broker(stack.rabbitmq_url("payments"), prefetch=1, app_id="payments")
    await broker.connect()
    yield Publisher(broker, user="payments")
    await broker.stop()
    await admin.close()


def enveloped(event: Event) -> Outgoing:
    return event_envelope(event, source="payments", cause=build.received(event))


def statement_issued() -> StatementIssued:
    return StatementIssued(
        batch_number="10000042",
        payment_id=build.random_id(),
        payee_class="member",
        payee_id=build.random_id(),
        amount_cents=123_456,
        claim_ids=(build.random_id(),),
        issued_at=build.NOW,
    )


class Example:
    """The example's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), timeout=30)).decode()

    async def killed(self) -> None:
        """End it as a crash would, whatever it is doing."""
        self._process.kill()
        await self._process.wait()

    async def status(self) -> int:
        return await asyncio.wait_for(self._process.wait(), timeout=30)


@asynccontextmanager
async def example(program: Program, url: str, *arguments: str) -> AsyncIterator[Example]:
    process = await asyncio.create_subprocess_exec(
        *program, "--url", url, "--queue", QUEUE, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Example(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def report_in(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.req("SUB-1", "SUB-2", "SUB-5")
async def test_the_example_prints_every_event_once_however_often_it_comes(
    stack: Stack, payments: Publisher, tmp_path: Path, program: Program
) -> None:
    sent, issued = enveloped(build.payment_sent(amount_cents=5)), enveloped(statement_issued())
    for outgoing in (sent, sent, issued):
        await payments.publish(outgoing)
    report = tmp_path / "report.json"
    arguments = ("--count", "2", "--timeout", "30", "--json", str(report))
    async with example(program, stack.rabbitmq_url("subscriber-demo"), *arguments) as running:
        first, second = await running.line(), await running.line()
        assert await running.status() == 0
    assert first.split() == ["payments.payment_sent.v1", json.loads(sent.body)["subject"], "0.05", "CAD"]
    assert second.split() == ["payments.statement_issued.v1", "10000042", "1234.56", "CAD"]
    assert report_in(report) == {
        "events": [json.loads(sent.body), json.loads(issued.body)],
        "duplicates": 1,
        "unreadable": 0,
    }


@pytest.mark.req("SUB-5")
async def test_the_example_remembers_across_restarts_and_says_when_too_little_came(
    stack: Stack, payments: Publisher, tmp_path: Path, program: Program
) -> None:
    sent, store, report = enveloped(build.payment_sent()), tmp_path / "store.sqlite3", tmp_path / "report.json"
    url = stack.rabbitmq_url("subscriber-demo")
    for status, timeout in ((0, "30"), (1, "2")):
        await payments.publish(sent)
        arguments = ("--store", str(store), "--count", "1", "--timeout", timeout, "--json", str(report))
        async with example(program, url, *arguments) as running:
            assert await running.status() == status
    assert report_in(report) == {"events": [], "duplicates": 1, "unreadable": 0}


@asynccontextmanager
async def breakable(url: str) -> AsyncIterator[tuple[str, list[asyncio.StreamWriter]]]:
    """The same server behind a relay whose connections can be cut."""
    target, open_ends = urlsplit(url), list[asyncio.StreamWriter]()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(target.hostname, target.port)
        open_ends.extend((writer, far_writer))
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = target.netloc.rpartition("@")[0]
    async with server:
        yield target._replace(netloc=f"{user}@127.0.0.1:{port}").geturl(), open_ends
        for end in open_ends:
            end.close()


@pytest.mark.req("SUB-5")
async def test_the_example_connects_again_when_the_connection_breaks(
    stack: Stack, payments: Publisher, program: Program
) -> None:
    async with (
        breakable(stack.rabbitmq_url("subscriber-demo")) as (url, connections),
        example(program, url, "--count", "2", "--timeout", "60") as running,
    ):
        first, second = enveloped(build.payment_sent()), enveloped(build.payment_sent())
        await payments.publish(first)
        assert json.loads(first.body)["subject"] in await running.line()
        for connection in connections:
            connection.transport.abort()
        await payments.publish(second)
        assert json.loads(second.body)["subject"] in await running.line()
        assert await running.status() == 0


PUBLISHED = 300
KILLED_AFTER = (20, 60, 140)
"""Events of which the example is known to have printed so many; it has more in hand, some of them handled."""


@pytest.mark.req("SUB-2", "SUB-5")
async def test_a_subscriber_that_is_killed_again_and_again_misses_nothing_and_handles_nothing_twice(
    stack: Stack, payments: Publisher, tmp_path: Path, program: Program
) -> None:
    url, store, report = stack.rabbitmq_url("subscriber-demo"), str(tmp_path / "store"), tmp_path / "report.json"
    outgoing = [enveloped(build.payment_sent(amount_cents=number + 1)) for number in range(PUBLISHED)]

    async def publish() -> None:
        for each in outgoing:
            await payments.publish(each)

    publishing = asyncio.create_task(publish())
    printed: list[str] = []
    for lines in KILLED_AFTER:
        async with example(program, url, "--store", store) as running:
            while len(printed) < lines:
                printed.append(await running.line())
            await running.killed()
    await publishing
    async with example(program, url, "--store", store, "--timeout", "5", "--json", str(report)) as running:
        assert await running.status() == 0

    kept = kept_events(Path(store))
    assert [event["id"] for event in kept] == list(dict.fromkeys(event["id"] for event in kept))
    assert {event["id"] for event in kept} == {each.message_id for each in outgoing}
    assert sum(event["data"]["amount_cents"] for event in kept) == sum(range(1, PUBLISHED + 1))
    assert len(report_in(report)["events"]) < PUBLISHED


def kept_events(store: Path) -> list[dict[str, Any]]:
    """What the example has written down: rows of SQLite or lines."""
    if store.read_bytes().startswith(b"SQLite"):
        with closing(sqlite3.connect(store)) as database:
            return [json.loads(event) for (event,) in database.execute("SELECT event FROM events")]
    return [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines()]
