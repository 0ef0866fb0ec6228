"""REG-1 under parallel requests, on real transactions: several processes share one database."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import pytest

from services.identity.domain.errors import RegistrationNotConfirmedError
from services.identity.domain.roster import DossierNumber
from services.identity.storage import SCHEMA
from services.identity.storage.accounts import ACCOUNTS, LINKS
from services.identity.storage.registrations import REGISTRATIONS
from services.identity.storage.roster import MongoDossiers
from shared.contracts.identity import ConfirmRegistration, MemberRegistered, StartRegistration
from shared.contracts.notification import SendCode
from shared.envelopes import Received
from shared.mongo import Database
from shared.schema import Schema
from tests.support import identity_builders as build
from tests.support.identity_bus import Instance

MakeDatabase = Callable[[Schema], Awaitable[Database]]

RIVALS = 50


@pytest.fixture
async def instances(make_database: MakeDatabase) -> list[Instance]:
    database = await make_database(SCHEMA)
    return [Instance(database) for _ in range(5)]


async def on_roster(instances: list[Instance]) -> DossierNumber:
    dossier = build.dossier()
    await MongoDossiers(instances[0].database).save_all([dossier])
    return dossier.number


async def start_all(instances: list[Instance], messages: list[StartRegistration]) -> None:
    await asyncio.gather(
        *(instances[index % len(instances)].start(build.received(item)) for index, item in enumerate(messages))
    )


async def confirm_all(
    instances: list[Instance], confirmations: list[Received[ConfirmRegistration]]
) -> list[bytes | BaseException | None]:
    answers = await asyncio.gather(
        *(instances[index % len(instances)].confirm(item) for index, item in enumerate(confirmations)),
        return_exceptions=True,
    )
    await drained(instances)
    return answers


async def drained(instances: list[Instance]) -> None:
    for instance in instances:
        await instance.outbox.drain()


def published(instances: list[Instance]) -> list[str]:
    return [wire_type for instance in instances for wire_type in instance.publisher.wire_types()]


def confirmation(message: StartRegistration) -> Received[ConfirmRegistration]:
    return build.received(ConfirmRegistration(registration_id=message.registration_id))


@pytest.mark.req("REG-1")
async def test_fifty_parallel_registrations_of_one_certificate_make_exactly_one_account(
    instances: list[Instance],
) -> None:
    number = await on_roster(instances)
    messages = [build.start_registration(number) for _ in range(RIVALS)]
    await start_all(instances, messages)
    answers = await confirm_all(instances, [confirmation(item) for item in messages])
    refused = [answer for answer in answers if isinstance(answer, RegistrationNotConfirmedError)]
    (winner,) = [orjson.loads(answer) for answer in answers if isinstance(answer, bytes)]
    (account,) = await instances[0].database.collection(ACCOUNTS).find({})
    (link,) = await instances[0].database.collection(LINKS).find({})
    assert len(refused) == RIVALS - 1
    assert winner["account_id"] == account["_id"] == link["account_id"]
    assert published(instances).count(SendCode.wire_type) == RIVALS
    assert published(instances).count(MemberRegistered.wire_type) == 1


@pytest.mark.req("REG-1")
async def test_fifty_parallel_registrations_with_one_address_make_exactly_one_account(
    instances: list[Instance],
) -> None:
    email = build.random_email()
    messages = [build.start_registration(await on_roster(instances), email=email) for _ in range(RIVALS)]
    await start_all(instances, messages)
    answers = await confirm_all(instances, [confirmation(item) for item in messages])
    assert sum(isinstance(answer, bytes) for answer in answers) == 1
    assert sum(isinstance(answer, RegistrationNotConfirmedError) for answer in answers) == RIVALS - 1
    assert await instances[0].database.collection(ACCOUNTS).count({}) == 1
    assert await instances[0].database.collection(LINKS).count({}) == 1


@pytest.mark.req("REG-1")
async def test_fifty_parallel_confirmations_of_one_registration_answer_with_one_account(
    instances: list[Instance],
) -> None:
    message = build.start_registration(await on_roster(instances))
    await start_all(instances, [message])
    answers = await confirm_all(instances, [confirmation(message) for _ in range(RIVALS)])
    assert len(set(answers)) == 1
    assert isinstance(answers[0], bytes)
    assert published(instances).count(MemberRegistered.wire_type) == 1


@pytest.mark.req("REG-1")
async def test_a_start_that_was_delivered_twice_mails_once(instances: list[Instance]) -> None:
    received = build.received(build.start_registration(await on_roster(instances)))
    again = build.received(received.message)
    first, second, third = await asyncio.gather(
        instances[0].start(received), instances[1].start(received), instances[2].start(again)
    )
    await drained(instances)
    assert first == second == third
    assert published(instances) == [SendCode.wire_type]
    assert await instances[0].database.collection(REGISTRATIONS).count({}) == 1
