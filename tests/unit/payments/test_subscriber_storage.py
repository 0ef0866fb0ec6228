"""The storage in memory keeps the same contract as the one on MongoDB."""

import pytest

from tests.support.payments_subscribers_contract import SubscribersRepositoryContract
from tests.support.payments_subscribers_memory import MemorySubscribers


class TestMemorySubscribers(SubscribersRepositoryContract):
    @pytest.fixture
    def subscribers(self) -> MemorySubscribers:
        return MemorySubscribers()
