import pytest

from tests.support.identity_memory import (
    MemoryAcceptances,
    MemoryAccounts,
    MemoryChecks,
    MemoryContactChoices,
    MemoryDossiers,
    MemoryFlows,
    MemoryRecoveries,
)
from tests.support.identity_repositories import (
    AcceptanceRepositoryPromises,
    AccountRepositoryPromises,
    CheckRepositoryPromises,
    ContactChoiceRepositoryPromises,
    DossierRepositoryPromises,
    FlowRepositoryPromises,
    RecoveryRecordPromises,
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


class TestMemoryRecoveries(RecoveryRecordPromises):
    @pytest.fixture
    def recoveries(self) -> MemoryRecoveries:
        return MemoryRecoveries()


class TestMemoryAcceptances(AcceptanceRepositoryPromises):
    @pytest.fixture
    def acceptances(self) -> MemoryAcceptances:
        return MemoryAcceptances()


class TestMemoryContactChoices(ContactChoiceRepositoryPromises):
    @pytest.fixture
    def choices(self) -> MemoryContactChoices:
        return MemoryContactChoices()
