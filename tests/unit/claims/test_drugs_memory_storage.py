"""The in-memory storage of the drug list keeps the contract."""

import pytest

from tests.support.claims_desk import without_transaction
from tests.support.drugs_memory import MemoryDrugs, MemoryDrugUploads
from tests.support.drugs_repository_contract import DrugRepositoryContract, DrugStores


class TestMemoryDrugs(DrugRepositoryContract):
    @pytest.fixture
    def stores(self) -> DrugStores:
        return DrugStores(MemoryDrugs(), MemoryDrugUploads(), without_transaction)
