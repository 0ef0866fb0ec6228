"""A payment run from open payables to the file at the bank, in one process on a real database.

What is measured is what payments and banking do: slices, ledger, outbox, parts, decryption, the file. The bus is left
out: messages go from the one's outbox to the other's handlers by hand. Each size runs in a process and in databases of
its own, so that its peak of memory is its own as well.
"""

import asyncio
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from pymongo import MongoClient

from deploy.database import create_collections
from deploy.local.environment import PROJECT
from services.banking.domain.accounts import BankAccountNumber, DirectDeposit
from services.banking.domain.cpa005 import BankProfile
from services.banking.encryption import ClientSideVault
from services.banking.gateways import OutboxFolder
from services.banking.handlers.deposits import write_deposit_file
from services.banking.ports import StoredAccount
from services.banking.routes_parts import run_part_route
from services.banking.storage import SCHEMA as BANKING
from services.banking.storage import MongoAccounts, MongoDepositPlans, MongoPayees
from services.banking.storage_parts import MongoRunParts
from services.banking.wiring_parts import run_part_handlers
from services.payments.domain.payable import Payable
from services.payments.domain.run_rules import RunRules
from services.payments.run_wiring import bind_runs, driver_over
from services.payments.storage import SCHEMA as PAYMENTS
from services.payments.storage import Storage
from shared.clock import new_id, utc_now
from shared.contracts import Actor
from shared.contracts.payments import RunApproved
from shared.contracts.payments_runs import ApproveRun, PrepareRun
from shared.envelopes import Outgoing, Received
from shared.messaging import Publisher, make_broker
from shared.mongo import Database, Document, connect
from shared.outbox import Outbox, OutboxSettings, each

PAYABLES_PER_PAYEE: Final = 20
INSERTED_TOGETHER: Final = 2_000
PROFILE: Final = BankProfile(
    originator_id="0000123456", data_centre="00310", short_name="ACQUIT", long_name="ACQUIT HEALTH BENEFITS"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """From ``PrepareRun`` to the file, and the memory of the process at its highest."""

    seconds: float
    peak_mb: float


class Kept(Publisher):
    """Confirms everything at once, and keeps the approved parts of runs."""

    def __init__(self) -> None:
        super().__init__(make_broker("amqp://localhost", prefetch=1, app_id="bench"), user="bench")
        self.parts: list[RunApproved] = []

    async def publish_all(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        """Nothing is refused."""
        for item in batch:
            if item.wire_type == RunApproved.wire_type:
                self.parts.append(RunApproved.model_validate(orjson.loads(item.body)["data"]))
        return []


@dataclass(slots=True)
class Office:
    """Payments and banking on their databases."""

    url: str
    payments: Database
    banking: Database
    folder: Path
    kept: Kept = field(default_factory=Kept)

    async def fill(self, payables: int) -> None:
        """Payees with direct deposit, and what is payable to them."""
        storage, vault = Storage(self.payments), self.vault()
        payees = [f"payee-{number:07d}" for number in range(payables // PAYABLES_PER_PAYEE)]
        names, accounts, now = MongoPayees(self.banking), MongoAccounts(self.banking), utc_now()

        async def enrol(payee_id: str) -> None:
            number = f"{secrets.randbelow(10**12):012d}"
            deposit = DirectDeposit(transit="30123", institution="002", account=BankAccountNumber(number))
            boxes = await vault.encrypt(payee_id, deposit)
            account = StoredAccount(
                payee_id=payee_id,
                account_id=payee_id,
                boxes=boxes,
                account_ending=number[-3:],
                fingerprint=vault.fingerprint(deposit),
                enrolled_at=now,
            )
            await accounts.add(account)
            await names.record(payee_id, "Zoe Tremblay", told_at=now)
            await storage.payees.enrol(payee_id, account_id=payee_id, at=now, session=None)

        await enrol(payees[0])
        for start in range(1, len(payees), 50):
            await asyncio.gather(*(enrol(payee_id) for payee_id in payees[start : start + 50]))
        for start in range(0, payables, INSERTED_TOGETHER):
            numbers = range(start, min(start + INSERTED_TOGETHER, payables))
            await storage.payables.add_many([_payable(number, payees) for number in numbers], session=None)
        await vault.close()

    def vault(self) -> ClientSideVault:
        """The vault of the bench: its keys are worth nothing."""
        return ClientSideVault(self.url, self.banking.name, master_key=b"k" * 96, fingerprint_key=b"f" * 32)

    async def pay(self) -> int:
        """Prepare, approve, release, deposit; how many payments stand in the file."""
        outbox = Outbox(self.payments, self.kept, OutboxSettings(source="payments"))
        storage, rules = Storage(self.payments), RunRules(approvals=2)
        driver = driver_over(storage, rules, outbox.run, clock=utc_now, ids=new_id, poll_seconds=1.0)
        handlers = bind_runs(storage, rules, driver, clock=utc_now)
        prepare = outbox.group("bench.prepare", each(handlers.prepare_run)).submit
        approve = outbox.group("bench.approve", each(handlers.approve_run)).submit
        await prepare(_asked(PrepareRun(run_id="bench", payee_class="provider"), "one"))
        await driver.carry_on("bench")
        await approve(_asked(ApproveRun(run_id="bench"), "another"))
        await driver.carry_on("bench")
        await outbox.drain()
        await self._deposit(self.kept.parts)
        return sum(len(part.items) for part in self.kept.parts)

    async def _deposit(self, parts: Sequence[RunApproved]) -> None:
        outbox, vault = Outbox(self.banking, self.kept, OutboxSettings(source="banking")), self.vault()
        plans, accounts = MongoDepositPlans(self.banking), MongoAccounts(self.banking)

        async def write(run_id: str) -> None:
            await write_deposit_file(
                run_id,
                plans=plans,
                accounts=accounts,
                vault=vault,
                outbox=OutboxFolder(self.folder),
                profile=PROFILE,
                clock=utc_now,
            )

        handlers = run_part_handlers(
            MongoRunParts(self.banking),
            plans=plans,
            payees=MongoPayees(self.banking),
            profile=PROFILE,
            clock=utc_now,
            write=write,
            crash_point=outbox.crash_point,
        )
        take = run_part_route(handlers, lambda name, handler: outbox.group(name, each(handler)).submit)
        for part in parts:
            await take(Received(part, new_id(), new_id()))
        await outbox.drain()
        await vault.close()


def _payable(number: int, payees: Sequence[str]) -> Payable:
    return Payable(
        claim_id=f"claim-{number:08d}-0000-7000-8000-000000000000",
        version=1,
        payee_id=payees[number % len(payees)],
        payee_class="provider",
        amount_cents=4_200 + number % 997,
        opened_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def _asked(message: Any, account_id: str) -> Received[Any]:
    actor = Actor(account_id=account_id, session_id=account_id, roles=("agent",))
    return Received(message, new_id(), new_id(), actor)


async def _measure(url: str, payables: int, databases: tuple[str, str]) -> Measured:
    payments, banking = (connect(url, name) for name in databases)
    with tempfile.TemporaryDirectory() as folder:
        office = Office(url, payments, banking, Path(folder))
        await office.fill(payables)
        started = time.perf_counter()
        paid = await office.pay()
        seconds = time.perf_counter() - started
        files = [name for name in await asyncio.to_thread(os.listdir, folder) if name.endswith(".txt")]
    if len(files) != 1 or paid != payables // PAYABLES_PER_PAYEE:
        raise RuntimeError(f"{len(files)} files, {paid} payments of {payables} payables")
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """``run_slope`` is the time per payable of the large run ÷ that of the small one: 1 is linear."""

    run_seconds_100k: float
    run_peak_mb: float
    run_slope: float


def measure(url: str, *, small: int = 1_000, large: int = 100_000) -> RunFigures:
    """A small and a large run on the MongoDB at ``url``, an administrator's."""
    few, many = _alone(url, small), _alone(url, large)
    return RunFigures(many.seconds, many.peak_mb, (many.seconds / large) / (few.seconds / small))


def _alone(url: str, payables: int) -> Measured:
    """A run in a process and in databases of its own."""
    name = f"bench{secrets.token_hex(4)}"
    databases = (f"{name}_payments", f"{name}_banking")
    with MongoClient[Document](url) as client:
        for database, schema in zip(databases, (PAYMENTS, BANKING), strict=True):
            create_collections(client[database], schema)
        try:
            return _in_process(url, payables, databases)
        finally:
            for database in databases:
                client.drop_database(database)


def _in_process(url: str, payables: int, databases: tuple[str, str]) -> Measured:
    argv = [sys.executable, "-m", "loadtests.bench.runs", url, str(payables), *databases]
    done = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, timeout=1_200, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the run of {payables} payables failed: {done.stderr[-2000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    measured = asyncio.run(_measure(sys.argv[1], int(sys.argv[2]), (sys.argv[3], sys.argv[4])))
    print(json.dumps({"seconds": measured.seconds, "peak_mb": measured.peak_mb}))
