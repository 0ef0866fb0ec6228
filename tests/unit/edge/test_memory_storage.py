"""The in-memory storage of the unit tests keeps the promises of the real one."""

import pytest

from tests.support.edge_access_contract import (
    ActivityRepositoryContract,
    DenialRepositoryContract,
    DeviceRepositoryContract,
    SuspicionRepositoryContract,
)
from tests.support.edge_memory import (
    MemoryActivities,
    MemoryBudgets,
    MemoryChallenges,
    MemoryDenials,
    MemoryDevices,
    MemoryLockouts,
    MemorySessions,
    MemorySubmissions,
    MemorySuspicions,
    MemoryWindows,
)
from tests.support.edge_repository_contract import (
    BudgetRepositoryContract,
    ChallengeRepositoryContract,
    LockoutRepositoryContract,
    SessionRepositoryContract,
    SubmissionRepositoryContract,
    WindowStorageContract,
)


class TestMemoryChallenges(ChallengeRepositoryContract):
    @pytest.fixture
    async def challenges(self) -> MemoryChallenges:
        return MemoryChallenges()


class TestMemoryBudgets(BudgetRepositoryContract):
    @pytest.fixture
    async def budgets(self) -> MemoryBudgets:
        return MemoryBudgets()


class TestMemorySessions(SessionRepositoryContract):
    @pytest.fixture
    async def sessions(self) -> MemorySessions:
        return MemorySessions()


class TestMemorySubmissions(SubmissionRepositoryContract):
    @pytest.fixture
    async def submissions(self) -> MemorySubmissions:
        return MemorySubmissions()


class TestMemoryDenials(DenialRepositoryContract):
    @pytest.fixture
    async def denials(self) -> MemoryDenials:
        return MemoryDenials()


class TestMemoryDevices(DeviceRepositoryContract):
    @pytest.fixture
    async def devices(self) -> MemoryDevices:
        return MemoryDevices()


class TestMemoryActivities(ActivityRepositoryContract):
    @pytest.fixture
    async def activities(self) -> MemoryActivities:
        return MemoryActivities()


class TestMemorySuspicions(SuspicionRepositoryContract):
    @pytest.fixture
    async def suspicions(self) -> MemorySuspicions:
        return MemorySuspicions()


class TestMemoryLockouts(LockoutRepositoryContract):
    @pytest.fixture
    async def lockouts(self) -> MemoryLockouts:
        return MemoryLockouts()


class TestMemoryWindows(WindowStorageContract):
    @pytest.fixture
    async def windows(self) -> MemoryWindows:
        return MemoryWindows(lambda: self.now)
