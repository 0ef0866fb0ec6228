"""The in-memory storage keeps the contract, so that unit tests on it mean something."""

import pytest

from services.claims.handlers.deciding import Repositories
from tests.support.claims_desk import MemoryDesk
from tests.support.claims_repository_contract import ClaimsRepositoryContract


class TestMemoryStorage(ClaimsRepositoryContract):
    @pytest.fixture
    def stores(self) -> Repositories:
        return MemoryDesk().repositories
