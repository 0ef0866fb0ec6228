"""The worked example of a webhook receiver in Node.js, called as Standard Webhooks says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from deploy.local import node
from deploy.local.environment import PROJECT
from shared.envelopes import CLOUDEVENT, Outgoing, event_envelope
from tests.support import notification_builders as build

EXAMPLE = PROJECT / "docs" / "examples" / "subscriber_node"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def made() -> Outgoing:
    event = build.payment_sent(amount_cents=123_456)
    return event_envelope(event, source="payments", cause=build.received(event))


class Receiver:
    """The example's process."""

    def __init__(self, process: asyncio.subprocess.Process, client: httpx.AsyncClient) -> None:
        self._process, self._client = process, client

    async def line(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), timeout=30)).decode()

    async def call(
        self, outgoing: Outgoing, *, body: bytes | None = None, secret: str = SECRET, age: timedelta = timedelta()
    ) -> int:
        sent_at = datetime.now(UTC) - age
        headers = {
            "content-type": CLOUDEVENT,
            "webhook-id": outgoing.message_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": Webhook(secret).sign(outgoing.message_id, sent_at, outgoing.body.decode()),
        }
        return (await self._client.post("/", content=body or outgoing.body, headers=headers)).status_code


@asynccontextmanager
async def receiver(store: Path) -> AsyncIterator[Receiver]:
    folder = node.installed(EXAMPLE)
    arguments = ("--secret", SECRET, "--port", "0", "--store", str(store))
    process = await asyncio.create_subprocess_exec(
        node.node(), str(folder / "webhook_receiver.mjs"), *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        first = (await asyncio.wait_for(process.stdout.readline(), timeout=30)).decode()
        async with httpx.AsyncClient(base_url=first.split()[-1]) as client:
            yield Receiver(process, client)
    finally:
        process.terminate()
        await asyncio.wait_for(process.communicate(), timeout=30)


@pytest.mark.req("SUB-5")
async def test_what_is_signed_is_handled_once_across_restarts(tmp_path: Path) -> None:
    outgoing, store = made(), tmp_path / "store"
    async with receiver(store) as running:
        assert await running.call(outgoing) == 204
        subject = json.loads(outgoing.body)["subject"]
        assert (await running.line()).split() == ["payments.payment_sent.v1", subject, "1234.56", "CAD"]
        assert await running.call(outgoing) == 204
        assert (await running.line()).split() == ["again", outgoing.message_id]
    async with receiver(store) as running:
        assert await running.call(outgoing) == 204
        assert (await running.line()).split() == ["again", outgoing.message_id]
    assert [json.loads(line) for line in store.read_text().splitlines()] == [json.loads(outgoing.body)]


@pytest.mark.req("SUB-5")
async def test_what_is_not_ours_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    outgoing, store = made(), tmp_path / "store"
    async with receiver(store) as running:
        assert await running.call(outgoing, secret="whsec_" + "A" * 32) == 401
        assert await running.call(outgoing, body=outgoing.body.replace(b"123456", b"923456")) == 401
        assert await running.call(outgoing, age=timedelta(minutes=6)) == 401
        assert await running.call(outgoing, body=b"x" * 2_000_000) == 413
    assert store.read_text() == ""
