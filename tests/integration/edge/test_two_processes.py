"""Two real edge processes on the real bus and database: what one is told, both refuse (D5, T6, T8, docs/adr/0013)."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import aio_pika
import httpx
import pytest

from deploy.local.environment import PROJECT
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import Command
from deploy.local.stack import Stack
from services.edge.auth.codes import challenge_key, new_token
from services.edge.storage import MongoChallenges, MongoSessions
from shared.clock import new_id, utc_now
from shared.contracts import Actor
from shared.contracts.identity.access import AccessChanged
from shared.contracts.notification import DeliveryDelayed, DeliveryFailed
from shared.envelopes import Received, event_envelope
from shared.messaging import Publisher, make_broker
from shared.mongo import Database, connect
from shared.tokens import AccessClaims, TokenPolicy, load_private_key, sign_access_token
from tests.support.edge_repository_contract import challenge, session_record, stored_code
from tests.support.waiting import eventually

PROMISE_SECONDS = 1.0
"""D5: the next request within a second, in every process."""


@dataclass
class Caller:
    """Somebody with a session, and an access token that both processes believe."""

    actor: Actor
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@dataclass
class Edges:
    """Two processes, and the means to tell them something as identity does."""

    stack: Stack
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient]
    publishers: Mapping[str, Publisher]
    database: Database

    async def caller(self, *, account_id: str | None = None, issued_at: datetime | None = None) -> Caller:
        """Signed in; the token is signed here, with the edge's own key."""
        now = utc_now()
        record = session_record(
            account_id=account_id or new_id(),
            created_at=now,
            proved_at=now,
            last_used_at=now,
            expires_at=now + timedelta(hours=12),
        )
        await MongoSessions(self.database).add(record)
        actor = Actor(account_id=record.account_id, session_id=record.session_id, roles=("member",))
        return Caller(actor, self.token(actor, issued_at=issued_at or now))

    def token(self, actor: Actor, *, issued_at: datetime) -> str:
        key = load_private_key(Path(self.stack.secrets.file("signing.private.pem")).read_text())
        claims = AccessClaims(actor, issued_at, issued_at + timedelta(minutes=10), new_id())
        return sign_access_token(claims, key, TokenPolicy("urn:acquit:edge", "urn:acquit:api"))

    async def say(self, event: AccessChanged | DeliveryFailed | DeliveryDelayed) -> None:
        """Publish as the service does whose event this is."""
        source = event.wire_type.partition(".")[0]
        cause = Received(event, new_id(), new_id())
        await self.publishers[source].publish(event_envelope(event, source=source, cause=cause))

    async def answers(self, caller: Caller) -> list[str]:
        """What each process says: ``ok`` or the code of the problem."""
        found = await asyncio.gather(*(client.get("/sessions", headers=caller.headers) for client in self.clients))
        return ["ok" if answer.status_code == 200 else str(answer.json()["code"]) for answer in found]

    async def all_say(self, caller: Caller, *expected: str) -> float:
        """Seconds until every process says so."""
        started = time.monotonic()

        async def said() -> bool:
            return set(await self.answers(caller)) <= set(expected)

        await eventually(said, f"both processes say {expected}", timeout_s=PROMISE_SECONDS)
        return time.monotonic() - started


@pytest.fixture(scope="module")
async def edges(stack: Stack) -> AsyncIterator[Edges]:
    async with AsyncExitStack() as cleaning:
        ports = [await started(stack, cleaning, f"edge-{letter}") for letter in "ab"]
        first, second = [
            await cleaning.enter_async_context(httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}"))
            for port in ports
        ]
        for client in (first, second):
            await serving(client)
        publishers = {name: await publishing(stack, cleaning, name) for name in ("identity", "notification")}
        database = connect(stack.mongodb_url("edge"), "edge")
        cleaning.callback(database.close)
        yield Edges(stack, (first, second), publishers, database)


async def publishing(stack: Stack, cleaning: AsyncExitStack, service: str) -> Publisher:
    broker = make_broker(stack.rabbitmq_url(service), prefetch=1, app_id=service)
    await broker.connect()
    cleaning.push_async_callback(broker.stop)
    return Publisher(broker, user=service)


async def started(stack: Stack, cleaning: AsyncExitStack, name: str) -> int:
    """A process of the edge beside those of the stack; its port."""
    port = free_port()
    environment = stack.environment("edge", health_port=free_port()) | {"ACQUIT_HTTP_PORT": str(port)}
    command = Command(argv=[sys.executable, "-m", "services.edge.app"], env=environment, cwd=PROJECT)
    process = await asyncio.to_thread(stack.supervisor.start, name, command)
    cleaning.push_async_callback(asyncio.to_thread, process.stop)
    return port


async def serving(client: httpx.AsyncClient) -> None:
    async def answers() -> bool:
        try:
            return (await client.get("/.well-known/jwks.json")).status_code == 200
        except httpx.TransportError:
            return False

    await eventually(answers, "the process serves", timeout_s=60.0)


@pytest.mark.req("D5", "T8")
async def test_d5_a_change_of_rights_outdates_older_tokens_in_every_process(edges: Edges) -> None:
    caller, other = await edges.caller(), await edges.caller()
    assert await edges.answers(caller) == ["ok", "ok"]

    changed_at = utc_now()
    await edges.say(AccessChanged(account_id=caller.actor.account_id, changed_at=changed_at))
    await edges.all_say(caller, "token.outdated")

    fresh = Caller(caller.actor, edges.token(caller.actor, issued_at=changed_at))
    assert await edges.answers(fresh) == ["ok", "ok"]
    assert await edges.answers(other) == ["ok", "ok"]


@pytest.mark.req("D5", "D8", "F3")
async def test_a_change_that_ends_sessions_ends_all_but_the_one_kept(edges: Edges) -> None:
    ended = await edges.caller()
    kept = await edges.caller(account_id=ended.actor.account_id)
    changed_at = utc_now()

    await edges.say(
        AccessChanged(
            account_id=ended.actor.account_id,
            changed_at=changed_at,
            end_sessions=True,
            kept_session_id=kept.actor.session_id,
        )
    )
    await edges.all_say(ended, "session.ended")

    fresh = edges.token(kept.actor, issued_at=changed_at)
    assert await edges.answers(Caller(kept.actor, fresh)) == ["ok", "ok"]
    assert set(await edges.answers(Caller(ended.actor, edges.token(ended.actor, issued_at=utc_now())))) == {
        "session.ended"
    }


@pytest.mark.req("T6", "LOG-10")
async def test_t6_signing_out_in_one_process_ends_the_session_in_the_other(edges: Edges) -> None:
    caller = await edges.caller()
    assert await edges.answers(caller) == ["ok", "ok"]

    answer = await edges.clients[0].post("/sign-out", headers=caller.headers)

    assert answer.status_code == 204
    assert (await edges.clients[0].get("/sessions", headers=caller.headers)).json()["code"] == "session.ended"
    await edges.all_say(caller, "session.ended")


@pytest.mark.req("D5")
async def test_a_process_that_starts_later_knows_what_was_denied(edges: Edges, stack: Stack) -> None:
    caller = await edges.caller()
    await edges.say(AccessChanged(account_id=caller.actor.account_id, changed_at=utc_now()))
    await edges.all_say(caller, "token.outdated")

    async with AsyncExitStack() as cleaning:
        port = await started(stack, cleaning, "edge-late")
        client = await cleaning.enter_async_context(httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}"))
        await serving(client)
        answer = await client.get("/sessions", headers=caller.headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "token.outdated")


@pytest.mark.req("D5")
async def test_a_call_that_is_lost_costs_less_than_the_promise(edges: Edges) -> None:
    """Written by somebody who calls nobody, as if every call were lost: the processes look by themselves."""
    caller = await edges.caller()
    now = utc_now()
    denial = {
        "_id": f"session:{caller.actor.session_id}",
        "session_id": caller.actor.session_id,
        "account_id": None,
        "at": now,
        "until": now + timedelta(minutes=11),
    }

    await edges.database.collection("denials").insert_one(denial)

    await edges.all_say(caller, "session.ended")


@pytest.mark.req("D5")
async def test_nobody_but_the_edge_is_heard(edges: Edges) -> None:
    """The exchange is open to everybody who answers; what others call changes nothing and harms nobody."""
    connection = await aio_pika.connect(edges.stack.rabbitmq_url("claims"))
    async with connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange("edge.replies", ensure=False)
        for body in (b"{}", b"not json", b""):
            await exchange.publish(aio_pika.Message(body, user_id="claims"), "everyone")

    assert await edges.answers(await edges.caller()) == ["ok", "ok"]


@pytest.mark.req("L7")
async def test_l7_what_became_of_a_mail_with_a_code_is_shown(edges: Edges) -> None:
    token, now = new_token(), utc_now()
    code = stored_code(sent_at=now)
    row = challenge(key=challenge_key(token), created_at=now, ends_at=now + timedelta(minutes=30), codes=(code,))
    await MongoChallenges(edges.database).add(row)
    told = {"delivery_id": code.delivery_id, "template": "sign_in_code", "account_id": row.account_id}

    for event in (DeliveryDelayed(**told, delayed_at=now), DeliveryFailed(**told, failed_at=now)):
        expected = "delayed" if isinstance(event, DeliveryDelayed) else "failed"
        await edges.say(event)

        async def shown(expected: str = expected) -> bool:
            return bool((await edges.clients[1].get(f"/sign-in/{token}")).json()["mail"] == expected)

        await eventually(shown, f"the mail is shown as {expected}")
