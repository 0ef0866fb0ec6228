"""``python -m services.payments.ledger check`` against a database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.local.stack import Stack
from services.payments.handlers.balances import take_snapshot
from services.payments.ledger import cli
from services.payments.storage import SCHEMA, Storage, records
from services.payments.storage import books as stored_books
from services.payments.storage import ledger as stored_ledger
from services.payments.storage import payables as stored_payables
from shared.clock import utc_now
from shared.mongo import Database
from shared.schema import Schema
from tests.support.payments_builders import claim_adjudicated
from tests.support.payments_desk import Desk, paid_batch

MakeDatabase = Callable[[Schema], Awaitable[Database]]

pytestmark = pytest.mark.req("PAY-6")


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    made = await make_database(SCHEMA)
    await paid_batch(Desk.over(Storage(made), made), claim_adjudicated(benefit_cents=1_234))
    return made


async def check(stack: Stack, database: Database) -> Result:
    environment = {"ACQUIT_MONGODB_URL": stack.servers.mongodb_admin_url, "ACQUIT_MONGODB_DATABASE": database.name}
    return await asyncio.to_thread(CliRunner().invoke, cli, ["check"], env=environment)


async def test_a_balanced_ledger_is_shown_and_passes(stack: Stack, database: Database) -> None:
    result = await check(stack, database)
    assert result.exit_code == 0, result.output
    rows = {tuple(cell.strip() for cell in line.strip("│").split("│")) for line in result.output.splitlines()}
    assert {("benefit_expense", "1234"), ("bank", "-1234"), ("Sum of all postings", "0")} <= rows


async def test_a_ledger_that_does_not_balance_fails(stack: Stack, database: Database) -> None:
    transfers = database.collection(stored_ledger.COLLECTION)
    await transfers.update_one({}, {"$inc": {"postings.0.amount_cents": 1}})
    result = await check(stack, database)
    assert result.exit_code == 1
    assert "Sum of all postings" in result.output


async def command(stack: Stack, database: Database, *arguments: str) -> Result:
    environment = {
        "ACQUIT_MONGODB_URL": stack.servers.mongodb_admin_url,
        "ACQUIT_MONGODB_DATABASE": database.name,
        "COLUMNS": "200",
    }
    return await asyncio.to_thread(CliRunner().invoke, cli, list(arguments), env=environment)


async def test_a_snapshot_that_does_not_agree_is_found_by_a_full_check(stack: Stack, database: Database) -> None:
    storage, now = Storage(database), utc_now()
    await take_snapshot(storage.books, now, at=now)
    assert (await command(stack, database, "check", "--full")).exit_code == 0
    accounts = database.collection(stored_books.ACCOUNTS)
    await accounts.update_one({}, {"$set": {"balances.0": ["bank", -1]}})
    result = await command(stack, database, "check", "--full")
    assert result.exit_code == 1
    assert "snapshot_differs" in result.output


async def test_a_trial_balance_is_shown_now_and_at_a_past_instant(stack: Stack, database: Database) -> None:
    now = await command(stack, database, "balances", "--accounts")
    assert now.exit_code == 0, now.output
    assert "1234" in now.output
    before = await command(stack, database, "balances", "--at", "2026-11-01T00:00:00")
    assert before.exit_code == 0, before.output
    assert "1234" not in before.output


async def test_a_batch_is_traced_and_an_unknown_one_fails(stack: Stack, database: Database) -> None:
    found = await command(stack, database, "trace", "10000001")
    assert found.exit_code == 0, found.output
    for word in ("adjudicated", "payable", "in batch", "file line", "bank: settlement", "settled/"):
        assert word in found.output
    assert (await command(stack, database, "trace", "10000099")).exit_code == 1


@pytest.mark.req("PAY-7")
async def test_reconciliation_is_written_and_fails_on_each_planted_difference(
    stack: Stack, database: Database, tmp_path: Path
) -> None:
    arguments = ("reconcile", "--from-day", "2026-11-20", "--output", str(tmp_path))
    clean = await command(stack, database, *arguments)
    assert clean.exit_code == 0, clean.output
    assert json.loads((tmp_path / "reconciliation.json").read_text())["difference_cents"] == 0
    words, payables = database.collection(records.WORDS), database.collection(stored_payables.COLLECTION)
    await words.update_one({"kind": "settlement"}, {"$inc": {"lines.0.amount_cents": -34}})
    file = await words.find_one({"kind": "file"})
    assert file is not None
    await words.update_one({"kind": "file"}, {"$push": {"lines": file["lines"][0]}})
    await payables.delete_one({})
    broken = await command(stack, database, *arguments)
    assert broken.exit_code == 1
    found = json.loads((tmp_path / "reconciliation.json").read_text())["differences"]
    assert {(one["kind"], one["expected_cents"], one["found_cents"]) for one in found} == {
        ("payable_missing", 1_234, 0),
        ("file_line_duplicated", 1_234, 2_468),
        ("settlement_amount_differs", 1_234, 1_200),
    }
