import pytest

from tests.support.identity_memory import (
    MemoryAcceptances,
    MemoryAccounts,
    MemoryAuthenticators,
    MemoryCases,
    MemoryChecks,
    MemoryContactChoices,
    MemoryDossiers,
    MemoryFlows,
)
from tests.support.identity_repositories import (
    AcceptanceRepositoryPromises,
    AccountRepositoryPromises,
    AuthenticatorRepositoryPromises,
    CaseRepositoryPromises,
    CheckRepositoryPromises,
    ContactChoiceRepositoryPromises,
    DossierRepositoryPromises,
    FlowRepositoryPromises,
)


class TestMemoryDossiers(DossierRepositoryPromises):
    @pytest.fixture
    def dossiers(self) -> MemoryDossiers:
        return MemoryDossiers()


class TestMemoryAccounts(AccountRepositoryPromises):
    @pytest.fixture
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts()


class TestMemoryFlows(FlowRepositoryPromises):
    @pytest.fixture
    def flows(self) -> MemoryFlows:
        return MemoryFlows()


class TestMemoryChecks(CheckRepositoryPromises):
    @pytest.fixture
    def checks(self) -> MemoryChecks:
        return MemoryChecks()


class TestMemoryAcceptances(AcceptanceRepositoryPromises):
    @pytest.fixture
    def acceptances(self) -> MemoryAcceptances:
        return MemoryAcceptances()


class TestMemoryContactChoices(ContactChoiceRepositoryPromises):
    @pytest.fixture
    def choices(self) -> MemoryContactChoices:
        return MemoryContactChoices()


class TestMemoryCases(CaseRepositoryPromises):
    @pytest.fixture
    def cases(self) -> MemoryCases:
        return MemoryCases()


class TestMemoryAuthenticators(AuthenticatorRepositoryPromises):
    @pytest.fixture
    def authenticators(self) -> MemoryAuthenticators:
        return MemoryAuthenticators()
