"""The chapter after the run: files for people, deposits that come back, one paid anew, and everything reconciled."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx

from deploy.demo.client import Json, Person
from deploy.demo.people import Member
from deploy.demo.summary import Summary
from deploy.local.bank_returns import Order, Returns
from deploy.local.environment import PROJECT, process_environment
from deploy.local.ports import free_port
from deploy.local.stack import Stack
from shared.clock import business_day, utc_now

RETURNS: Final = 3
REASON: Final = 905
"""Account closed."""
SECONDS: Final = 40.0
PAYMENT_EVENTS: Final = tuple(
    f"payments.{name}.v1"
    for name in ("payment_scheduled", "payment_sent", "payment_settled", "payment_returned", "statement_issued")
)
RECEIVER: Final = PROJECT / "docs" / "examples" / "webhook_python" / "receiver.py"


class WebhookReceiver:
    """The worked example of a receiver, as another system would run it; an agent made its webhook."""

    def __init__(self, folder: Path) -> None:
        self._report = folder / "webhook.json"
        self._log_path = folder / "webhook.log"
        self._log = self._log_path.open("w", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    async def open(self, agent: Person) -> None:
        """Make the webhook and start what it calls."""
        port = free_port()
        body = {"url": f"http://127.0.0.1:{port}/acquit", "types": PAYMENT_EVENTS, "description": "demo"}
        made = await agent.post("/webhooks", body)
        self._start(port, made["secret"])

    def _start(self, port: int, secret: str) -> None:
        environment = process_environment({}, extra={"WEBHOOK_SECRET": secret})
        argv = [sys.executable, str(RECEIVER), "--port", str(port), "--json", str(self._report)]
        self._process = subprocess.Popen(argv, env=environment, stdout=self._log, stderr=subprocess.STDOUT)

    async def received(self, expected: int) -> int:
        """How many events it handled, once it has as many as expected or time is up."""

        async def all_handled() -> bool:
            return len(self._log_path.read_text(encoding="utf-8").splitlines()) >= expected

        with suppress(TimeoutError):
            await _until(all_handled, "every event was delivered")
        self.stop()
        return len(json.loads(self._report.read_text(encoding="utf-8"))["events"])

    def stop(self) -> None:
        """End it as Ctrl-C would, so that it writes its report."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
            if self._process.poll() is None:
                self._process.kill()
        self._log.close()


class MoneyDay:
    """What happens to payments that went out."""

    def __init__(self, stack: Stack, folder: Path, agent: Person, summary: Summary) -> None:
        self._stack, self._folder, self._agent, self._summary = stack, folder, agent, summary

    async def papers(self, member: Member) -> list[str]:
        """The newest statement and the list of payments as files; the names under which they are kept."""
        number = (await member.person.get("/payments"))["payments"][0]["batch_number"]
        kept = []
        for path, name in (
            (f"/statements/{number}.pdf", f"statement-{number}.pdf"),
            (f"/statements/{number}.csv", f"statement-{number}.csv"),
            ("/payments.csv", "payments.csv"),
        ):
            answer = await member.person.http.get(path, headers=member.person.headers())
            if answer.status_code != httpx.codes.OK:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
            (self._folder / name).write_bytes(answer.content)
            kept.append(name)
        return kept

    async def send_back(self, members: list[Member]) -> list[str]:
        """The bank returns three deposits, in a file of I records; their batch numbers, when all are booked."""
        settled = [payment for member in members if (payment := await _settled(member))][:RETURNS]
        bank = Returns(self._stack.folders.bank_inbox)
        for payment in settled:
            bank.order(Order(batch_number=payment["batch_number"], reason=REASON))
        numbers = {payment["batch_number"] for payment in settled}

        async def booked() -> bool:
            return {each["batch_number"] for each in await self._returned(reissued=False)} >= numbers

        await _until(booked, "the returns are booked")
        self._summary.returns = len(numbers)
        return sorted(numbers)

    async def pay_anew(self, batch_number: str) -> Json:
        """An agent asked the payee, who confirmed the account: the deposit goes out again, and settles."""
        path = f"/administration/returned-payments/{batch_number}/reissue"
        await self._agent.post(path, {"method": "deposit", "details_confirmed": True})

        async def settled() -> Json | None:
            found = [each for each in await self._returned(reissued=True) if each["batch_number"] == batch_number]
            return found[0]["reissue"] if found and found[0]["reissue"]["status"] == "settled" else None

        reissue = await _until(settled, "the re-issued payment is settled")
        self._summary.reissued = 1
        return reissue

    async def reconcile(self) -> Json:
        """Everything of the day compared, to the cent; the report is written beside the summary as well."""
        day = business_day(utc_now()).isoformat()

        async def reconciled() -> Json | None:
            report = await self._agent.get("/reconciliation", from_day=day, to_day=day)
            return report if report["reconciled"] else None

        with suppress(TimeoutError):
            await _until(reconciled, "the day is reconciled")
        report = await self._agent.get("/reconciliation", from_day=day, to_day=day)
        self._summary.reconciliation_difference_cents = report["difference_cents"]
        self._summary.reconciliation_differences = report["difference_count"]
        command = [sys.executable, "-m", "services.payments.ledger", "reconcile", "--from-day", day, "--to-day", day]
        environment = {**self._stack.environment("payments"), "PATH": os.environ["PATH"]}
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, "--output", str(self._folder)],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            check=False,
        )
        (self._folder / "reconciliation.log").write_bytes(done.stdout + done.stderr)
        return report

    async def _returned(self, *, reissued: bool) -> list[Json]:
        page = await self._agent.get(
            "/administration/returned-payments", limit=100, reissued="true" if reissued else "false"
        )
        payments: list[Json] = page["payments"]
        return payments


async def _settled(member: Member) -> Json | None:
    payments: list[Json] = (await member.person.get("/payments"))["payments"]
    return next((each for each in payments if each["status"] == "settled"), None)


async def _until(probe: Callable[[], Awaitable[Json | bool | None]], what: str) -> Json:
    """What the probe gives as soon as it gives anything."""
    deadline = time.monotonic() + SECONDS
    while not (found := await probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        await asyncio.sleep(0.3)
    return found if isinstance(found, dict) else {}
