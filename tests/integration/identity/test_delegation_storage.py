from collections.abc import Awaitable, Callable

import pytest

from services.identity.storage import SCHEMA
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.delegation_files import MongoForms
from services.identity.storage.delegations import MongoDelegations, MongoSignings
from services.identity.storage.grants import (
    ADMINISTRATOR_CREDENTIALS,
    MongoAdministratorSecurity,
    MongoGrants,
    MongoHolders,
)
from shared.mongo import Database
from shared.schema import Schema
from tests.support.delegation_repositories import (
    DelegationRepositoryPromises,
    FormRepositoryPromises,
    GrantRepositoryPromises,
    HolderRepositoryPromises,
    SigningRepositoryPromises,
)

MakeDatabase = Callable[[Schema], Awaitable[Database]]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


class TestMongoDelegations(DelegationRepositoryPromises):
    @pytest.fixture
    def delegations(self, database: Database) -> MongoDelegations:
        return MongoDelegations(database)


class TestMongoSignings(SigningRepositoryPromises):
    @pytest.fixture
    def signings(self, database: Database) -> MongoSignings:
        return MongoSignings(database)


class TestMongoForms(FormRepositoryPromises):
    @pytest.fixture
    def files(self, database: Database) -> MongoForms:
        return MongoForms(database)


class TestMongoGrants(GrantRepositoryPromises):
    @pytest.fixture
    def grants(self, database: Database) -> MongoGrants:
        return MongoGrants(database)


class TestMongoHolders(HolderRepositoryPromises):
    @pytest.fixture
    def accounts(self, database: Database) -> MongoAccounts:
        return MongoAccounts(database)

    @pytest.fixture
    def holders(self, database: Database) -> MongoHolders:
        return MongoHolders(database)


@pytest.mark.req("DEL-9")
async def test_administrator_security_is_there_once_there_is_a_credential(database: Database) -> None:
    security = MongoAdministratorSecurity(database)
    assert not await security.has_administrator_security("provider-1")
    await database.collection(ADMINISTRATOR_CREDENTIALS).insert_one({"_id": "provider-1"})
    await database.collection(ADMINISTRATOR_CREDENTIALS).insert_one({"_id": "x", "provider_id": "provider-2"})
    assert await security.has_administrator_security("provider-1")
    assert await security.has_administrator_security("provider-2")
    assert not await security.has_administrator_security("provider-3")
