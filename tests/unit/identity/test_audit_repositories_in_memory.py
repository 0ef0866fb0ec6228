import pytest

from tests.support.identity_audit_memory import MemoryAudit, MemoryClients, MemoryHeads
from tests.support.identity_audit_repositories import (
    AuditRepositoryPromises,
    ClientRepositoryPromises,
    HeadRepositoryPromises,
)


class TestMemoryAudit(AuditRepositoryPromises):
    @pytest.fixture
    def audit(self) -> MemoryAudit:
        return MemoryAudit()


class TestMemoryHeads(HeadRepositoryPromises):
    @pytest.fixture
    def heads(self) -> MemoryHeads:
        return MemoryHeads()


class TestMemoryClients(ClientRepositoryPromises):
    @pytest.fixture
    def clients(self) -> MemoryClients:
        return MemoryClients()
