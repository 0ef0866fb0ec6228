"""The in-memory storage keeps the contract, so that unit tests on it mean something."""

import pytest

from tests.support.payments_memory import MemoryStorage
from tests.support.payments_repository_contract import PaymentsRepositoryContract
from tests.support.payments_returns_contract import ReturnRepositoryContract


class TestMemoryStorage(PaymentsRepositoryContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()


class TestMemoryReturns(ReturnRepositoryContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()
