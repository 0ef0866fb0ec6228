"""Other systems hear what was paid: by webhook, the worked example being the receiver, and from the feed over HTTP."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.demo.client import Json
from deploy.local.environment import PROJECT
from deploy.local.ports import free_port
from tests.support.waiting import eventually
from tests.support.world import World, claim_body

EXAMPLE = PROJECT / "docs" / "examples" / "webhook_python" / "receiver.py"


class Receiver:
    """The worked example, run as another system would run it."""

    def __init__(self, folder: Path, port: int, secret: str) -> None:
        self._report = folder / "webhook.json"
        self._log = (folder / "webhook.log").open("a+", encoding="utf-8")
        argv = [sys.executable, str(EXAMPLE), "--port", str(port), "--store", str(folder / "events.sqlite3")]
        environment = {**os.environ, "WEBHOOK_SECRET": secret}
        self._process = subprocess.Popen(
            [*argv, "--json", str(self._report)], env=environment, stdout=self._log, stderr=subprocess.STDOUT
        )

    def stop(self) -> Json:
        """End it and read what it received."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=20)
        self._log.close()
        report: Json = json.loads(self._report.read_text(encoding="utf-8"))
        return report

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=20)


@contextmanager
def receiving(folder: Path, port: int, secret: str) -> Iterator[Receiver]:
    receiver = Receiver(folder, port, secret)
    try:
        yield receiver
    finally:
        receiver.end()


async def client_headers(world: World) -> dict[str, str]:
    """A machine client of the insurer that may read events and nothing else."""
    client = await (await world.agent()).post("/administration/clients", {"name": "ERP", "scopes": ["events:read"]})
    answer = await world.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client["client_id"], client["client_secret"]),
    )
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def everything(world: World, headers: dict[str, str], after: str | None, **query: str) -> tuple[list[Json], str]:
    """All events behind a cursor, and the cursor behind them."""
    found: list[Json] = []
    while True:
        params = {"limit": "50", **query} | ({} if after is None else {"after": after})
        answer = await world.http.get("/events", params=params, headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        page = answer.json()
        found += page["events"]
        after = str(page["next_after"])
        if not page["more"]:
            return found, after


@pytest.mark.req("SUB-3", "SUB-4", "SUB-5")
async def test_a_webhook_that_was_down_and_a_reader_of_the_feed_hear_the_same(world: World, tmp_path: Path) -> None:
    headers, agent, port = await client_headers(world), await world.agent(), free_port()
    _, start = await everything(world, headers, None)
    webhook = await agent.post("/webhooks", {"url": f"http://127.0.0.1:{port}/", "after": start})
    path = f"/webhooks/{webhook['webhook_id']}"

    member = await world.member()
    await member.enrol()
    claim = await member.decided(await member.submit(claim_body(member.persons[0])))
    await world.payable(member)
    run = await world.settled((await world.close_run())["run_id"])

    async def failing() -> bool:
        return (await agent.get(path))["failing_since"] is not None

    await eventually(failing, "the receiver that is down is noticed")
    heard = {"payment_scheduled", "payment_sent", "payment_settled", "statement_issued"}

    async def told() -> list[Json] | None:
        events, _ = await everything(world, headers, start)
        paid = [one["subject"] for one in events if one["data"].get("claim_number") == claim["claim_number"]]
        mine = [one for one in events if set(paid) & set(one["data"].get("claim_ids", ()))]
        return events if {one["type"].split(".")[1] for one in mine} == heard else None

    events = await eventually(told, "the feed has the whole way of the payment")
    assert events is not None
    decided = [one for one in events if one["data"].get("claim_number") == claim["claim_number"]]
    assert [one["type"] for one in decided] == ["claims.claim_adjudicated.v1"]
    scheduled, _ = await everything(world, headers, start, type="payments.payment_scheduled.v1")
    assert {one["data"]["run_id"] for one in scheduled} >= {run["run_id"]}

    with receiving(tmp_path, port, webhook["secret"]) as receiver:

        async def delivered() -> bool:
            return bool((await agent.get(path))["pending"] == 0)

        await eventually(delivered, "everything that waited was delivered", timeout_s=60)
        first = (await agent.get(f"{path}/deliveries?limit=1&status=delivered"))["deliveries"][0]
        assert first["attempts"][-1]["status"] == httpx.codes.NO_CONTENT
        await agent.post(f"{path}/deliveries/{first['delivery_id']}/resend")
        await eventually(delivered, "what was sent again was delivered")
        report = await asyncio.to_thread(receiver.stop)
    events, _ = await everything(world, headers, start)
    assert {one["id"] for one in report["events"]} == {one["id"] for one in events}
    assert (report["forged"], report["duplicates"]) == (0, 1)
    by_id = {one["id"]: one for one in events}
    assert all(by_id[one["id"]] == one for one in report["events"])
    assert (await world.http.delete(path, headers=agent.headers())).status_code == httpx.codes.NO_CONTENT


@pytest.mark.req("SUB-4")
async def test_a_cursor_that_is_none_and_a_caller_who_may_not_are_refused(world: World) -> None:
    headers = await client_headers(world)
    answer = await world.http.get("/events", params={"after": "nonsense"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "payments.cursor_unreadable")
    member = await world.member()
    assert (await world.http.get("/events", headers=member.person.headers())).status_code == httpx.codes.FORBIDDEN
