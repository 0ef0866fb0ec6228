"""The storage on MongoDB keeps the same contract as the one in memory, and some things only a database can show."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.payments.domain.balances import Span
from services.payments.domain.ledger import BANK, BENEFIT_EXPENSE, transfer
from services.payments.storage import SCHEMA, Storage
from services.payments.storage import ledger as stored_ledger
from shared.mongo import Database, DuplicateKey, Session
from shared.schema import Schema
from tests.support.payments_builders import FRIDAY, a_payable, a_payment, a_version
from tests.support.payments_repository_contract import PaymentsRepositoryContract
from tests.support.payments_statements_contract import StatementsRepositoryContract

MakeDatabase = Callable[[Schema], Awaitable[Database]]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


class TestMongoStorage(PaymentsRepositoryContract):
    @pytest.fixture
    def storage(self, database: Database) -> Storage:
        return Storage(database)


class TestMongoStatements(StatementsRepositoryContract):
    @pytest.fixture
    def storage(self, database: Database) -> Storage:
        return Storage(database)


class Refused(Exception):  # noqa: N818
    """Makes a transaction fail at its end."""


async def test_a_failed_transaction_leaves_nothing_behind(database: Database) -> None:
    storage = Storage(database)
    payable, version = a_payable(), a_version()

    async def work(session: Session) -> None:
        await storage.claims.add_many([version], session=session)
        await storage.payables.add_many([payable], session=session)
        await storage.runs.take_batch_ordinals(5, session=session)
        await storage.payables.put_into_batches([a_payment(payable)], run_id="run", session=session)
        await storage.payments.add_many([a_payment(payable)], session=session)
        raise Refused

    with pytest.raises(Refused):
        await database.with_transaction(work)
    assert await storage.claims.get_many([version.key], session=None) == {}
    assert await storage.payables.list_open("member", session=None) == []
    assert await storage.runs.take_batch_ordinals(1, session=None) == 1


@pytest.mark.req("PAY-7")
async def test_a_duplicate_inside_a_transaction_undoes_the_whole_of_it(database: Database) -> None:
    storage = Storage(database)
    booked = transfer("key", debit=BENEFIT_EXPENSE, credit=BANK, amount_cents=1, at=FRIDAY)
    await storage.ledger.post([booked], session=None)

    async def work(session: Session) -> None:
        await storage.payables.add_many([a_payable()], session=session)
        await storage.ledger.post([booked], session=session)

    with pytest.raises(DuplicateKey):
        await database.with_transaction(work)
    assert await storage.payables.open_cents() == 0


@pytest.mark.req("PAY-1")
async def test_batch_ordinals_taken_side_by_side_never_overlap(database: Database) -> None:
    storage = Storage(database)

    async def take(count: int) -> set[int]:
        async def work(session: Session) -> int:
            return await storage.runs.take_batch_ordinals(count, session=session)

        first = await database.with_transaction(work)
        return set(range(first, first + count))

    taken = await asyncio.gather(*(take(count) for count in (1, 2, 3, 4, 5)))
    assert set().union(*taken) == set(range(1, 16))


@pytest.mark.req("PAY-6")
async def test_a_transfer_tampered_with_is_noticed_even_when_the_sum_is_still_zero(database: Database) -> None:
    """Two wrongs that cancel out: only the check of each transfer sees them."""
    storage = Storage(database)
    for key in ("one", "two"):
        booked = transfer(key, debit=BENEFIT_EXPENSE, credit=BANK, amount_cents=100, at=FRIDAY)
        await storage.ledger.post([booked], session=None)
    transfers = database.collection(stored_ledger.COLLECTION)
    for key, cents in (("one", 101), ("two", 99)):
        await transfers.update_one({"_id": key}, {"$set": {"postings.0.amount_cents": cents}})
    totals = await storage.books.totals("kind", Span())
    assert (sum(totals.balances.values()), totals.unbalanced_transfers) == (0, 2)
