import pytest

from tests.support.agreement_repositories import AgreementRepositoryPromises
from tests.support.hygienist_desk import MemoryAgreements


class TestMemoryAgreements(AgreementRepositoryPromises):
    @pytest.fixture
    def agreements(self) -> MemoryAgreements:
        return MemoryAgreements()
