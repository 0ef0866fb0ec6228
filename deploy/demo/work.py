"""The second part of the day: claims are submitted and decided, paid, deposited and announced."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final, Self

from deploy.demo.client import Json, Person
from deploy.demo.observer import Observer
from deploy.demo.people import Member
from deploy.demo.story import Counter
from deploy.demo.summary import Summary
from deploy.local import node
from deploy.local.environment import PROJECT, process_environment
from deploy.local.stack import Stack
from deploy.local.waiting import wait_until
from deploy.sample.claims import SampleClaim, sample_claims
from deploy.subscribers.rabbitmqctl import Rabbitmqctl
from deploy.subscribers.registry import Subscribers

SIDE_BY_SIDE: Final = 6
REPEATED_EVERY: Final = 10
"""Every tenth claim is sent twice with the same key, as an impatient browser would."""
SEED: Final = 20_261_122
DECISION_SECONDS: Final = 60.0
PAYMENT_SECONDS: Final = 60.0
SUBSCRIBER_SECONDS: Final = 30.0
Agents = tuple[Person, Person]
"""Who prepares a run, and who approves it."""
EXAMPLES: Final = PROJECT / "docs" / "examples"


async def submit_claims(
    members: list[Member], count: int, observer: Observer, counter: Counter, summary: Summary, *, today: date
) -> None:
    """Submit ``count`` claims, some twice, and wait until every one is decided."""
    by_key = {member.facts.certificate_number: member for member in members}
    claims = sample_claims({key: m.persons for key, m in by_key.items()}, count=count, seed=SEED, today=today)
    places = asyncio.Semaphore(SIDE_BY_SIDE)
    begun: dict[str, float] = {}

    async def one(number: int, claim: SampleClaim) -> None:
        async with places:
            person, body = by_key[claim.member].person, dict(claim.body)
            started = time.perf_counter()
            accepted = await person.submit_claim(body, key=claim.key)
            begun[accepted["claim_number"]] = started
            summary.claims_submitted += 1
            if number % REPEATED_EVERY == 0:
                again = await person.submit_claim(body, key=claim.key)
                summary.claims_submitted += 1
                summary.duplicates_collapsed += again["claim_number"] == accepted["claim_number"]
            counter.one_more()

    await asyncio.gather(*(one(number, claim) for number, claim in enumerate(claims)))
    await observer.wait_for(set(begun), timeout_seconds=DECISION_SECONDS)
    _count_outcomes(begun, observer, summary)


def _count_outcomes(begun: dict[str, float], observer: Observer, summary: Summary) -> None:
    summary.claims_accepted = len(begun)
    for number, started in begun.items():
        decided = observer.decided[number]
        match decided["outcome"]:
            case "approved":
                summary.claims_approved += 1
            case "reduced":
                summary.claims_reduced += 1
            case "denied":
                summary.claims_denied += 1
            case _:
                summary.claims_pended += 1
        summary.amount_approved_cents += decided["benefit_cents"]
        summary.latencies_ms.append((observer.decided_at[number] - started) * 1_000)
    summary.take_latencies()


async def pay(agents: Agents, payable_cents: int, summary: Summary) -> Json:
    """A run for members once every decision is booked, prepared by one agent and approved by another (PAY-8); it is
    over when the bank has settled it.
    """
    await _until_booked(agents[0], payable_cents)
    run = await _settled_run(agents, "member")
    summary.payments, summary.amount_paid_cents = run["payments"], run["amount_cents"]
    summary.payees_carried_over = run["carried_over_payees"]
    summary.deposit_file_sha256 = run["file_sha256"]
    return run


async def pay_providers(agents: Agents, summary: Summary) -> Json:
    """The same for providers to whom benefits were assigned."""
    run = await _settled_run(agents, "provider")
    summary.provider_payments, summary.amount_paid_to_providers_cents = run["payments"], run["amount_cents"]
    return run


async def _settled_run(agents: Agents, payee_class: str) -> Json:
    preparing, approving = agents
    key = f"demo-run-{payee_class}"
    prepared = await preparing.post("/runs", {"payee_class": payee_class}, Idempotency_Key=key)
    deadline = time.monotonic() + PAYMENT_SECONDS
    while prepared["state"] == "preparing" and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        prepared = await approving.get(f"/runs/{prepared['run_id']}")
    run = await approving.post(f"/runs/{prepared['run_id']}/approval")
    while run.get("status") != "settled":
        if time.monotonic() > deadline:
            raise TimeoutError(f"the run was not settled in time: {run}")
        await asyncio.sleep(0.2)
        run = await _run(preparing, prepared["run_id"])
    return run


async def _run(agent: Person, run_id: str) -> Json:
    """The run in figures once all of it went out; until then its preview."""
    preview = await agent.get(f"/runs/{run_id}")
    return await agent.get(f"/payment-runs/{run_id}") if preview["state"] == "released" else preview


async def _until_booked(agent: Person, expected_cents: int) -> None:
    deadline = time.monotonic() + PAYMENT_SECONDS
    while (ledger := await agent.get("/ledger"))["payables_open_cents"] != expected_cents:
        if time.monotonic() > deadline:
            raise TimeoutError(f"expected {expected_cents} cents payable, the ledger says {ledger}")
        await asyncio.sleep(0.2)


class SubscriberProcess:
    """An example of docs/subscribing.md as another system would run it: own user, own queue."""

    def __init__(self, name: str, program: Sequence[str], *, url: str, queue: str, folder: Path) -> None:
        self._report = folder / f"{name}.json"
        self._log_path = folder / f"{name}.log"
        self._log = self._log_path.open("w", encoding="utf-8")
        argv = [*program, "--queue", queue, "--json", str(self._report)]
        environment = process_environment({}, extra={"SUBSCRIBER_AMQP_URL": url})
        self._process = subprocess.Popen(argv, env=environment, stdout=self._log, stderr=subprocess.STDOUT)

    @classmethod
    def in_python(cls, stack: Stack, folder: Path) -> Self:
        """The subscriber that every deployment has."""
        program = (sys.executable, str(EXAMPLES / "subscriber_python" / "subscriber.py"))
        url = stack.rabbitmq_url("subscriber-demo")
        return cls("subscriber", program, url=url, queue="subscribers.demo", folder=folder)

    @classmethod
    def in_node(cls, stack: Stack, folder: Path) -> Self:
        """One that an operator adds while everything is running."""
        broker = Rabbitmqctl(stack.servers.rabbitmqctl)
        access = Subscribers(broker, stack.topology.public_events()).add("accounting", ["payments.*"])
        program = (node.node(), str(node.installed(EXAMPLES / "subscriber_node") / "subscriber.mjs"))
        address = stack.servers.rabbitmq_admin_url.rpartition("@")[2]
        url = f"amqp://{access.user}:{access.password}@{address}"
        return cls("subscriber_node", program, url=url, queue=access.queue, folder=folder)

    async def received(self, expected: int) -> int:
        """How many events it has once it has as many as expected, or when time is up."""
        with suppress(TimeoutError):
            await asyncio.to_thread(
                wait_until,
                lambda: self._lines() >= expected,
                f"the subscriber has {expected} events",
                timeout_s=SUBSCRIBER_SECONDS,
            )
        self.stop()
        events: list[Json] = json.loads(self._report.read_text(encoding="utf-8"))["events"]
        return len(events)

    def _lines(self) -> int:
        return len(self._log_path.read_text(encoding="utf-8").splitlines())

    def stop(self) -> None:
        """End it as Ctrl-C would, so that it writes its report."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
        if self._process.poll() is None:
            self._process.kill()
        self._log.close()
