import pytest

from tests.support.payments_memory import MemoryStorage
from tests.support.payments_runs_contract import RunsRepositoryContract


class TestMemoryRuns(RunsRepositoryContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()
