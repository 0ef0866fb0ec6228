"""The drug list: how long the whole extract takes to load on one core, and how long a search takes with it.

``python -m loadtests.bench.drugs [FILE] [--compare]``: on servers of its own, with the extract at ``FILE``, the real
one where it is at hand, or as many invented products. ``--compare`` measures an index in the database beside ours.
"""

import asyncio
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Annotated, Any, Final

import typer

from deploy.local.environment import PROJECT
from deploy.sample.drugs import whole_extract
from loadtests.bench.cores import one_core
from loadtests.bench.rig import Rig
from services.claims.domain.drug_search import DrugQuery, DrugSearch, Facet
from services.claims.domain.drug_words import drug_words, words_of
from services.claims.domain.drugs import Drug
from services.claims.drugs import load_into
from services.claims.handlers.drugs_at_hand import DrugsAtHand
from services.claims.storage import MongoDrugs
from shared.contracts import Actor
from shared.contracts.claims.drugs import GetDrugList, SearchDrugs
from shared.errors import AppError
from shared.messaging import Publisher, make_broker
from shared.mongo import Database, connect
from shared.rpc import RpcClient

ROOT: Final = PROJECT / ".local" / "bench-drugs"
SEARCHES: Final = 3_000
ASKED: Final = 1_000
SEED: Final = 5
SHORTEST: Final = 2
_ASKER: Final = Actor(account_id="bench", session_id="bench", roles=("member",), dossier_id="bench")


@dataclass(frozen=True, slots=True)
class DrugFigures:
    """Seconds to load; the 99th of a hundred searches in milliseconds, within the process and asked over the bus."""

    products: int
    dpd_import_seconds: float
    drug_search_p99_ms: float
    drug_search_bus_p99_ms: float


def measure(rig: Rig, extract: Path) -> DrugFigures:
    """All figures, on the servers of ``rig``; leaves the list in the database of claims."""
    url = rig.stack.servers.mongodb_admin_url
    products, seconds = asyncio.run(_timed_load(url, extract))
    texts, latencies = asyncio.run(_searched(url))
    with rig.service("claims"):
        asked = asyncio.run(_asked(rig.stack.rabbitmq_url("edge"), texts[:ASKED]))
    return DrugFigures(products, seconds, _p99_ms(latencies), _p99_ms(asked))


async def _timed_load(url: str, extract: Path) -> tuple[int, float]:
    """Load into an empty list, on one core."""
    database = connect(url, "claims", pool_size=4)
    for name in ("drugs", "drug_versions", "drug_list"):
        await database.collection(name).delete_many({})
    with one_core():
        started = time.perf_counter()
        listed, _ = await load_into(database, extract)
        seconds = time.perf_counter() - started
    database.close()
    return listed.products, seconds


async def _searched(url: str) -> tuple[list[str], list[float]]:
    """What was searched in the process, and how long each search took."""
    database = connect(url, "claims", pool_size=4)
    held = await DrugsAtHand(MongoDrugs(database)).held()
    database.close()
    if held is None:
        raise RuntimeError("there is no list")
    texts = typed(held.search.drugs, SEARCHES)
    return texts, await _each(texts, _in_process(held.search))


def _in_process(search: DrugSearch) -> Callable[[str], Awaitable[object]]:
    async def one(text: str) -> object:
        return search.search(DrugQuery(text, "fr"))

    return one


async def _asked(url: str, texts: Sequence[str]) -> list[float]:
    """The same over the bus, one after the other, answered by a claims process."""
    broker = make_broker(url, prefetch=10, app_id="edge")
    client = RpcClient(Publisher(broker, user="edge"))
    client.attach(broker)
    await broker.start()

    async def one(text: str) -> object:
        return await client.request_raw(SearchDrugs(text=text), actor=_ASKER)

    await _until_at_hand(client)
    latencies = await _each(texts, one)
    await broker.stop()
    return latencies


async def _until_at_hand(client: RpcClient) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            await client.request_raw(GetDrugList(), actor=_ASKER)
        except AppError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def _each(texts: Sequence[str], one: Callable[[str], Awaitable[object]]) -> list[float]:
    latencies = []
    for text in texts:
        started = time.perf_counter()
        await one(text)
        latencies.append(time.perf_counter() - started)
    return latencies


def _p99_ms(latencies: Sequence[float]) -> float:
    return quantiles(latencies, n=100)[98] * 1_000


def typed(drugs: Sequence[Drug], count: int) -> list[str]:
    """What people type: beginnings of names, ingredients and DINs; names in any order; ingredient and strength."""
    random, found = Random(SEED), list[str]()
    while len(found) < count:
        drug = random.choice(drugs)
        name, ingredient = words_of(drug.names.en), words_of(random.choice(drug.ingredients).names.fr)
        shuffled = random.sample(name, len(name))
        kinds = (
            name[0][: random.randint(2, 8)] if name else "",
            random.choice(ingredient)[: random.randint(2, 9)],
            drug.din[: random.randint(4, 8)],
            " ".join(shuffled),
            " ".join([*ingredient[:1], *words_of(drug.strength("en"))[:2]]),
        )
        text = random.choices(kinds, (3, 2, 1, 2, 2))[0]
        if len(text) >= SHORTEST:
            found.append(text[:80])
    return found


async def compare(url: str) -> float:
    """The 99th of a hundred searches in milliseconds with an index of words in the database instead: an anchored
    expression for each word, the page and the counts of the facets in one aggregation.
    """
    database = connect(url, "claims", pool_size=4)
    held = await DrugsAtHand(MongoDrugs(database)).held()
    if held is None:
        raise RuntimeError("there is no list")
    words = database.collection("bench_drugs")
    await words.insert_many([_indexed(drug) for drug in held.search.drugs])
    await _index(database)

    async def one(text: str) -> object:
        return await words.aggregate(_pipeline(text))

    latencies = await _each(typed(held.search.drugs, ASKED), one)
    await words.delete_many({})
    database.close()
    return _p99_ms(latencies)


def _indexed(drug: Drug) -> dict[str, Any]:
    return {
        "_id": drug.din,
        "words": [drug.din, *sorted(drug_words(drug))],
        "name": drug.names.en,
        "form": [form.code for form in drug.forms],
        "route": [route.code for route in drug.routes],
        "schedule": [schedule.value for schedule in drug.schedules],
        "strength": [drug.strength("en")],
    }


async def _index(database: Database) -> None:
    # The facade offers no rights to make an index, as services have none.
    await database.collection("bench_drugs")._collection.create_index("words")  # noqa: SLF001


def _pipeline(text: str) -> list[dict[str, Any]]:
    conditions = [{"words": {"$regex": f"^{re.escape(word)}"}} for word in words_of(text)]
    facets = {
        facet.value: [{"$unwind": f"${facet.value}"}, {"$sortByCount": f"${facet.value}"}, {"$limit": 50}]
        for facet in Facet
    }
    page = [{"$sort": {"name": 1}}, {"$limit": 20}]
    return [{"$match": {"$and": conditions}}, {"$facet": {"page": page, "total": [{"$count": "of"}], **facets}}]


def main(
    extract: Annotated[Path | None, typer.Argument(exists=True, help="The extract; else the one at hand.")] = None,
    *,
    beside: Annotated[bool, typer.Option("--compare", help="Measure an index in the database as well.")] = False,
) -> None:
    """Measure loading and searching the drug list."""
    shutil.rmtree(ROOT, ignore_errors=True)
    with Rig(ROOT) as rig:
        if extract is None:
            extract = ROOT / "extract.zip"
            extract.write_bytes(whole_extract())
        figures = measure(rig, extract)
        print(
            f"{figures.products} products loaded in {figures.dpd_import_seconds:.1f} s on one core; search p99 "
            f"{figures.drug_search_p99_ms:.1f} ms in the process, {figures.drug_search_bus_p99_ms:.1f} ms over the bus"
        )
        if beside:
            p99 = asyncio.run(compare(rig.stack.servers.mongodb_admin_url))
            print(f"with an index of words in the database: p99 {p99:.1f} ms")


if __name__ == "__main__":
    typer.run(main)
