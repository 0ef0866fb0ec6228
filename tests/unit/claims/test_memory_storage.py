"""The in-memory storage keeps the contract, so that unit tests on it mean something."""

import pytest

from services.claims.handlers.deciding import Repositories
from services.claims.handlers.ports_lookups import OtherCoverageRepository
from tests.support.claims_desk import MemoryDesk
from tests.support.claims_memory import MemoryOtherCoverages
from tests.support.claims_repository_contract import ClaimsRepositoryContract
from tests.support.other_coverages_contract import OtherCoveragesContract


class TestMemoryStorage(ClaimsRepositoryContract):
    @pytest.fixture
    def stores(self) -> Repositories:
        return MemoryDesk().repositories


class TestMemoryOtherCoverages(OtherCoveragesContract):
    @pytest.fixture
    def declared(self) -> OtherCoverageRepository:
        return MemoryOtherCoverages()
