import pytest

from tests.support import delegation_memory as memory
from tests.support.delegation_repositories import (
    DelegationRepositoryPromises,
    FormRepositoryPromises,
    GrantRepositoryPromises,
    HolderRepositoryPromises,
    SigningRepositoryPromises,
)
from tests.support.identity_memory import MemoryAccounts


class TestMemoryDelegations(DelegationRepositoryPromises):
    @pytest.fixture
    def delegations(self) -> memory.MemoryDelegations:
        return memory.MemoryDelegations()


class TestMemorySignings(SigningRepositoryPromises):
    @pytest.fixture
    def signings(self) -> memory.MemorySignings:
        return memory.MemorySignings()


class TestMemoryForms(FormRepositoryPromises):
    @pytest.fixture
    def files(self) -> memory.MemoryForms:
        return memory.MemoryForms()


class TestMemoryGrants(GrantRepositoryPromises):
    @pytest.fixture
    def grants(self) -> memory.MemoryGrants:
        return memory.MemoryGrants()


class TestMemoryHolders(HolderRepositoryPromises):
    @pytest.fixture
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts()

    @pytest.fixture
    def holders(self, accounts: MemoryAccounts) -> memory.MemoryHolders:
        return memory.MemoryHolders(accounts)
