from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.identity.agents import generated_password, record_agent
from services.identity.common_passwords import common_passwords
from services.identity.domain.errors import UserNameTakenError
from services.identity.domain.passwords import PasswordPolicy
from services.identity.handlers.accounts import AddAgent
from services.identity.storage import SCHEMA
from services.identity.storage.accounts import MongoAccounts
from shared import outbox
from shared.clock import utc_now
from shared.contracts.identity import AgentAdded
from shared.contracts.identity.access import ActRecorded
from shared.mongo import Database
from shared.schema import Schema
from tests.support import identity_builders as build
from tests.support.identity_bus import Instance

MakeDatabase = Callable[[Schema], Awaitable[Database]]


def rose() -> AddAgent:
    return AddAgent(email=build.random_email(), display_name="Rose Gagnon", language="fr", password="hash")


async def test_an_added_agent_is_published_by_the_running_service(make_database: MakeDatabase) -> None:
    database = await make_database(SCHEMA)
    message = rose()
    await record_agent(message, database, rabbitmq_url="amqp://localhost")
    account = await MongoAccounts(database).get_by_user_name(message.email)
    assert account is not None
    assert account.roles == ("agent",)
    overdue = utc_now() - timedelta(minutes=1)
    await database.collection(outbox.COLLECTION).update_many({"pending": True}, {"$set": {"written_at": overdue}})
    service = Instance(database)
    assert await service.outbox.relay_once() == 1
    assert service.publisher.wire_types() == [AgentAdded.wire_type, ActRecorded.wire_type]


async def test_an_agent_is_added_once(make_database: MakeDatabase) -> None:
    database = await make_database(SCHEMA)
    message = rose()
    await record_agent(message, database, rabbitmq_url="amqp://localhost")
    with pytest.raises(UserNameTakenError):
        await record_agent(message, database, rabbitmq_url="amqp://localhost")
    assert await database.collection(outbox.COLLECTION).count({}) == 1


@pytest.mark.req("REG-4")
def test_generated_passwords_keep_to_the_policy() -> None:
    policy = PasswordPolicy(common_passwords())
    made = {generated_password() for _ in range(50)}
    for password in made:
        policy.check(password, personal=())
    assert len(made) == 50
