"""The directory on MongoDB keeps the contract of the one in memory, uses its indexes, and merges without circles."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from pymongo import MongoClient

from deploy.local.stack import Stack
from services.claims.domain.directory import DirectoryEntry, State
from services.claims.domain.provider_errors import ProviderMergedAlreadyError, ProviderNotListedError
from services.claims.domain.provider_names import keys_of, words_of
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.directory import ProviderDirectory
from services.claims.handlers.provider_merging import ProviderMerging
from services.claims.handlers.provider_views import ProviderWords
from services.claims.storage import (
    SCHEMA,
    MongoAccumulators,
    MongoClaims,
    MongoCoverages,
    MongoDirectory,
    MongoProviderAccounts,
    MongoUsedProviders,
)
from services.claims.storage.providers import PROVIDERS
from shared.contracts.claims import ClaimProvider
from shared.contracts.claims.providers import MergeProvider
from shared.mongo import Database, Document, Session
from shared.outbox import Work
from shared.schema import Schema
from tests.support.claims_desk import NOON, Desk, coverage_recorded, received, submission
from tests.support.directory_desk import added, agent, professions, registered
from tests.support.directory_repository_contract import DirectoryRepositoryContract, DirectoryStores

MakeDatabase = Callable[[Schema], Awaitable[Database]]
WORDS: Final = ProviderWords(professions(), lambda: NOON)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


class TestMongoDirectory(DirectoryRepositoryContract):
    @pytest.fixture
    def stores(self, database: Database) -> DirectoryStores:
        return DirectoryStores(
            MongoDirectory(database),
            MongoProviderAccounts(database),
            MongoUsedProviders(database),
            MongoClaims(database),
        )


class MeetingInTheMiddle(MongoDirectory):
    """Both transactions have read before either writes."""

    def __init__(self, database: Database, barrier: asyncio.Barrier) -> None:
        super().__init__(database)
        self._barrier = barrier
        self._met = False

    async def list_merged_into(self, provider_ids: Collection[str], *, session: Session | None) -> list[DirectoryEntry]:
        found = await super().list_merged_into(provider_ids, session=session)
        if not self._met:
            self._met = True
            await self._barrier.wait()
        return list(found)


async def merge(database: Database, one: DirectoryEntry, into: DirectoryEntry, barrier: asyncio.Barrier) -> str:
    """What became of a merge in a transaction of its own."""
    merging = ProviderMerging(MeetingInTheMiddle(database, barrier), WORDS, lambda: NOON)
    message = received(MergeProvider(provider_id=one.provider_id, into=into.provider_id), actor=agent())

    async def work(session: Session) -> None:
        await merging.merge(message, Work(session, message, source="claims"))

    try:
        await database.with_transaction(work)
    except (ProviderMergedAlreadyError, ProviderNotListedError):
        return "refused"
    return "merged"


async def stored(database: Database, *entries: DirectoryEntry) -> Mapping[str, DirectoryEntry]:
    return await MongoDirectory(database).get_many([each.provider_id for each in entries], session=None)


@pytest.mark.req("CLM-2")
async def test_two_that_are_merged_into_each_other_at_once_make_no_circle(database: Database) -> None:
    one, other = added(state=State.LISTED), added(state=State.LISTED)
    await MongoDirectory(database).save_all([one, other], session=None)
    barrier = asyncio.Barrier(2)
    outcomes = await asyncio.gather(merge(database, one, other, barrier), merge(database, other, one, barrier))
    assert sorted(outcomes) == ["merged", "refused"]
    assert sorted(each.state for each in (await stored(database, one, other)).values()) == [State.LISTED, State.MERGED]


@pytest.mark.req("CLM-2")
async def test_two_merges_one_after_the_other_at_once_make_no_chain(database: Database) -> None:
    one, middle, last = added(state=State.LISTED), added(state=State.LISTED), registered()
    await MongoDirectory(database).save_all([one, middle, last], session=None)
    barrier = asyncio.Barrier(2)
    await asyncio.gather(merge(database, one, middle, barrier), merge(database, middle, last, barrier))
    now = await stored(database, one, middle)
    assert now[middle.provider_id].merged_into == last.provider_id
    assert now[one.provider_id].merged_into in {"", last.provider_id}


@pytest.mark.req("CLM-2", "CLM-8")
async def test_one_service_under_all_keys_of_a_merged_provider_at_once_is_paid_once(database: Database) -> None:
    target, entries = registered(), MongoDirectory(database)
    alias = added(state=State.MERGED, merged_into=target.provider_id)
    await entries.save_all([target, alias], session=None)
    directory = ProviderDirectory(entries)
    stores = Repositories(
        MongoClaims(database), MongoCoverages(database), MongoAccumulators(database), providers=directory
    )
    desk = Desk(stores, database.with_transaction)
    await desk.tell(coverage_recorded())
    stated = (
        ClaimProvider(id=alias.provider_id, name="Typed"),
        ClaimProvider(id=target.provider_id, name="Typed"),
        ClaimProvider(name="Typed", phone="418 555-0110"),
        ClaimProvider(name="Typed", phone="1 418 555-0100"),
    )
    told = await asyncio.gather(*(desk.submit(submission(provider=each)) for each in stated * 2))
    assert sorted(event.outcome == "denied" for (event,) in told) == [False] + [True] * 7


@pytest.mark.req("CLM-2")
async def test_a_draft_is_forgotten_by_itself_and_what_is_confirmed_is_not(database: Database) -> None:
    draft = added(state=State.DRAFT)
    await MongoDirectory(database).save_all([draft], session=None)
    providers = database.collection(PROVIDERS)
    row = await providers.find_one({"_id": draft.provider_id})
    assert row is not None
    assert row["draft_since"] == draft.added_at
    (index,) = [each for each in SCHEMA.indexes if each.expire_after_seconds and each.collection == PROVIDERS]
    assert (index.keys, index.expire_after_seconds) == ((("draft_since", 1),), timedelta(days=1).total_seconds())
    await MongoDirectory(database).save_all([replace(draft, state=State.OWN)], session=None)
    confirmed = await providers.find_one({"_id": draft.provider_id})
    assert confirmed is not None
    assert "draft_since" not in confirmed


def stages(plan: Document) -> set[str]:
    below = [plan.get("inputStage"), *plan.get("inputStages", ())]
    return {plan["stage"]} | {stage for each in below if each for stage in stages(each)}


@pytest.mark.req("CLM-2", "COV-4")
async def test_every_question_is_answered_from_an_index(database: Database, stack: Stack) -> None:
    own = added()
    await MongoDirectory(database).save_all([own, *(registered() for _ in range(50))], session=None)
    visible = {"$or": [{"state": {"$in": ["listed", "merged"]}}, {"dossier_id": "d", "state": "own"}]}
    keys = sorted(keys_of(words_of("cote")))
    queries: list[tuple[str, Document]] = [
        (PROVIDERS, {"$and": [{"name_keys": {"$in": keys}}], **visible}),
        (PROVIDERS, {"local_phone": "5550100", **visible}),
        (PROVIDERS, {"phone": {"$in": ["+14185550100"], "$gt": ""}}),
        (PROVIDERS, {"merged_into": {"$in": ["x"], "$gt": ""}}),
        (PROVIDERS, {"profession": {"$in": ["dentist"]}, **visible}),
        (PROVIDERS, {"state": "own"}),
        (PROVIDERS, {"dossier_id": "d", "state": {"$in": ["draft", "own"]}}),
        ("claims", {"dossier_id": "d", "claim_type": "physio", "status": {"$ne": "voided"}}),
    ]
    with MongoClient[Document](stack.servers.mongodb_admin_url) as client:
        for collection, query in queries:
            explained = client[database.name][collection].find(query).explain()
            assert "COLLSCAN" not in stages(explained["queryPlanner"]["winningPlan"]), query
