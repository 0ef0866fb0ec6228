"""Books and records in memory keep the contract of those on MongoDB."""

import pytest

from tests.support.ledger_repository_contract import LedgerRepositoryContract
from tests.support.payments_memory import MemoryStorage


class TestMemoryBooks(LedgerRepositoryContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()
