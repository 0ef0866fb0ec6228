"""The database facade on a real server: what it translates, what it repeats, what it gives up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pymongo import InsertOne, UpdateOne
from pymongo.errors import OperationFailure

from deploy.local.ports import free_port
from shared.mongo import Collection, Database, Document, DuplicateKey, Session, Unavailable, connect
from shared.schema import Index, Schema
from tests.integration.shared.conftest import Failures

MakeDatabase = Callable[[Schema], Awaitable[Database]]
SCHEMA = Schema(
    collections=("words",),
    indexes=(Index("words", (("language", 1), ("text", 1)), unique=True, partial={"text": {"$exists": True}}),),
)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


@pytest.fixture
def words(database: Database) -> Collection:
    return database.collection("words")


def word(text: str, **fields: Any) -> Document:
    return {"_id": text, "language": "fr", "text": text, **fields}


async def test_an_id_that_is_taken_is_named(words: Collection) -> None:
    await words.insert_one({"_id": "mot"})
    with pytest.raises(DuplicateKey) as refusal:
        await words.insert_one({"_id": "mot"})
    assert refusal.value.index == "_id"


@pytest.mark.parametrize("way", ["insert_one", "insert_many", "update_one", "replace_one", "bulk_write", "upsert"])
async def test_a_unique_index_refuses_every_kind_of_write_and_is_named(words: Collection, way: str) -> None:
    await words.insert_many([word("mot"), word("phrase")])
    taken = {"language": "fr", "text": "mot"}
    ways: dict[str, Callable[[], Awaitable[Any]]] = {
        "insert_one": lambda: words.insert_one({"_id": "other", **taken}),
        "insert_many": lambda: words.insert_many([{"_id": "other", **taken}]),
        "update_one": lambda: words.update_one({"_id": "phrase"}, {"$set": taken}),
        "replace_one": lambda: words.replace_one({"_id": "phrase"}, taken),
        "bulk_write": lambda: words.bulk_write([InsertOne({"_id": "other", **taken})]),
        "upsert": lambda: words.find_one_and_update({"_id": "other"}, {"$set": taken}, upsert=True),
    }
    with pytest.raises(DuplicateKey) as refusal:
        await ways[way]()
    assert refusal.value.index == "language,text"
    assert await words.count({}) == 2


async def test_new_documents_are_inserted_and_the_ids_of_the_others_told(words: Collection) -> None:
    await words.insert_many([{"_id": number} for number in (2, 4)])
    assert await words.insert_new([{"_id": number, "new": True} for number in range(6)]) == {2, 4}
    assert await words.insert_new([]) == set()
    assert await words.insert_new([{"_id": 6}]) == set()
    assert [row["_id"] for row in await words.find({"new": True}, sort=[("_id", 1)])] == [0, 1, 3, 5]


async def test_a_document_that_another_index_refuses_is_not_taken_for_known(words: Collection) -> None:
    await words.insert_one(word("mot"))
    with pytest.raises(DuplicateKey) as refusal:
        await words.insert_new([{"_id": "other", "language": "fr", "text": "mot"}, word("phrase")])
    assert refusal.value.index == "language,text"
    assert {row["_id"] for row in await words.find({})} == {"mot", "phrase"}


async def test_instants_come_back_aware_and_in_utc(words: Collection) -> None:
    at = datetime(2026, 6, 15, 8, 0, 0, 123_000, tzinfo=timezone(timedelta(hours=-4)))
    await words.insert_one({"_id": "now", "at": at})
    found = await words.find_one({"_id": "now"})
    assert found is not None
    assert found["at"] == at
    assert found["at"].tzinfo is UTC


async def test_rows_come_sorted_limited_and_cut_to_what_was_asked(words: Collection) -> None:
    await words.insert_many([word(text, length=len(text)) for text in ("a", "ccc", "bb")])
    rows = await words.find({}, projection={"_id": 1}, sort=[("length", -1)], limit=2)
    assert rows == [{"_id": "ccc"}, {"_id": "bb"}]
    streamed = [row["_id"] async for row in words.stream({"length": {"$gt": 1}}, sort=[("length", 1)])]
    assert streamed == ["bb", "ccc"]
    assert await words.aggregate([{"$group": {"_id": None, "sum": {"$sum": "$length"}}}]) == [{"_id": None, "sum": 6}]


async def test_writes_tell_what_they_did(words: Collection) -> None:
    assert not await words.update_one({"_id": "mot"}, {"$set": {"n": 1}})
    assert await words.update_one({"_id": "mot"}, {"$set": {"n": 1}}, upsert=True)
    assert await words.replace_one({"_id": "mot"}, {"n": 2})
    assert not await words.replace_one({"_id": "absent"}, {"n": 2})
    assert await words.find_one_and_update({"_id": "mot"}, {"$inc": {"n": 1}}) == {"_id": "mot", "n": 3}
    assert await words.find_one_and_update({"_id": "absent"}, {"$inc": {"n": 1}}) is None
    assert await words.update_many({}, {"$set": {"n": 0}}) == 1
    assert await words.bulk_write([InsertOne({"_id": 1}), UpdateOne({"_id": 1}, {"$set": {"n": 1}})]) == (1, 1)
    assert await words.bulk_write([]) == (0, 0)
    assert await words.delete_one({"_id": "mot"})
    assert not await words.delete_one({"_id": "mot"})


async def test_a_transaction_is_seen_by_others_only_when_it_is_committed(database: Database, words: Collection) -> None:
    async def work(session: Session) -> list[Document]:
        await words.insert_one(word("mot"), session=session)
        assert await words.find_one({"_id": "mot"}) is None
        return await words.find({}, session=session)

    assert await database.with_transaction(work) == [word("mot")]
    assert await words.count({}) == 1


async def test_a_duplicate_in_a_transaction_undoes_all_of_it(database: Database, words: Collection) -> None:
    await words.insert_one(word("mot"))

    async def work(session: Session) -> None:
        await words.insert_one(word("phrase"), session=session)
        await words.insert_many([word("mot")], session=session)

    with pytest.raises(DuplicateKey):
        await database.with_transaction(work)
    assert await words.count({}) == 1


async def test_transactions_that_meet_run_again_and_none_is_lost(database: Database, words: Collection) -> None:
    await words.insert_one({"_id": "counter", "n": 0})

    async def work(session: Session) -> None:
        found = await words.find_one({"_id": "counter"}, session=session)
        assert found is not None
        await words.replace_one({"_id": "counter"}, {"n": found["n"] + 1}, session=session)

    await asyncio.gather(*(database.with_transaction(work) for _ in range(12)))
    assert await words.find_one({"_id": "counter"}) == {"_id": "counter", "n": 12}


async def insert_counting(database: Database) -> int:
    """Insert one word in a transaction; returns how often the transaction ran."""
    runs = 0

    async def work(session: Session) -> None:
        nonlocal runs
        runs += 1
        await database.collection("words").insert_one(word("mot"), session=session)

    await database.with_transaction(work)
    return runs


async def test_a_transaction_that_a_passing_failure_hits_runs_again(
    database: Database, words: Collection, failures: Failures
) -> None:
    with failures.of(database, ["insert"], times=2, errorCode=112, errorLabels=["TransientTransactionError"]):
        assert await insert_counting(database) == 3
    assert await words.count({}) == 1


async def test_a_commit_whose_answer_is_lost_counts_once(
    database: Database, words: Collection, failures: Failures
) -> None:
    with failures.of(database, ["commitTransaction"], times=1, closeConnection=True):
        assert await insert_counting(database) == 1
    assert await words.count({}) == 1


@pytest.mark.usefixtures("impatient_driver")
@pytest.mark.parametrize(
    ("command", "failure"),
    [
        ("insert", {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}),
        ("insert", {"closeConnection": True}),
        ("insert", {"errorCode": 251, "errorLabels": ["TransientTransactionError"]}),
        ("commitTransaction", {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}),
        ("commitTransaction", {"errorCode": 10107}),
        ("commitTransaction", {"closeConnection": True}),
    ],
    ids=str,
)
async def test_a_failure_that_lasts_leaves_nothing_decided(
    database: Database, words: Collection, failures: Failures, command: str, failure: dict[str, Any]
) -> None:
    with failures.of(database, [command], **failure), pytest.raises(Unavailable):
        await insert_counting(database)
    assert await words.count({}) == 0


@pytest.mark.parametrize("code", [91, 189, 11600, 11602, 10107, 13435, 13436])
async def test_a_server_that_stops_or_is_no_longer_primary_is_unavailable(
    database: Database, words: Collection, failures: Failures, code: int
) -> None:
    with failures.of(database, ["find"], errorCode=code), pytest.raises(Unavailable):
        await words.find_one({})


async def test_another_failure_of_the_server_is_a_defect_and_stays_what_it_is(
    database: Database, words: Collection, failures: Failures
) -> None:
    with failures.of(database, ["find"], errorCode=13), pytest.raises(OperationFailure, match="failCommand"):
        await words.find_one({})


@pytest.mark.usefixtures("impatient_driver")
async def test_a_server_that_is_gone_is_unavailable_for_every_operation() -> None:
    database = connect(f"mongodb://127.0.0.1:{free_port()}/?directConnection=true", "nobody")
    words = database.collection("words")

    async def stream() -> None:
        async for _ in words.stream({}):
            pass

    async def work(session: Session) -> None:
        await words.insert_one({}, session=session)

    operations: list[Awaitable[Any]] = [
        words.find_one({}),
        words.find({}),
        stream(),
        words.count({}),
        words.aggregate([]),
        words.insert_one({}),
        words.insert_many([{}]),
        words.insert_new([{"_id": 1}]),
        words.update_one({}, {"$set": {"n": 1}}),
        words.update_many({}, {"$set": {"n": 1}}),
        words.replace_one({}, {}),
        words.find_one_and_update({}, {"$set": {"n": 1}}),
        words.delete_one({}),
        words.bulk_write([InsertOne({})]),
        database.ping(),
        database.with_transaction(work),
    ]
    outcomes = await asyncio.gather(*operations, return_exceptions=True)
    database.close()
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * len(operations)
    assert {str(outcome) for outcome in outcomes} == {"database.unavailable"}
