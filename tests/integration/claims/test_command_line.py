"""``python -m services.claims explain`` and ``replay`` against a database; plans archived at start."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from typer.testing import CliRunner, Result

from deploy.local.stack import Stack
from services.claims.__main__ import cli
from services.claims.domain.plan_archive import archived
from services.claims.handlers.archiving import archive_plans
from services.claims.handlers.deciding import Repositories
from services.claims.storage import SCHEMA, MongoAccumulators, MongoClaims, MongoCoverages
from services.claims.storage.plan_versions import MongoPlanArchive
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.claims.changing import CorrectClaim
from shared.mongo import Database
from shared.schema import Schema
from tests.support.claims_builders import catalogue_document, plan_document
from tests.support.claims_changing_desk import CLINIC, ChangingDesk
from tests.support.claims_desk import coverage_recorded, submission, treatment

MakeDatabase = Callable[[Schema], Awaitable[Database]]

pytestmark = pytest.mark.req("CLM-8")


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    made = await make_database(SCHEMA)
    plan = archived(plan_document(), catalogue_document())
    await asyncio.gather(*(archive_plans([plan], MongoPlanArchive(made)) for _ in range(4)))
    return made


@pytest.fixture
async def corrected(database: Database) -> ClaimAdjudicated:
    """A claim in two versions, beside one that waits for its dossier."""
    stores = Repositories(MongoClaims(database), MongoCoverages(database), MongoAccumulators(database))
    desk = ChangingDesk(stores, database.with_transaction)
    await desk.tell(coverage_recorded())
    [event] = await desk.submit(submission())
    await desk.submit(submission(dossier_id="unknown"))
    lines = (treatment(amount_cents=7_000),)
    await desk.change(
        CorrectClaim(claim_number=event.claim_number, expected_version=event.version, provider=CLINIC, lines=lines)
    )
    return event


async def run(stack: Stack, database: Database, *arguments: str) -> Result:
    environment = {
        "ACQUIT_MONGODB_URL": stack.servers.mongodb_admin_url,
        "ACQUIT_MONGODB_DATABASE": database.name,
        "COLUMNS": "200",
    }
    return await asyncio.to_thread(CliRunner().invoke, cli, list(arguments), env=environment)


async def test_a_decision_is_explained_in_either_language_and_any_version(
    stack: Stack, database: Database, corrected: ClaimAdjudicated
) -> None:
    number = corrected.claim_number
    now = await run(stack, database, "explain", number, "--language", "fr")
    first = await run(stack, database, "explain", number, "--version", str(corrected.version))
    assert (now.exit_code, first.exit_code) == (0, 0), now.output + first.output
    assert "allowed.customary_charge" in now.output
    assert "remboursés" in now.output
    assert "$32.00" in first.output
    assert "TEST version 3" in first.output
    unknown = await run(stack, database, "explain", number, "--version", "9")
    assert (unknown.exit_code, "2, 3" in unknown.output) == (1, True)


async def test_every_version_of_every_claim_is_replayed(
    stack: Stack, database: Database, corrected: ClaimAdjudicated
) -> None:
    everything = await run(stack, database, "replay", "--all")
    assert (everything.exit_code, everything.output.strip()) == (0, "3 decisions replayed the same, 0 not.")
    one = await run(stack, database, "replay", corrected.claim_number)
    assert one.output.strip() == "2 decisions replayed the same, 0 not."
    assert (await run(stack, database, "replay")).exit_code == 2


async def test_a_decision_that_was_changed_by_hand_is_found(
    stack: Stack, database: Database, corrected: ClaimAdjudicated
) -> None:
    client: MongoClient[dict[str, str]]
    with MongoClient(stack.servers.mongodb_admin_url) as client:
        claims: Collection[dict[str, str]] = client[database.name]["claims"]
        row = claims.find_one({"number": corrected.claim_number}) or {}
        text = row["decision"]
        changed = text.replace('"benefit_cents":1600', '"benefit_cents":9900')
        claims.update_one({"number": corrected.claim_number}, {"$set": {"decision": changed}})
    result = await run(stack, database, "replay", "--all")
    assert result.exit_code == 1
    assert f"{corrected.claim_number} version 3: the replay decides otherwise" in result.output
