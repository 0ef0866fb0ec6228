"""REG-1 and R3 under parallel requests, on real transactions: several processes share one database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from services.identity.domain.errors import DossierNotMatchedError, RegistrationNotConfirmedError
from services.identity.domain.roster import Dossier
from services.identity.storage import SCHEMA
from services.identity.storage.accounts import ACCOUNTS, LINKS, MongoAccounts
from services.identity.storage.checks import CHECKS
from services.identity.storage.flows import FLOWS
from services.identity.storage.roster import MongoDossiers
from shared.clock import new_id
from shared.contracts.identity import MemberRegistered
from shared.contracts.identity.enrolment import StartEnrolment, SubmitStep
from shared.contracts.identity.own_account import AddDossier
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.errors import AppError
from shared.mongo import Database
from shared.schema import Schema
from tests.support import identity_builders as build
from tests.support.identity_bus import Instance
from tests.support.identity_enrolment import credentials_email, facts

MakeDatabase = Callable[[Schema], Awaitable[Database]]

RIVALS = 50


@pytest.fixture
async def instances(make_database: MakeDatabase) -> list[Instance]:
    database = await make_database(SCHEMA)
    return [Instance(database) for _ in range(5)]


async def on_roster(instances: list[Instance]) -> Dossier:
    dossier = build.dossier()
    await MongoDossiers(instances[0].database).save_all([dossier])
    return dossier


def step(enrolment_id: str, name: str, **data: Any) -> Received[SubmitStep]:
    code = build.sealed_code() if name == "credentials_email" else None
    message = {"enrolment_id": enrolment_id, "data": {"step": name} | data, "code": code}
    return build.received(SubmitStep.model_validate(message))


async def walk(instance: Instance, dossier: Dossier, **changes: Any) -> str:
    """An enrolment up to the code."""
    enrolment_id = new_id()
    start = StartEnrolment(enrolment_id=enrolment_id, path="member_email", language="fr")
    await instance.start(build.received(start))
    await instance.submit(step(enrolment_id, "roster_facts", **facts(dossier)))
    await instance.submit(step(enrolment_id, "credentials_email", **credentials_email(enrolment_id, **changes)))
    return enrolment_id


async def confirm_all(instances: list[Instance], enrolment_ids: list[str]) -> list[bytes | BaseException | None]:
    answers = await asyncio.gather(
        *(instances[at % len(instances)].submit(step(item, "code")) for at, item in enumerate(enrolment_ids)),
        return_exceptions=True,
    )
    await drained(instances)
    return answers


async def drained(instances: list[Instance]) -> None:
    for instance in instances:
        await instance.outbox.drain()


def published(instances: list[Instance]) -> list[str]:
    return [wire_type for instance in instances for wire_type in instance.publisher.wire_types()]


@pytest.mark.req("REG-1", "R3")
async def test_r3_fifty_parallel_registrations_of_one_certificate_make_exactly_one_account(
    instances: list[Instance],
) -> None:
    dossier = await on_roster(instances)
    walks = [await walk(instances[at % len(instances)], dossier) for at in range(RIVALS)]
    answers = await confirm_all(instances, walks)
    refused = [answer for answer in answers if isinstance(answer, RegistrationNotConfirmedError)]
    (winner,) = [orjson.loads(answer) for answer in answers if isinstance(answer, bytes)]
    (account,) = await instances[0].database.collection(ACCOUNTS).find({})
    (link,) = await instances[0].database.collection(LINKS).find({})
    assert len(refused) == RIVALS - 1
    assert winner["account"]["account_id"] == account["_id"] == link["account_id"]
    assert published(instances).count(SendCode.wire_type) == RIVALS
    assert published(instances).count(MemberRegistered.wire_type) == 1


@pytest.mark.req("REG-1", "R3")
async def test_r3_fifty_parallel_registrations_with_one_address_make_exactly_one_account(
    instances: list[Instance],
) -> None:
    email = build.random_email()
    spellings = (email, email.upper(), email.title())
    dossiers = [await on_roster(instances) for _ in range(RIVALS)]
    walks = [
        await walk(instances[at % len(instances)], dossier, email=spellings[at % len(spellings)])
        for at, dossier in enumerate(dossiers)
    ]
    answers = await confirm_all(instances, walks)
    assert sum(isinstance(answer, bytes) for answer in answers) == 1
    assert sum(isinstance(answer, RegistrationNotConfirmedError) for answer in answers) == RIVALS - 1
    assert await instances[0].database.collection(ACCOUNTS).count({}) == 1
    assert await instances[0].database.collection(LINKS).count({}) == 1


@pytest.mark.req("REG-1", "R2")
async def test_fifty_parallel_confirmations_of_one_enrolment_answer_with_one_account(
    instances: list[Instance],
) -> None:
    enrolment_id = await walk(instances[0], await on_roster(instances))
    answers = await confirm_all(instances, [enrolment_id] * RIVALS)
    assert len(set(answers)) == 1
    assert isinstance(answers[0], bytes)
    assert published(instances).count(MemberRegistered.wire_type) == 1


@pytest.mark.req("REG-1")
async def test_a_step_that_was_delivered_twice_mails_once(instances: list[Instance]) -> None:
    enrolment_id = new_id()
    await instances[0].start(
        build.received(StartEnrolment(enrolment_id=enrolment_id, path="member_email", language="fr"))
    )
    await instances[0].submit(step(enrolment_id, "roster_facts", **facts(await on_roster(instances))))
    received = step(enrolment_id, "credentials_email", **credentials_email(enrolment_id))
    answers = await asyncio.gather(instances[0].submit(received), instances[1].submit(received))
    await drained(instances)
    assert answers[0] == answers[1]
    assert published(instances) == [SendCode.wire_type]
    assert await instances[0].database.collection(FLOWS).count({}) == 1


@pytest.mark.req("REG-7")
async def test_of_rivals_who_add_one_dossier_one_gets_it_and_every_check_is_counted(
    instances: list[Instance],
) -> None:
    dossier, accounts = await on_roster(instances), MongoAccounts(instances[0].database)
    rivals = [build.account() for _ in range(10)]
    for rival in rivals:
        await accounts.add(rival)
    message = AddDossier.model_validate(facts(dossier))
    answers = await asyncio.gather(
        *(
            instances[at % len(instances)].add_dossier(
                build.received(message, build.member_actor("any", account_id=rival.account_id))
            )
            for at, rival in enumerate(rivals)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, bytes) for answer in answers) == 1
    assert all(isinstance(answer, bytes | DossierNotMatchedError) for answer in answers)
    assert await instances[0].database.collection(CHECKS).count({"dossier_id": dossier.dossier_id}) == len(rivals)


@pytest.mark.req("REG-7", "REG-21")
async def test_a_refused_dossier_leaves_its_miss_behind(instances: list[Instance]) -> None:
    dossier, account = await on_roster(instances), build.account()
    await MongoAccounts(instances[0].database).add(account)
    wrong = AddDossier.model_validate(facts(dossier, birth_date="1931-01-01"))
    actor = build.member_actor("any", account_id=account.account_id)
    for _ in range(2):
        with pytest.raises(AppError):
            await instances[0].add_dossier(build.received(wrong, actor))
    misses = {"dossier_id": dossier.dossier_id, "matched": False}
    assert await instances[0].database.collection(CHECKS).count(misses) == 2
