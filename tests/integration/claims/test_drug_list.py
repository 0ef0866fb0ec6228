"""The drug list on MongoDB: the same contract, the whole extract, loads beside searches, the command line."""

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from deploy.sample.drugs import extract_of, sample_drugs, whole_extract
from services.claims.domain.drug_list import read_extract
from services.claims.domain.drug_search import DrugQuery
from services.claims.domain.drugs import DrugSchedule
from services.claims.drugs import load_into
from services.claims.handlers.drugs_at_hand import DrugsAtHand
from services.claims.storage import SCHEMA, MongoDrugs, MongoDrugUploads
from shared.mongo import Database, Unavailable
from shared.schema import Schema
from tests.support.drug_extracts import extract, product, rows
from tests.support.drugs_repository_contract import DrugRepositoryContract, DrugStores, info

MakeDatabase = Callable[[Schema], Awaitable[Database]]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database(SCHEMA)


class TestMongoDrugs(DrugRepositoryContract):
    @pytest.fixture
    def stores(self, database: Database) -> DrugStores:
        return DrugStores(MongoDrugs(database), MongoDrugUploads(database), database.with_transaction)


def saved(folder: Path, archive: bytes, name: str = "allfiles.zip") -> Path:
    (folder / name).write_bytes(archive)
    return folder / name


@pytest.mark.req("COV-4")
def test_the_whole_extract_is_what_its_files_say() -> None:
    """The real extract, where it is at hand: every product for people that is marketed, and no other."""
    archive = whole_extract()
    found = read_extract(io.BytesIO(archive))
    people = {row[0]: row[3] for row in rows(archive, "drug") if row[2] == "Human"}
    marketed = {row[0] for row in rows(archive, "status") if row[1:3] == ["Y", "MARKETED"]}
    assert {drug.din for drug in found.drugs} == {din for code, din in people.items() if code in marketed}
    assert len(found.drugs) + found.skipped == len(rows(archive, "drug"))
    ingredients = [row for row in rows(archive, "ingred") if row[0] in people and row[0] in marketed]
    assert sum(len(drug.ingredients) for drug in found.drugs) == len(ingredients)
    assert found.bad_rows == ()
    assert all(drug.forms and drug.routes and drug.schedules and drug.company for drug in found.drugs)
    assert DrugSchedule.OTHER not in {schedule for drug in found.drugs for schedule in drug.schedules}


@pytest.mark.req("COV-1", "COV-4", "CLM-8")
async def test_the_whole_extract_is_loaded_and_every_product_can_be_found(database: Database, tmp_path: Path) -> None:
    archive = whole_extract()
    listed, changed = await load_into(database, saved(tmp_path, archive))
    assert changed
    expected = read_extract(io.BytesIO(archive)).drugs

    at_hand = DrugsAtHand(MongoDrugs(database))
    held = await at_hand.held()

    assert held is not None
    assert held.info == listed
    assert [held.search.get(drug.din) for drug in expected] == list(expected)
    facts = await at_hand.get_many([drug.din for drug in expected])
    assert facts == {drug.din: drug.facts() for drug in expected}
    for drug in expected[:: len(expected) // 50]:
        found = held.search.search(DrugQuery(drug.names.en, "fr", limit=1_000)).drugs
        assert drug in found
    assert await load_into(database, saved(tmp_path, archive)) == (listed, False)


@pytest.mark.req("COV-4")
async def test_searches_go_on_while_lists_are_replaced_and_see_one_whole_list_each(
    database: Database, tmp_path: Path
) -> None:
    """Every list has products of its own name only: a mixture would show, and so would an answer without any."""
    lists = {
        name: extract(*(product(f"{name}{number}") for number in range(count)))
        for name, count in (("ALPHA", 40), ("BETA", 70), ("GAMMA", 20))
    }
    counts = {"ALPHA": 40, "BETA": 70, "GAMMA": 20}
    await load_into(database, saved(tmp_path, lists["ALPHA"]))
    processes = [DrugsAtHand(MongoDrugs(database), look_every_seconds=0.01) for _ in range(3)]
    watching = [asyncio.create_task(process.watch()) for process in processes]
    seen, stop = set[str](), asyncio.Event()

    async def search(process: DrugsAtHand) -> None:
        while not stop.is_set():
            held = await process.held()
            assert held is not None
            found = held.search.search(DrugQuery("metformin", "en", limit=100))
            (name,) = {drug.names.en.rstrip("0123456789") for drug in found.drugs}
            assert found.total == counts[name] == held.info.products
            seen.add(name)
            await asyncio.sleep(0)

    searching = [asyncio.create_task(search(process)) for process in processes]
    try:
        for name in ("BETA", "GAMMA", "ALPHA", "BETA"):
            await load_into(database, saved(tmp_path, lists[name]))
            async with asyncio.timeout(20):
                for process in processes:
                    while (held := await process.held()) is None or held.info.products != counts[name]:
                        assert not any(task.done() for task in searching)
                        await asyncio.sleep(0.01)
    finally:
        stop.set()
        await asyncio.gather(*searching)
        for task in watching:
            task.cancel()
    assert seen == set(lists)


@pytest.mark.req("COV-4")
async def test_a_load_that_ends_half_way_leaves_the_list_and_no_products(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = await load_into(database, saved(tmp_path, extract(product("BEFORE"))))
    add = MongoDrugs.add

    async def half(self: MongoDrugs, version: str, drugs: object, **options: object) -> None:
        await add(self, version, drugs[:1], **options)  # type: ignore[index,arg-type]
        raise Unavailable

    monkeypatch.setattr(MongoDrugs, "add", half)
    with pytest.raises(Unavailable):
        await load_into(database, saved(tmp_path, extract(product("AFTER"), product("MORE"))))
    repository = MongoDrugs(database)
    assert await repository.current() == before
    assert await database.collection("drugs").count({}) == 1


@pytest.mark.req("COV-4")
async def test_of_loads_at_once_one_wins_and_the_others_are_told(database: Database) -> None:
    repository = MongoDrugs(database)
    offered = [info() for _ in range(6)]

    async def switch(number: int) -> bool:
        return await database.with_transaction(
            lambda session: repository.switch(offered[number], replaces=None, session=session)
        )

    won = await asyncio.gather(*map(switch, range(6)))
    assert sum(won) == 1
    assert await repository.current() == offered[won.index(True)]


def command(database: Database, url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    settings = {"ACQUIT_RABBITMQ_URL": "amqp://unused", "ACQUIT_MONGODB_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "services.claims.drugs", "load", *arguments],
        cwd=PROJECT,
        env={**os.environ, **settings, "ACQUIT_MONGODB_DATABASE": database.name, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.req("COV-4")
async def test_the_command_loads_says_what_is_wrong_and_skips_when_told(
    database: Database, stack: Stack, tmp_path: Path
) -> None:
    url = stack.servers.mongodb_admin_url
    good = saved(tmp_path, extract_of(sample_drugs()), "good.zip")
    bad = saved(tmp_path, extract(product(), product(din="12")), "bad.zip")

    async def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(command, database, url, *arguments)

    loaded, again, refused = await run(str(good)), await run(str(good)), await run(str(bad))
    assert (loaded.returncode, loaded.stdout[:20]) == (0, "loaded: 200 products")
    assert again.stdout.startswith("unchanged")
    assert refused.returncode == 1
    assert "drug.txt" in refused.stderr
    assert "eight digits" in refused.stderr
    assert (await MongoDrugs(database).current()) is not None
    skipped = await run(str(bad), "--skip-bad-rows")
    assert (skipped.returncode, skipped.stdout[:18]) == (0, "loaded: 1 products")
    missing = await run(str(bad), "--status", "dormant")
    assert (missing.returncode, "drug_dr.txt" in missing.stderr) == (1, True)
