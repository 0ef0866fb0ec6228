from collections.abc import Awaitable, Callable

import pytest

from services.identity.storage import SCHEMA
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.authenticators import MongoAuthenticators
from services.identity.storage.registrations import MongoRegistrations
from services.identity.storage.roster import MongoDossiers
from shared.mongo import Database
from shared.schema import Schema
from tests.support.identity_repositories import (
    AccountRepositoryPromises,
    AuthenticatorRepositoryPromises,
    DossierRepositoryPromises,
    RegistrationRepositoryPromises,
)

MakeDatabase = Callable[[Schema], Awaitable[Database]]


class TestMongoDossiers(DossierRepositoryPromises):
    @pytest.fixture
    async def dossiers(self, make_database: MakeDatabase) -> MongoDossiers:
        return MongoDossiers(await make_database(SCHEMA))


class TestMongoAccounts(AccountRepositoryPromises):
    @pytest.fixture
    async def accounts(self, make_database: MakeDatabase) -> MongoAccounts:
        return MongoAccounts(await make_database(SCHEMA))


class TestMongoRegistrations(RegistrationRepositoryPromises):
    @pytest.fixture
    async def registrations(self, make_database: MakeDatabase) -> MongoRegistrations:
        return MongoRegistrations(await make_database(SCHEMA))


class TestMongoAuthenticators(AuthenticatorRepositoryPromises):
    @pytest.fixture
    async def authenticators(self, make_database: MakeDatabase) -> MongoAuthenticators:
        return MongoAuthenticators(await make_database(SCHEMA))
