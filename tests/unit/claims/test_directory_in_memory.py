"""The directory in memory keeps the contract, so that unit tests on it mean something."""

import pytest

from tests.support.directory_desk import DirectoryDesk
from tests.support.directory_memory import MemoryUsedProviders
from tests.support.directory_repository_contract import DirectoryRepositoryContract, DirectoryStores


class TestMemoryDirectory(DirectoryRepositoryContract):
    @pytest.fixture
    def stores(self) -> DirectoryStores:
        desk = DirectoryDesk()
        return DirectoryStores(desk.entries, desk.accounts, MemoryUsedProviders(desk.claims), desk.claims)
