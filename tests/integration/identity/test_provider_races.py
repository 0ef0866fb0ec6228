"""Providers on real transactions: several processes share one database (REG-12, REG-15)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import orjson
import pytest

from services.identity.data import load_rules, load_terms
from services.identity.domain.accounts import PROVIDER
from services.identity.domain.jobs import JobKind, jobs_of_temporary_password
from services.identity.domain.plans import PlanRules, Rules
from services.identity.domain.providers import Provider
from services.identity.domain.statements import StatementFacts
from services.identity.handlers.enrolment import Steps
from services.identity.handlers.jobs import Scheduler
from services.identity.handlers.statements import on_statement_issued
from services.identity.handlers.views import AccountViews
from services.identity.routes.enrolment import submitting
from services.identity.routes.registers import ON_STATEMENT_ISSUED
from services.identity.storage import SCHEMA
from services.identity.storage.acceptances import ACCEPTANCES
from services.identity.storage.accounts import ACCOUNTS, MongoAccounts
from services.identity.storage.jobs import JOBS, MongoJobs
from services.identity.storage.providers import MongoProviders, MongoStatements
from services.identity.storage.recoveries import RECOVERIES
from services.identity.wiring.members import enrolments_over, terms_over
from services.identity.wiring.providers import provider_steps_over, scheduler_over
from shared.clock import new_id, utc_now
from shared.consuming import Handler
from shared.contracts.identity.enrolment import StartEnrolment, SubmitStep
from shared.contracts.identity.providers import ProviderRegistered
from shared.contracts.notification import SendAccessNotice
from shared.contracts.payments import StatementIssued
from shared.mongo import Database
from shared.notices import Notices
from shared.outbox import Outbox, OutboxSettings, each
from shared.schema import Schema
from tests.support import identity_builders as build
from tests.support import keys
from tests.support import provider_builders as providers
from tests.support.identity_bus import RecordingPublisher

MakeDatabase = Callable[[Schema], Awaitable[Database]]

TERMS_VERSION = load_terms().get("providers").version
RIVALS = 20
WORKERS = 2


@dataclass(slots=True)
class Process:
    """One process of identity as far as enrolments and due work go."""

    database: Database
    now: datetime = field(default_factory=utc_now)
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)
    outbox: Outbox = field(init=False)
    start: Handler = field(init=False)
    submit: Handler = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.database, self.publisher, OutboxSettings(source="identity"))
        path, plan = load_rules().paths["provider"], PlanRules(code="default", paths=frozenset())
        providers_only = Rules({path.code: path}, {plan.code: plan})
        steps = provider_steps_over(
            self.database,
            terms=terms_over(self.database, rules=providers_only),
            hashing=build.hashing(),
            notices=self.notices(),
            misses_allowed=5,
        )
        enrolments = enrolments_over(
            self.database,
            rules=providers_only,
            steps=Steps(steps.steps()),
            views=AccountViews(clock=self.clock),
            opener=keys.opener("identity"),
        )
        self.start = self.outbox.group("identity.enrolment", each(enrolments.start)).submit
        self.submit = submitting(enrolments, self.outbox)

    def notices(self) -> Notices:
        return Notices(keys.public("notification"), clock=self.clock, ids=new_id)

    def clock(self) -> datetime:
        return self.now

    def scheduler(self) -> Scheduler:
        return scheduler_over(
            self.database,
            unit_of_work=self.outbox.run,
            notices=self.notices(),
            poll_seconds=1.0,
            clock=self.clock,
        )

    async def step(self, enrolment_id: str, name: str, **data: object) -> dict[str, object]:
        message = SubmitStep.model_validate({"enrolment_id": enrolment_id, "data": {"step": name} | data})
        answer = await self.submit(build.received(message))
        return dict(orjson.loads(answer or b"{}"))

    async def to_submit(self, provider: Provider, *told: StatementFacts) -> str:
        """All steps but the last one."""
        enrolment_id = new_id()
        start = StartEnrolment(enrolment_id=enrolment_id, path="provider", language="fr")
        await self.start(build.received(start))
        await self.step(enrolment_id, "welcome_terms", accepted=True, terms_version=TERMS_VERSION)
        await self.step(enrolment_id, "provider_profile", **providers.profile(provider, enrolment_id, *told))
        await self.step(enrolment_id, "provider_direct_deposit", given=False)
        return enrolment_id


@pytest.fixture
async def processes(make_database: MakeDatabase) -> list[Process]:
    database = await make_database(SCHEMA)
    return [Process(database) for _ in range(4)]


async def published(processes: list[Process]) -> list[str]:
    for process in processes:
        await process.outbox.drain()
    return [wire_type for process in processes for wire_type in process.publisher.wire_types()]


@pytest.mark.req("REG-12", "REG-15")
async def test_twenty_parallel_submissions_for_one_provider_make_exactly_one_account(processes: list[Process]) -> None:
    database = processes[0].database
    provider = providers.provider()
    today = utc_now().date()
    told = (providers.facts(today - timedelta(days=9)), providers.facts(today - timedelta(days=40)))
    await MongoProviders(database).save_all([provider])
    await MongoStatements(database).save_all([providers.statement(provider, one) for one in told])
    enrolments = await asyncio.gather(
        *(processes[at % len(processes)].to_submit(provider, *told) for at in range(RIVALS))
    )
    answers = await asyncio.gather(
        *(processes[at % len(processes)].step(one, "provider_submit") for at, one in enumerate(enrolments))
    )
    sent = await published(processes)
    assert len({orjson.dumps(answer | {"enrolment_id": "", "expires_at": ""}) for answer in answers}) == 1
    assert await database.collection(ACCOUNTS).count({"provider_id": provider.provider_id}) == 1
    assert await database.collection(JOBS).count({}) == len(JobKind)
    assert await database.collection(ACCEPTANCES).count({}) == await database.collection(RECOVERIES).count({}) == 1
    assert sent.count(ProviderRegistered.wire_type) == 1
    assert sent.count(SendAccessNotice.wire_type) == RIVALS


async def waiting_account(process: Process) -> str:
    """An account whose temporary password was mailed now."""
    number = providers.dentist_number()
    account = build.account(
        provider_id=number.provider_id,
        user_name=number.user_name,
        roles=(PROVIDER,),
        dossiers=(),
        temporary_until=process.now + timedelta(days=15),
    )
    await MongoAccounts(process.database).add(account)
    jobs = jobs_of_temporary_password(
        account.account_id, issued_at=process.now, useless_from=process.now + timedelta(days=15)
    )
    await MongoJobs(process.database).put(jobs)
    return account.account_id


async def work_off(processes: list[Process], **later: float) -> list[str]:
    """Every process does what is due at that time until nothing is; what they sent."""
    for process in processes:
        process.now += timedelta(**later)
        process.publisher.published.clear()

    async def until_idle(process: Process) -> None:
        scheduler = process.scheduler()
        while await scheduler.run_once():
            pass

    await asyncio.gather(*(until_idle(process) for process in processes))
    return await published(processes)


@pytest.mark.req("REG-15")
async def test_two_workers_send_each_reminder_once_and_end_each_account_once(make_database: MakeDatabase) -> None:
    database = await make_database(SCHEMA)
    processes = [Process(database) for _ in range(WORKERS)]
    started = processes[0].now
    for process in processes:
        process.now = started
    accounts = [await waiting_account(processes[0]) for _ in range(12)]
    reminders = await work_off(processes, days=7)
    assert reminders == [SendAccessNotice.wire_type] * len(accounts)
    assert await work_off(processes) == []
    restarted = [Process(database, now=started + timedelta(days=7)) for _ in range(WORKERS)]
    assert await work_off(restarted, days=6) == [SendAccessNotice.wire_type] * len(accounts)
    ended = await work_off(restarted, days=2)
    assert ended.count("identity.access_changed.v1") == ended.count("identity.act_recorded.v1") == len(accounts)
    assert await database.collection(ACCOUNTS).count({}) == await database.collection(JOBS).count({}) == 0


@pytest.mark.req("REG-13")
async def test_a_statement_delivered_twice_is_one_statement(processes: list[Process]) -> None:
    process = processes[0]
    provider = providers.provider()
    event = {
        "batch_number": "10000042",
        "payment_id": new_id(),
        "payee_class": "provider",
        "payee_id": provider.provider_id,
        "amount_cents": 100,
        "claim_ids": (),
        "issued_at": utc_now(),
    }
    handler = partial(on_statement_issued, statements=MongoStatements(process.database))
    join = process.outbox.group(ON_STATEMENT_ISSUED.name, each(handler)).submit
    received = build.received(StatementIssued.model_validate(event))
    await asyncio.gather(*(join(received) for _ in range(5)))
    assert len(await MongoStatements(process.database).list_facts(provider.provider_id, ["10000042"])) == 1
