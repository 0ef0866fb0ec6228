import pytest

from tests.support.banking_memory import MemoryAccounts, MemoryDepositPlans, MemoryPayees
from tests.support.banking_repositories import (
    AccountRepositoryTests,
    DepositPlanRepositoryTests,
    PayeeRepositoryTests,
)


class TestMemoryAccounts(AccountRepositoryTests):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()


class TestMemoryPayees(PayeeRepositoryTests):
    @pytest.fixture
    def payees(self):
        return MemoryPayees()


class TestMemoryDepositPlans(DepositPlanRepositoryTests):
    @pytest.fixture
    def plans(self):
        return MemoryDepositPlans()
