"""The storage on MongoDB keeps the same contract as the one in memory, and some things only a database can show."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

import pytest

from services.claims.handlers.deciding import Repositories
from services.claims.handlers.ports import DossierCoverage, StoredClaim
from services.claims.handlers.ports_lookups import OtherCoverageRepository
from services.claims.storage import SCHEMA, MongoAccumulators, MongoClaims, MongoCoverages, MongoOtherCoverages
from shared.mongo import Database, DuplicateKey, Session
from shared.schema import Schema
from tests.support.claims_builders import accumulators
from tests.support.claims_desk import DOSSIER, Desk, coverage_recorded, submission
from tests.support.claims_repository_contract import ClaimsRepositoryContract, decided, marks_of
from tests.support.other_coverages_contract import OtherCoveragesContract

MakeDatabase = Callable[[Schema], Awaitable[Database]]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


def repositories(database: Database) -> Repositories:
    return Repositories(MongoClaims(database), MongoCoverages(database), MongoAccumulators(database))


class TestMongoStorage(ClaimsRepositoryContract):
    @pytest.fixture
    def stores(self, database: Database) -> Repositories:
        return repositories(database)


class TestMongoOtherCoverages(OtherCoveragesContract):
    @pytest.fixture
    def declared(self, database: Database) -> OtherCoverageRepository:
        return MongoOtherCoverages(database)


@pytest.mark.req("CLM-8")
async def test_a_claim_that_cannot_be_stored_leaves_no_accumulators_and_no_fingerprints(database: Database) -> None:
    stores = repositories(database)
    present, other = decided(), decided()
    await stores.claims.add_all([present], session=None)

    async def work(session: Session) -> None:
        await stores.accumulators.put_all({(DOSSIER, 2026): accumulators()}, session=session)
        await stores.claims.add_all([other, present], session=session)

    with pytest.raises(DuplicateKey):
        await database.with_transaction(work)
    assert await stores.accumulators.get_many([(DOSSIER, 2026)], session=None) == {}
    assert await stores.claims.claimed_before(list(marks_of(other)), session=None) == {}
    assert await stores.claims.get_many([other.claim.id], session=None) == {}


class Interleaving:
    """Two transactions side by side: ``first`` stops in the middle until ``second`` has done its part."""

    def __init__(self) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def stop_once(self) -> None:
        if not self.reached.is_set():
            self.reached.set()
            await self.go_on.wait()


class SlowToDecide(MongoCoverages):
    """Stops a claim's transaction after it has looked for its dossier."""

    def __init__(self, database: Database, between: Interleaving) -> None:
        super().__init__(database)
        self._between = between

    async def get_many(self, dossier_ids: Collection[str], *, session: Session | None) -> Mapping[str, DossierCoverage]:
        found = await super().get_many(dossier_ids, session=session)
        await self._between.stop_once()
        return found


class SlowToLookForClaims(MongoClaims):
    """Stops the transaction of a coverage after it has looked for claims that wait."""

    def __init__(self, database: Database, between: Interleaving) -> None:
        super().__init__(database)
        self._between = between

    async def list_waiting_for_dossier(self, dossier_id: str, *, session: Session | None) -> Sequence[StoredClaim]:
        found = await super().list_waiting_for_dossier(dossier_id, session=session)
        await self._between.stop_once()
        return found


class ImpatientCoverages(MongoCoverages):
    """Lets the other transaction go on once this one has met it."""

    def __init__(self, database: Database, between: Interleaving) -> None:
        super().__init__(database)
        self._between = between

    async def expect(self, dossier_ids: Collection[str], *, session: Session | None) -> None:
        try:
            await super().expect(dossier_ids, session=session)
        finally:
            self._between.go_on.set()


@pytest.mark.req("CLM-7", "CLM-8")
async def test_a_coverage_that_arrives_while_a_claim_looks_for_it_is_not_missed(database: Database) -> None:
    between = Interleaving()
    slow = Desk(replace(repositories(database), coverages=SlowToDecide(database, between)), database.with_transaction)
    other = Desk(repositories(database), database.with_transaction)
    claim = submission()

    submitting = asyncio.create_task(slow.submit(claim))
    await between.reached.wait()
    assert await other.tell(coverage_recorded()) == []
    between.go_on.set()
    [event] = await submitting

    assert (event.outcome, event.benefit_cents) == ("reduced", 3_200)
    assert await slow.repositories.claims.list_waiting_for_dossier(DOSSIER, session=None) == []


@pytest.mark.req("CLM-7", "CLM-8")
async def test_a_claim_that_arrives_while_its_coverage_looks_for_claims_is_not_missed(database: Database) -> None:
    between = Interleaving()
    slow = Desk(
        replace(repositories(database), claims=SlowToLookForClaims(database, between)), database.with_transaction
    )
    other = Desk(
        replace(repositories(database), coverages=ImpatientCoverages(database, between)), database.with_transaction
    )
    claim = submission()

    covering = asyncio.create_task(slow.tell(coverage_recorded()))
    await between.reached.wait()
    await asyncio.gather(other.submit(claim), covering)

    stored = await other.stored(claim.message.claim_id)
    assert stored.claim.decision is not None
    assert stored.claim.decision.totals.benefit_cents == 3_200
    assert await other.repositories.claims.list_waiting_for_dossier(DOSSIER, session=None) == []
