"""The edge's storage on MongoDB."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from services.edge.access_storage import MongoActivities, MongoDenials, MongoDevices, MongoSuspicions
from services.edge.auth.errors import ChallengeEnded
from services.edge.lockout_storage import MongoLockouts
from services.edge.rate_storage import MongoWindows
from services.edge.storage import SCHEMA, MongoBudgets, MongoChallenges, MongoSessions, MongoSubmissions
from shared.clock import new_id
from shared.contracts.edge import SignedIn
from shared.mongo import Database
from shared.outbox import Outbox, OutboxSettings, Work
from shared.schema import Schema
from tests.support.edge_access_contract import (
    ActivityRepositoryContract,
    DenialRepositoryContract,
    DeviceRepositoryContract,
    SuspicionRepositoryContract,
)
from tests.support.edge_memory import RecordingPublisher
from tests.support.edge_repository_contract import (
    NOW,
    BudgetRepositoryContract,
    ChallengeRepositoryContract,
    LockoutRepositoryContract,
    SessionRepositoryContract,
    SubmissionRepositoryContract,
    WindowStorageContract,
    challenge,
    session_record,
)

MakeDatabase = Callable[[Schema], Awaitable[Database]]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


class TestMongoChallenges(ChallengeRepositoryContract):
    @pytest.fixture
    async def challenges(self, database: Database) -> MongoChallenges:
        return MongoChallenges(database)


class TestMongoBudgets(BudgetRepositoryContract):
    @pytest.fixture
    async def budgets(self, database: Database) -> MongoBudgets:
        return MongoBudgets(database)


class TestMongoSessions(SessionRepositoryContract):
    @pytest.fixture
    async def sessions(self, database: Database) -> MongoSessions:
        return MongoSessions(database)


class TestMongoSubmissions(SubmissionRepositoryContract):
    @pytest.fixture
    async def submissions(self, database: Database) -> MongoSubmissions:
        return MongoSubmissions(database)


class TestMongoDenials(DenialRepositoryContract):
    @pytest.fixture
    async def denials(self, database: Database) -> MongoDenials:
        return MongoDenials(database)


class TestMongoDevices(DeviceRepositoryContract):
    @pytest.fixture
    async def devices(self, database: Database) -> MongoDevices:
        return MongoDevices(database)


class TestMongoActivities(ActivityRepositoryContract):
    @pytest.fixture
    async def activities(self, database: Database) -> MongoActivities:
        return MongoActivities(database)


class TestMongoSuspicions(SuspicionRepositoryContract):
    @pytest.fixture
    async def suspicions(self, database: Database) -> MongoSuspicions:
        return MongoSuspicions(database)


class TestMongoLockouts(LockoutRepositoryContract):
    @pytest.fixture
    async def lockouts(self, database: Database) -> MongoLockouts:
        return MongoLockouts(database)


class TestMongoWindows(WindowStorageContract):
    @pytest.fixture
    async def windows(self, database: Database) -> MongoWindows:
        return MongoWindows(database, clock=lambda: self.now)


class _Publisher(RecordingPublisher):
    async def publish_all(self, batch: list[object]) -> list[object]:
        self.published.extend(batch)  # type: ignore[arg-type]
        return []


@pytest.mark.req("LOG-1", "L3")
async def test_l3_twenty_transactions_on_one_challenge_make_one_session_and_one_event(database: Database) -> None:
    challenges, sessions, publisher = MongoChallenges(database), MongoSessions(database), _Publisher()
    outbox = Outbox(database, publisher, OutboxSettings(source="edge"))  # type: ignore[arg-type]
    row = challenge()
    await challenges.add(row)

    async def sign_in() -> str:
        record = session_record()

        async def work(unit: Work) -> None:
            if not await challenges.use(row.key, now=NOW, session=unit.session):
                raise ChallengeEnded
            await sessions.add(record, session=unit.session)
            unit.publish(SignedIn(account_id="1", session_id=record.session_id, signed_in_at=NOW))

        try:
            await outbox.run(f"signed-in:{new_id()}", work)
        except ChallengeEnded:
            return "refused"
        return record.session_id

    outcomes = await asyncio.gather(*(sign_in() for _ in range(20)))

    assert Counter(outcomes)["refused"] == 19
    [winner] = set(outcomes) - {"refused"}
    assert await sessions.get(winner) is not None
    assert await database.collection("sessions").count({}) == 1
    assert len(publisher.published) == 1


async def test_a_large_batch_with_old_and_new_claims_is_told_apart(database: Database) -> None:
    submissions = MongoSubmissions(database)
    await submissions.remember({f"claim-{n}": "old" for n in range(0, 500, 2)}, now=NOW)

    earlier = await submissions.remember({f"claim-{n}": "new" for n in range(500)}, now=NOW)

    assert earlier == {f"claim-{n}": "old" for n in range(0, 500, 2)}
