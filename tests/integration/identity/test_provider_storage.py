from collections.abc import Awaitable, Callable

import pytest

from services.identity.storage import SCHEMA
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.consents import MongoConsents
from services.identity.storage.jobs import MongoJobs
from services.identity.storage.professionals import MongoProfessionals
from services.identity.storage.providers import MongoProviders, MongoSpecialties, MongoStatements
from shared.mongo import Database
from shared.schema import Schema
from tests.support.provider_repositories import (
    ConsentPromises,
    JobPromises,
    ProfessionalPromises,
    ProviderAccountPromises,
    RegisterPromises,
    SpecialtyPromises,
    StatementPromises,
)

MakeDatabase = Callable[[Schema], Awaitable[Database]]


class TestMongoProviderAccounts(ProviderAccountPromises):
    @pytest.fixture
    async def accounts(self, make_database: MakeDatabase) -> MongoAccounts:
        return MongoAccounts(await make_database(SCHEMA))


class TestMongoProviders(RegisterPromises):
    @pytest.fixture
    async def register(self, make_database: MakeDatabase) -> MongoProviders:
        return MongoProviders(await make_database(SCHEMA))


class TestMongoSpecialties(SpecialtyPromises):
    @pytest.fixture
    async def register(self, make_database: MakeDatabase) -> MongoSpecialties:
        return MongoSpecialties(await make_database(SCHEMA))


class TestMongoProfessionals(ProfessionalPromises):
    @pytest.fixture
    async def register(self, make_database: MakeDatabase) -> MongoProfessionals:
        return MongoProfessionals(await make_database(SCHEMA))


class TestMongoStatements(StatementPromises):
    @pytest.fixture
    async def statements(self, make_database: MakeDatabase) -> MongoStatements:
        return MongoStatements(await make_database(SCHEMA))


class TestMongoJobs(JobPromises):
    @pytest.fixture
    async def jobs(self, make_database: MakeDatabase) -> MongoJobs:
        return MongoJobs(await make_database(SCHEMA))


class TestMongoConsents(ConsentPromises):
    @pytest.fixture
    async def consents(self, make_database: MakeDatabase) -> MongoConsents:
        return MongoConsents(await make_database(SCHEMA))
