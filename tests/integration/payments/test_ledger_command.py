"""``python -m services.payments.ledger check`` against a database."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from typer.testing import CliRunner, Result

from deploy.local.stack import Stack
from services.payments.ledger import cli
from services.payments.storage import SCHEMA, Storage
from services.payments.storage import ledger as stored_ledger
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
