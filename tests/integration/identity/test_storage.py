from collections.abc import Awaitable, Callable

import pytest

from services.identity.storage import SCHEMA
from services.identity.storage.acceptances import MongoAcceptances
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.authenticators import MongoAuthenticators
from services.identity.storage.cases import MongoCases
from services.identity.storage.checks import MongoChecks
from services.identity.storage.contact_choices import MongoContactChoices
from services.identity.storage.flows import MongoFlows
from services.identity.storage.roster import MongoDossiers
from shared.mongo import Database
from shared.schema import Schema
from tests.support.identity_repositories import (
    AcceptanceRepositoryPromises,
    AccountRepositoryPromises,
    AuthenticatorRepositoryPromises,
    CaseRepositoryPromises,
    CheckRepositoryPromises,
    ContactChoiceRepositoryPromises,
    DossierRepositoryPromises,
    FlowRepositoryPromises,
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


class TestMongoFlows(FlowRepositoryPromises):
    @pytest.fixture
    async def flows(self, make_database: MakeDatabase) -> MongoFlows:
        return MongoFlows(await make_database(SCHEMA))


class TestMongoChecks(CheckRepositoryPromises):
    @pytest.fixture
    async def checks(self, make_database: MakeDatabase) -> MongoChecks:
        return MongoChecks(await make_database(SCHEMA))


class TestMongoAcceptances(AcceptanceRepositoryPromises):
    @pytest.fixture
    async def acceptances(self, make_database: MakeDatabase) -> MongoAcceptances:
        return MongoAcceptances(await make_database(SCHEMA))


class TestMongoContactChoices(ContactChoiceRepositoryPromises):
    @pytest.fixture
    async def choices(self, make_database: MakeDatabase) -> MongoContactChoices:
        return MongoContactChoices(await make_database(SCHEMA))


class TestMongoCases(CaseRepositoryPromises):
    @pytest.fixture
    async def cases(self, make_database: MakeDatabase) -> MongoCases:
        return MongoCases(await make_database(SCHEMA))


class TestMongoAuthenticators(AuthenticatorRepositoryPromises):
    @pytest.fixture
    async def authenticators(self, make_database: MakeDatabase) -> MongoAuthenticators:
        return MongoAuthenticators(await make_database(SCHEMA))
