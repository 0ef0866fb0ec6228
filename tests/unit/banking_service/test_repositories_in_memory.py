import pytest

from tests.support.banking_memory import MemoryAccounts, MemoryDepositPlans, MemoryHeldDeposits, MemoryPayees
from tests.support.banking_repositories import (
    AccountRepositoryTests,
    DepositPlanRepositoryTests,
    HeldDepositRepositoryTests,
    PayeeRepositoryTests,
)


class TestMemoryAccounts(AccountRepositoryTests):
    @pytest.fixture
    def accounts(self):
        return MemoryAccounts()

    @pytest.fixture
    def history(self, accounts):
        return accounts.history


class TestMemoryPayees(PayeeRepositoryTests):
    @pytest.fixture
    def payees(self):
        return MemoryPayees()


class TestMemoryDepositPlans(DepositPlanRepositoryTests):
    @pytest.fixture
    def plans(self):
        return MemoryDepositPlans()


class TestMemoryHeldDeposits(HeldDepositRepositoryTests):
    @pytest.fixture
    def held(self):
        return MemoryHeldDeposits()
