import pytest

from tests.support.identity_memory import MemoryAccounts
from tests.support.provider_memory import MemoryConsents, MemoryJobs, MemoryRegister, MemoryStatements
from tests.support.provider_repositories import (
    ConsentPromises,
    JobPromises,
    ProfessionalPromises,
    ProviderAccountPromises,
    RegisterPromises,
    SpecialtyPromises,
    StatementPromises,
)


class TestMemoryProviderAccounts(ProviderAccountPromises):
    @pytest.fixture
    def accounts(self) -> MemoryAccounts:
        return MemoryAccounts()


class TestMemoryProviders(RegisterPromises):
    @pytest.fixture
    def register(self) -> MemoryRegister:
        return MemoryRegister()


class TestMemorySpecialties(SpecialtyPromises):
    @pytest.fixture
    def register(self) -> MemoryRegister:
        return MemoryRegister()


class TestMemoryProfessionals(ProfessionalPromises):
    @pytest.fixture
    def register(self) -> MemoryRegister:
        return MemoryRegister()


class TestMemoryStatements(StatementPromises):
    @pytest.fixture
    def statements(self) -> MemoryStatements:
        return MemoryStatements()


class TestMemoryJobs(JobPromises):
    @pytest.fixture
    def jobs(self) -> MemoryJobs:
        return MemoryJobs()


class TestMemoryConsents(ConsentPromises):
    @pytest.fixture
    def consents(self) -> MemoryConsents:
        return MemoryConsents()
