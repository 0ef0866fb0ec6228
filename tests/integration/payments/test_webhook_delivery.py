"""Webhooks over MongoDB and real sockets: a receiver that is down, breaks, stalls, redirects, says 410."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from services.payments.domain.webhook_addresses import AddressRule
from services.payments.handlers.webhook_dispatch import Dispatch, Dispatcher, DispatchFigures
from services.payments.handlers.webhook_secrets import WebhookSecrets
from services.payments.handlers.webhooks import WebhookManagement
from services.payments.storage import SCHEMA, Storage
from services.payments.webhook_gateway import WebhookSender
from shared.clock import new_id, utc_now
from shared.contracts.notification import SendAccessNotice
from shared.contracts.payments_subscribers import EnableWebhook, WebhookView
from shared.envelopes import Received
from shared.mongo import Database, Session
from shared.outbox import Work
from shared.schema import Schema
from tests.support import keys
from tests.support.payments_subscribers_contract import an_event
from tests.support.payments_webhook_desk import CREATE, SECRET, asked, sealed_command
from tests.support.waiting import eventually

MakeDatabase = Callable[[Schema], Awaitable[Database]]
ALLOWED = AddressRule(allow_http=True, allow_private=True)


class Receiver(ThreadingHTTPServer):
    """Answers each event as ``script`` says, one entry per attempt, and 204 after its end."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.script: Callable[[int], str] = lambda _attempt: "204"
        self.attempts: Counter[str] = Counter()
        self.taken: list[str] = []
        self.wrong = 0
        self.elsewhere = 0
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        event_id = self.headers["webhook-id"]
        with self.server.lock:
            self.server.attempts[event_id] += 1
            told = self.server.script(self.server.attempts[event_id])
            self.server.elsewhere += self.path != "/hook"
        try:
            Webhook(SECRET).verify(body, dict(self.headers))
        except Exception:  # noqa: BLE001 - counted
            self.server.wrong += 1
        if told == "stall":
            time.sleep(1.5)
            self.close_connection = True
            return
        if told == "204":
            with self.server.lock:
                self.server.taken.append(event_id)
        self.send_response(int(told))
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    receiver = Receiver(port)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()


class Office:
    """Payments' processes over one database, with a clock that only moves forward on request."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.storage = Storage(database)
        self.ahead = timedelta(0)
        self.notices: list[SendAccessNotice] = []
        self.secrets = WebhookSecrets(keys.opener("payments"), keys.public("payments"), clock=self.clock)
        self.management = WebhookManagement(
            self.storage.webhooks,
            self.storage.webhook_deliveries,
            self.storage.feed,
            secrets=self.secrets,
            addresses=ALLOWED,
            clock=self.clock,
        )
        self.senders: list[WebhookSender] = []

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    def process(self, rule: AddressRule = ALLOWED) -> Dispatch:
        self.senders.append(WebhookSender(rule, timeout_seconds=0.5))
        return Dispatch(
            feed=self.storage.feed,
            webhooks=self.storage.webhooks,
            deliveries=self.storage.webhook_deliveries,
            sender=self.senders[-1],
            secrets=WebhookSecrets(keys.opener("payments"), keys.public("payments"), clock=utc_now),
            unit_of_work=self.unit_of_work,
            figures=DispatchFigures(lease_seconds=30, poll_seconds=0.05),
            clock=self.clock,
            ids=new_id,
        )

    async def unit_of_work(self, work_id: str, do: Callable[[Work], Awaitable[None]]) -> None:
        async def transaction(session: Session) -> Work:
            work = Work(session, Received(CREATE, work_id, work_id), source="payments")
            await do(work)
            return work

        work = await self.database.with_transaction(transaction)
        self.notices += [one for one in work.commands if isinstance(one, SendAccessNotice)]

    async def webhook(self, port: int) -> WebhookView:
        command = sealed_command(self.clock(), url=f"http://127.0.0.1:{port}/hook")
        return await self.management.create(asked(command), Work(None, asked(command), source="payments"))

    async def commit(self, count: int) -> list[str]:
        events = [an_event() for _ in range(count)]

        async def work(session: Session) -> int:
            return await self.storage.feed.append(events, session=session)

        await self.database.with_transaction(work)
        return [event.event_id for event in events]


@pytest.fixture
async def office(make_database: MakeDatabase) -> Any:
    made = Office(await make_database(SCHEMA))
    yield made
    for sender in made.senders:
        await sender.close()


async def served(office: Office, webhook: WebhookView, *processes: Dispatch, ahead: timedelta = timedelta(0)) -> None:
    office.ahead += ahead
    await asyncio.gather(*(process.serve(webhook.webhook_id) for process in processes))


@pytest.mark.req("SUB-3", "SUB-4")
async def test_after_a_receiver_was_down_and_broken_it_has_what_was_committed(office: Office) -> None:
    with receiving() as port_finder:
        port = port_finder.server_port
    webhook = await office.webhook(port)
    processes = [office.process(), office.process()]
    committed = await office.commit(20)
    await served(office, webhook, *processes)
    committed += await office.commit(20)
    answers = {1: "500", 2: "stall", 3: "307"}
    with receiving(port) as receiver:
        receiver.script = lambda attempt: answers.get(attempt, "204")
        for _ in range(8):
            await served(office, webhook, *processes, ahead=timedelta(hours=1))
        assert Counter(receiver.taken) == Counter(committed)
        assert set(receiver.attempts.values()) == {4}
        assert (receiver.wrong, receiver.elsewhere) == (0, 0)
    log = await office.storage.webhook_deliveries.list_of(webhook.webhook_id, before=None, status=None, limit=100)
    assert {delivery.status for delivery in log} == {"delivered"}
    outcomes = {tuple(attempt.outcome for attempt in delivery.attempts) for delivery in log}
    rest = ("refused", "timeout", "redirected", "delivered")
    assert outcomes == {("unreachable", *rest), rest}


@pytest.mark.req("SUB-3")
async def test_two_dispatchers_that_run_side_by_side_send_each_event_once(office: Office) -> None:
    with receiving() as receiver:
        await office.webhook(receiver.server_port)
        tasks = [asyncio.create_task(Dispatcher(office.process()).run()) for _ in range(2)]
        committed = [event_id for _ in range(6) for event_id in await office.commit(10)]

        async def taken() -> bool:
            return len(receiver.taken) >= len(committed)

        await eventually(taken, "every event arrived", timeout_s=20)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert Counter(receiver.taken) == Counter(committed)


@pytest.mark.req("SUB-3")
async def test_410_disables_tells_and_what_waited_comes_once_it_is_enabled(office: Office) -> None:
    with receiving() as receiver:
        webhook = await office.webhook(receiver.server_port)
        process = office.process()
        receiver.script = lambda _attempt: "410"
        committed = await office.commit(3)
        await served(office, webhook, process)
        committed += await office.commit(3)
        await served(office, webhook, process, ahead=timedelta(hours=1))
        assert set(receiver.attempts.values()) == {1}
        assert [(one.kind, one.values["because"]) for one in office.notices] == [("webhook_disabled", "gone")]
        receiver.script = lambda _attempt: "204"
        command = asked(EnableWebhook(webhook_id=webhook.webhook_id))
        await office.management.enable(command, Work(None, command, source="payments"))
        await served(office, webhook, process)
        assert Counter(receiver.taken) == Counter(committed)


@pytest.mark.req("SUB-3")
async def test_a_dispatcher_that_died_leaves_nothing_unsent(office: Office) -> None:
    with receiving() as receiver:
        webhook = await office.webhook(receiver.server_port)
        (committed,) = await office.commit(1)
        receiver.script = lambda attempt: "stall" if attempt == 1 else "204"
        dying = asyncio.create_task(office.process().serve(webhook.webhook_id))

        async def called() -> bool:
            return bool(receiver.attempts)

        await eventually(called, "the receiver is called")
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await served(office, webhook, office.process())
        assert receiver.taken == []
        await served(office, webhook, office.process(), ahead=timedelta(seconds=30))
        assert receiver.taken == [committed]


@pytest.mark.req("SUB-3")
async def test_this_machine_is_not_called_unless_that_is_allowed(office: Office) -> None:
    with receiving() as receiver:
        webhook = await office.webhook(receiver.server_port)
        await office.commit(1)
        await served(office, webhook, office.process(AddressRule(allow_http=True)))
        assert not receiver.attempts
    (delivery,) = await office.storage.webhook_deliveries.list_of(webhook.webhook_id, before=None, status=None, limit=9)
    assert [attempt.outcome for attempt in delivery.attempts] == ["address_refused"]
