"""Members and agents change the same claims at once, in MongoDB."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.claims.domain.changes import ClaimChangedError
from services.claims.domain.review import ReviewLockedError
from services.claims.handlers import reviewing
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.review_desk import Desk as ReviewDesk
from services.claims.storage import (
    SCHEMA,
    MongoAccumulators,
    MongoClaims,
    MongoCoverages,
    MongoPendedClaims,
    MongoReviews,
)
from services.claims.storage.times import MongoTimes
from shared.contracts import Actor
from shared.contracts.claims.changing import CorrectClaim, VoidClaim
from shared.contracts.claims.reviewing import LockReview
from shared.mongo import Database, Session
from shared.outbox import Work
from shared.schema import Schema
from tests.support.claims_changing_desk import CLINIC, ChangingDesk, words
from tests.support.claims_desk import NOON, coverage_recorded, received, sent, submission, treatment
from tests.support.claims_review_contract import ReviewRepositoryContract, ReviewStores
from tests.support.claims_times_contract import TimesRepositoryContract, TimesStores

MakeDatabase = Callable[[Schema], Awaitable[Database]]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


@pytest.fixture
async def desk(database: Database) -> ChangingDesk:
    stores = Repositories(MongoClaims(database), MongoCoverages(database), MongoAccumulators(database))
    made = ChangingDesk(stores, database.with_transaction)
    await made.tell(coverage_recorded())
    return made


class TestMongoReviews(ReviewRepositoryContract):
    @pytest.fixture
    def stores(self, database: Database) -> ReviewStores:
        return ReviewStores(MongoClaims(database), MongoReviews(database), MongoPendedClaims(database))


class TestMongoTimes(TimesRepositoryContract):
    @pytest.fixture
    def stores(self, database: Database) -> TimesStores:
        return TimesStores(MongoClaims(database), MongoTimes(database))


@pytest.mark.req("CLM-10")
async def test_of_corrections_at_once_one_counts_and_the_accumulators_show_it_alone(desk: ChangingDesk) -> None:
    [event] = await desk.submit(submission())
    corrections = [
        CorrectClaim(
            claim_number=event.claim_number,
            expected_version=event.version,
            provider=CLINIC,
            lines=(treatment(amount_cents=6_000 + 100 * number),),
        )
        for number in range(4)
    ]

    outcomes = await asyncio.gather(*(desk.change(each) for each in corrections), return_exceptions=True)

    assert sum(isinstance(each, ClaimChangedError) for each in outcomes) == 3
    [view] = [each for each in outcomes if not isinstance(each, BaseException)]
    assert (view.version, await desk.paid()) == (event.version + 1, view.benefit_cents)
    assert len((await desk.stored(event.claim_id)).claim.history) == 1


@pytest.mark.req("CLM-10")
async def test_a_claim_voided_many_times_at_once_is_voided_once(desk: ChangingDesk) -> None:
    [event] = await desk.submit(submission())
    command = VoidClaim(claim_number=event.claim_number)

    views = await asyncio.gather(*(desk.change(command) for _ in range(4)))

    assert {(view.status, view.version) for view in views} == {("voided", event.version + 1)}
    assert await desk.paid() == 0
    again = await desk.submit(submission())
    assert again[0].benefit_cents == event.benefit_cents


@pytest.mark.req("CLM-10", "CLM-11")
async def test_a_correction_beside_a_payment_keeps_both_in_the_timeline(desk: ChangingDesk) -> None:
    for day in range(1, 9):
        [event] = await desk.submit(submission(treatment(service_date=f"2026-03-0{day}")))
        correction = CorrectClaim(
            claim_number=event.claim_number,
            expected_version=event.version,
            provider=CLINIC,
            lines=(treatment(service_date=f"2026-04-0{day}"),),
        )
        await asyncio.gather(desk.change(correction), desk.tell(sent(event.claim_id, at=NOON)))
        claim = (await desk.stored(event.claim_id)).claim
        statuses = [entry.status.value for entry in claim.timeline]
        assert sorted(statuses) == ["decided", "decided", "paid", "received"]
        assert claim.lines[0].service_date.month == 4


@pytest.mark.req("CLM-12")
async def test_of_agents_that_take_a_claim_at_once_one_has_it(database: Database, desk: ChangingDesk) -> None:
    stores = desk.repositories
    queue, reviews = MongoPendedClaims(database), MongoReviews(database)
    office = ReviewDesk(stores, reviews, queue, desk.plans, words(), lambda: NOON, 100_000)
    [event] = await desk.submit(submission(treatment("glasses", 9_000), claim_type="glasses"))

    async def take(name: str) -> Any:
        actor = Actor(account_id=name, session_id="session", roles=("agent",))
        message = received(LockReview(claim_number=event.claim_number), actor=actor)

        async def work(session: Session) -> Any:
            return await reviewing.lock_review(message, Work(session, message, source="claims"), desk=office)

        return await database.with_transaction(work)

    outcomes = await asyncio.gather(*(take(f"agent-{number}") for number in range(5)), return_exceptions=True)

    [winner] = [each for each in outcomes if not isinstance(each, BaseException)]
    refused = [each for each in outcomes if isinstance(each, ReviewLockedError)]
    assert len(refused) == 4
    assert {each.params["agent_id"] for each in refused} == {winner.lock.agent_id}
    kept = await reviews.get_many([event.claim_id], session=None)
    assert kept[event.claim_id].lock is not None
