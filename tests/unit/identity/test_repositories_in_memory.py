import pytest

from tests.support.identity_memory import MemoryAccounts, MemoryAuthenticators, MemoryDossiers, MemoryRegistrations
from tests.support.identity_repositories import (
    AccountRepositoryPromises,
    AuthenticatorRepositoryPromises,
    DossierRepositoryPromises,
    RegistrationRepositoryPromises,
)


class TestMemoryDossiers(DossierRepositoryPromises):
    @pytest.fixture
    def dossiers(self) -> MemoryDossiers:
        return MemoryDossiers()


class TestMemoryAccounts(AccountRepositoryPromises):
    @pytest.fixture
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts()


class TestMemoryRegistrations(RegistrationRepositoryPromises):
    @pytest.fixture
    def registrations(self) -> MemoryRegistrations:
        return MemoryRegistrations()


class TestMemoryAuthenticators(AuthenticatorRepositoryPromises):
    @pytest.fixture
    def authenticators(self) -> MemoryAuthenticators:
        return MemoryAuthenticators()
