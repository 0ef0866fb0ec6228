"""The repositories on MongoDB do what those in memory do."""

import pytest

from services.banking.handlers.ports_returns import exception_key
from services.banking.storage import (
    MongoAccounts,
    MongoDepositPlans,
    MongoHeldDeposits,
    MongoPayees,
)
from services.banking.storage_returns import EXCEPTIONS, MongoExceptions
from tests.support import banking_builders as build
from tests.support.banking_repositories import (
    AccountRepositoryTests,
    DepositPlanRepositoryTests,
    HeldDepositRepositoryTests,
    PayeeRepositoryTests,
)


class TestMongoAccounts(AccountRepositoryTests):
    @pytest.fixture
    async def accounts(self, database):
        return MongoAccounts(database)


class TestMongoPayees(PayeeRepositoryTests):
    @pytest.fixture
    async def payees(self, database):
        return MongoPayees(database)


class TestMongoHeldDeposits(HeldDepositRepositoryTests):
    @pytest.fixture
    async def held(self, database):
        return MongoHeldDeposits(database)


class TestMongoDepositPlans(DepositPlanRepositoryTests):
    @pytest.fixture
    async def plans(self, database):
        return MongoDepositPlans(database)


async def test_a_finding_is_on_the_exception_list_once(database):
    exceptions, found = MongoExceptions(database), build.bank_exception()
    await exceptions.record([found, build.bank_exception()])
    await exceptions.record([found])
    await exceptions.record([])
    rows = await database.collection(EXCEPTIONS).find({"_id": found.exception_id})
    assert rows == [
        {
            "_id": found.exception_id,
            "key": exception_key(found.exception_id),
            "kind": "unknown_reference",
            "source": "digest",
            "subject": "ABC",
            "found_at": build.NOW,
            "amount_cents": 5,
        }
    ]
    assert await database.collection(EXCEPTIONS).count({}) == 2
