"""The ledger on a real database: rights that are not there, and processes that post while snapshots are cut."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local.stack import Stack
from services.payments.domain.balances import Span
from services.payments.domain.ledger import BANK, BENEFIT_EXPENSE, Account, in_transit, payable_to, transfer
from services.payments.handlers.balances import check_books, take_snapshot, totals_at
from services.payments.storage import SCHEMA, Storage, books, ledger, records
from shared.clock import new_id, utc_now
from shared.mongo import Database, Document, DuplicateKey, Session
from shared.schema import Schema
from tests.support.ledger_repository_contract import LedgerRepositoryContract

MakeDatabase = Callable[[Schema], Awaitable[Database]]
UNAUTHORIZED: Final = 13
SETTLE: Final = timedelta(seconds=1)
"""Far more than a transaction of these tests lasts."""
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
ACCOUNTS: Final = (BENEFIT_EXPENSE, BANK, payable_to("a"), payable_to("b"), in_transit("run"))


class TestMongoBooks(LedgerRepositoryContract):
    @pytest.fixture
    async def storage(self, make_database: MakeDatabase) -> Storage:
        return Storage(await make_database(SCHEMA))


@pytest.mark.req("PAY-6", "U2")
@pytest.mark.parametrize("name", [ledger.COLLECTION, books.SNAPSHOTS, books.ACCOUNTS, records.WORDS])
def test_the_service_may_add_to_the_ledger_and_read_it_and_nothing_else(stack: Stack, name: str) -> None:
    client: MongoClient[Document] = MongoClient(stack.mongodb_url("payments"))
    probe: Any = LONG_AGO if name == books.SNAPSHOTS else f"probe-{new_id()}"
    empty: Document = {"transfers": 0, "postings": [], "unbalanced_transfers": 0, "balances": {}, "lines": []}
    document = empty | {"_id": probe, "run_id": probe, "cut": LONG_AGO, "taken_at": LONG_AGO, "stored_at": LONG_AGO}
    collection = client["payments"][name]
    try:
        collection.insert_one(document)
        assert collection.find_one({"_id": probe}) is not None
        for attempt in (
            lambda: collection.update_one({"_id": probe}, {"$set": {"postings": [1]}}),
            lambda: collection.replace_one({"_id": probe}, empty),
            lambda: collection.find_one_and_update({"_id": probe}, {"$set": {"postings": [1]}}),
            lambda: collection.find_one_and_delete({"_id": probe}),
            lambda: collection.delete_one({"_id": probe}),
            lambda: collection.delete_many({}),
            collection.drop,
            lambda: collection.rename(f"{name}_before"),
            collection.drop_indexes,
            lambda: collection.aggregate([{"$out": name}]),
            lambda: client["payments"].command("collMod", name, validator={}),
        ):
            with pytest.raises(OperationFailure) as refused:
                attempt()
            assert refused.value.code == UNAUTHORIZED
    finally:
        client.close()
        administrator: MongoClient[Document] = MongoClient(stack.servers.mongodb_admin_url)
        administrator["payments"][name].delete_one({"_id": probe})
        administrator.close()


@pytest.mark.req("PAY-6", "PAY-7")
async def test_a_transfer_posted_by_several_processes_at_once_is_stored_once(make_database: MakeDatabase) -> None:
    database = await make_database(SCHEMA)
    booked = transfer("settled/payment", debit=in_transit("run"), credit=BANK, amount_cents=5, at=utc_now())

    async def post() -> None:
        async def work(session: Session) -> None:
            await Storage(database).ledger.post([booked], session=session)

        await database.with_transaction(work)

    outcomes = await asyncio.gather(*(post() for _ in range(4)), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert {type(outcome) for outcome in outcomes} == {type(None), DuplicateKey}


@pytest.mark.req("PAY-6")
async def test_snapshots_cut_while_others_post_agree_with_the_whole_ledger(make_database: MakeDatabase) -> None:
    """Posters in transactions of different lengths, snapshots every few hundred milliseconds, all of it compared."""
    database = await make_database(SCHEMA)
    storage, until = Storage(database), utc_now() + timedelta(seconds=4)
    posted = await asyncio.gather(_snapshots(storage, until), *(_poster(database, n, until) for n in range(4)))
    taken, counts = posted[0], posted[1:]
    assert taken >= 4
    for by in ("kind", "account"):
        whole = await storage.books.totals(by, Span())
        built, cut = await totals_at(storage.books, by=by)
        assert cut is not None
        assert {k: v for k, v in built.balances.items() if v} == {k: v for k, v in whole.balances.items() if v}
        assert built.transfers == whole.transfers == sum(counts)
        past = cut - SETTLE
        whole_then = await storage.books.totals(by, Span(posted_until=past))
        then, _ = await totals_at(storage.books, by=by, at=past)
        assert {k: v for k, v in then.balances.items() if v} == {k: v for k, v in whole_then.balances.items() if v}
    full = await check_books(storage.books, full=True)
    assert [one for one in full.differences if one.kind != "wrong_side"] == []


async def _snapshots(storage: Storage, until: datetime) -> int:
    taken = 0
    while utc_now() < until + SETTLE:
        now = utc_now()
        snapshot = await take_snapshot(storage.books, now - SETTLE, at=now)
        assert snapshot.totals.sum_cents == 0
        taken += 1
        await asyncio.sleep(0.2)
    return taken


async def _poster(database: Database, number: int, until: datetime) -> int:
    storage, posted = Storage(database), 0
    while utc_now() < until:
        debit, credit = _pair(number, posted)

        async def work(session: Session, debit: Account = debit, credit: Account = credit, n: int = posted) -> None:
            moved = transfer(f"moved/{number}-{n}", debit=debit, credit=credit, amount_cents=1 + n, at=utc_now())
            await storage.ledger.post([moved], session=session)
            await asyncio.sleep(0.05 * number)

        await database.with_transaction(work)
        posted += 1
    return posted


def _pair(number: int, posted: int) -> tuple[Account, Account]:
    first = (number + posted) % len(ACCOUNTS)
    return ACCOUNTS[first], ACCOUNTS[(first + 1 + posted % (len(ACCOUNTS) - 1)) % len(ACCOUNTS)]


@pytest.mark.req("PAY-6")
async def test_a_check_after_a_snapshot_reads_what_came_since_by_its_index(
    stack: Stack, make_database: MakeDatabase
) -> None:
    database = await make_database(SCHEMA)
    client: MongoClient[Document] = MongoClient(stack.servers.mongodb_admin_url)
    try:
        collection = client[database.name][ledger.COLLECTION]
        plans = [
            collection.find({"stored_at": {"$gte": utc_now()}}).explain(),
            collection.find({"payment_id": {"$in": ["one", "two"]}}).explain(),
        ]
    finally:
        client.close()
    for plan in plans:
        assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
