"""Delegation under parallel requests, on real transactions: several processes share one database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from services.identity.domain.delegation_errors import DelegationDecidedError, DelegationExistsError, FormUsedError
from services.identity.domain.delegations import Party, Service, SignatureKind
from services.identity.pdf_forms import PdfForms
from services.identity.routes.delegation import writing
from services.identity.storage import SCHEMA
from services.identity.storage.accounts import ACCOUNTS, MongoAccounts
from services.identity.storage.delegations import REQUESTS, MongoDelegations
from services.identity.storage.grants import GRANTS, MongoGrants
from services.identity.wiring import delegation as delegation_wiring
from shared.clock import business_day, new_id, utc_now
from shared.consuming import Handler
from shared.contracts import Actor, Message
from shared.contracts.identity.delegation import DecideDelegation, DelegationApproved
from shared.contracts.identity.grants import ChangeGrant, GrantChanged
from shared.contracts.notification import SendAccessNotice
from shared.mongo import Database, DuplicateKey
from shared.notices import Notices
from shared.outbox import Outbox, OutboxSettings
from shared.schema import Schema
from tests.support import delegation_builders as build
from tests.support import identity_builders, keys
from tests.support.delegation_repositories import form
from tests.support.identity_bus import RecordingPublisher

MakeDatabase = Callable[[Schema], Awaitable[Database]]
RIVALS = 12


@dataclass(slots=True)
class Process:
    """One process of the service, as far as delegation's writing handlers go."""

    database: Database
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)
    outbox: Outbox = field(init=False)
    handlers: dict[type[Message], Handler] = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.database, self.publisher, OutboxSettings(source="identity"))
        means = delegation_wiring.means_of(
            forms=PdfForms(),
            notices=Notices(keys.public("notification"), clock=utc_now, ids=new_id),
            hashing=identity_builders.hashing(),
            clock=utc_now,
            ids=new_id,
        )
        stores = delegation_wiring.stores_in(self.database)
        self.handlers = writing(delegation_wiring.handlers_of(stores, means), self.outbox)

    async def do(self, message: Message, actor: Actor) -> bytes | None:
        return await self.handlers[type(message)](identity_builders.received(message, actor))


@pytest.fixture
async def processes(make_database: MakeDatabase) -> list[Process]:
    database = await make_database(SCHEMA)
    return [Process(database) for _ in range(3)]


async def side_by_side(processes: Sequence[Process], tasks: Sequence[tuple[Message, Actor]]) -> list[Any]:
    answers = await asyncio.gather(
        *(processes[index % len(processes)].do(*task) for index, task in enumerate(tasks)), return_exceptions=True
    )
    for process in processes:
        await process.outbox.drain()
    return list(answers)


def published(processes: Sequence[Process], kind: type[Message]) -> int:
    return sum(process.publisher.wire_types().count(kind.wire_type) for process in processes)


async def provider_in(database: Database) -> Actor:
    account = identity_builders.account(roles=("provider",), provider_id=new_id(), dossiers=())
    await MongoAccounts(database).add(account)
    return build.provider_actor(str(account.provider_id), account.account_id)


@pytest.mark.req("DEL-5", "DEL-6", "D1", "D2")
async def test_of_agents_who_decide_at_once_exactly_one_does(processes: list[Process]) -> None:
    database = processes[0].database
    actor = await provider_in(database)
    draft = build.request(provider_id=actor.provider_id, valid_from=business_day(utc_now()), valid_to=None)
    now = utc_now()
    await MongoDelegations(database).add(draft.sign(Party.PROVIDER, now=now).sign(Party.DELEGATE, now=now))
    approve = DecideDelegation(request_id=draft.request_id, approve=True)
    refuse = DecideDelegation(request_id=draft.request_id, approve=False, reason_code="not_staff")

    answers = await side_by_side(
        processes, [(approve if n % 2 else refuse, identity_builders.agent()) for n in range(RIVALS)]
    )

    (decided,) = [orjson.loads(answer) for answer in answers if isinstance(answer, bytes)]
    assert sum(isinstance(answer, DelegationDecidedError) for answer in answers) == RIVALS - 1
    approved = decided["state"] == "approved"
    assert published(processes, DelegationApproved) == approved
    assert await database.collection(GRANTS).count({}) == approved
    assert await database.collection(ACCOUNTS).count({"roles": "delegate"}) == approved
    assert published(processes, SendAccessNotice) == (2 if approved else 1)


@pytest.mark.req("DEL-2", "D1")
async def test_of_equal_requests_at_once_exactly_one_is_made(processes: list[Process]) -> None:
    database = processes[0].database
    actor = await provider_in(database)
    addresses = {
        "delegate_email": identity_builders.random_email(),
        "provider_email": identity_builders.random_email(),
        "valid_from": business_day(utc_now()),
    }
    answers = await side_by_side(processes, [(build.request_delegation(**addresses), actor) for _ in range(RIVALS)])
    assert sum(isinstance(answer, bytes) for answer in answers) == 1
    assert sum(isinstance(answer, DelegationExistsError) for answer in answers) == RIVALS - 1
    assert await database.collection(REQUESTS).count({}) == 1


@pytest.mark.req("DEL-6", "DEL-8", "D1")
async def test_two_services_approved_at_once_for_one_delegate_make_one_account(processes: list[Process]) -> None:
    database = processes[0].database
    actor = await provider_in(database)
    person: dict[str, Any] = {
        "provider_id": actor.provider_id,
        "provider_email": identity_builders.random_email(),
        "delegate_email": identity_builders.random_email(),
        "valid_from": business_day(utc_now()),
    }
    tasks: list[tuple[Message, Actor]] = []
    for service in ("billing", "payments", "profile", "inbox"):
        draft = build.request(service=Service(service), valid_to=None, **person)
        await MongoDelegations(database).add(draft.attach(form(), SignatureKind.STYLUS, now=utc_now()))
        tasks.append((DecideDelegation(request_id=draft.request_id, approve=True), identity_builders.agent()))

    answers = await side_by_side(processes, tasks)

    assert [answer for answer in answers if not isinstance(answer, bytes)] == []
    grants = await database.collection(GRANTS).find({})
    assert {grant["service"] for grant in grants} == {"billing", "payments", "profile", "inbox"}
    assert len({grant["account_id"] for grant in grants}) == 1
    assert await database.collection(ACCOUNTS).count({"roles": "delegate"}) == 1


@pytest.mark.req("DEL-8", "D1")
async def test_a_row_of_grants_is_unique_and_changes_one_step_at_a_time(processes: list[Process]) -> None:
    database = processes[0].database
    actor = await provider_in(database)
    grants = MongoGrants(database)
    grant = build.grant(provider_id=actor.provider_id, valid_to=None)
    twins = [build.grant(provider_id=grant.provider_id, account_id=grant.account_id) for _ in range(RIVALS)]
    outcomes = await asyncio.gather(*(grants.add(each) for each in (grant, *twins)), return_exceptions=True)
    assert sum(isinstance(outcome, DuplicateKey) for outcome in outcomes) == RIVALS
    (row,) = await grants.list_by_provider(grant.provider_id)

    await side_by_side(
        processes, [(ChangeGrant(grant_id=row.grant_id, status="revoked"), actor) for _ in range(RIVALS)]
    )

    stored = await grants.get(row.grant_id)
    assert stored is not None
    assert (stored.status.value, stored.version) == ("revoked", 2)
    assert published(processes, GrantChanged) == 1


@pytest.mark.req("DEL-4")
async def test_one_file_for_many_requests_at_once_belongs_to_one_of_them(processes: list[Process]) -> None:
    database = processes[0].database
    delegations, attached = MongoDelegations(database), form()
    drafts = [build.request() for _ in range(RIVALS)]
    for draft in drafts:
        await delegations.add(draft)
    outcomes = await asyncio.gather(
        *(delegations.save(each.attach(attached, SignatureKind.SCANNED, now=utc_now())) for each in drafts),
        return_exceptions=True,
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert all(isinstance(outcome, DuplicateKey | FormUsedError) for outcome in outcomes if outcome is not None)
