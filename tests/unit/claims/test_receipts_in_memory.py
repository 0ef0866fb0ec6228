"""The in-memory storage of papers keeps the contract, so that unit tests on it mean something."""

from datetime import timedelta

import pytest

from services.claims.domain.receipts import Lifetimes
from services.claims.handlers.uploading import Stores
from tests.support.receipts_memory import MemoryReceipts
from tests.support.receipts_repository_contract import ReceiptsRepositoryContract


class TestMemoryReceipts(ReceiptsRepositoryContract):
    @pytest.fixture
    def stores(self) -> Stores:
        memory = MemoryReceipts()
        return Stores(memory, memory, None, Lifetimes(timedelta(hours=24), timedelta(days=30)))
