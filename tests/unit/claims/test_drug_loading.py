"""Loading a drug list, taking it to hand, and asking it (COV-1, COV-4)."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from services.claims.domain.drug_errors import (
    DrugFileMissingError,
    DrugListChangedError,
    DrugListMissingError,
    DrugNotFoundError,
    DrugUploadIncompleteError,
)
from services.claims.domain.drugs import SCHEDULE_NAMES, DrugSchedule
from services.claims.handlers.drug_asking import get_drug, get_drug_list, search_drugs
from services.claims.handlers.drug_loading import load_drug_list, prepare_drug_list, store_drug_list_slice
from services.claims.handlers.drugs_at_hand import DrugListChanging, DrugsAtHand
from services.claims.handlers.ports_lookups import DrugLookup
from shared.clock import new_id
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.drugs import (
    UPLOAD_SLICE_BYTES,
    DrugListReport,
    DrugScheduleCode,
    DrugsPage,
    DrugView,
    GetDrug,
    GetDrugList,
    LoadDrugList,
    SearchDrugs,
    StoreDrugListSlice,
)
from shared.mongo import Unavailable
from shared.outbox import Work
from tests.support.claims_desk import member, received
from tests.support.drug_extracts import METFORMIN, extract, product, rows, written
from tests.support.drugs_memory import MemoryDrugs, MemoryDrugUploads
from tests.support.drugs_repository_contract import info

AGENT = member(None, account_id="agent-1", roles=("agent",), language="fr")
NOON = datetime(2026, 6, 15, 16, 0, tzinfo=UTC)


@dataclass
class Desk:
    """The drug list without its bus."""

    drugs: MemoryDrugs = field(default_factory=MemoryDrugs)
    uploads: MemoryDrugUploads = field(default_factory=MemoryDrugUploads)
    now: datetime = NOON
    acts: list[ActRecorded] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at_hand = DrugsAtHand(self.drugs)

    async def upload(self, archive: bytes, *, piece: int = UPLOAD_SLICE_BYTES, **overrides: Any) -> LoadDrugList:
        upload_id = new_id()
        pieces = [archive[start : start + piece] for start in range(0, len(archive), piece)]
        for position, data in enumerate(pieces):
            message = StoreDrugListSlice(upload_id=upload_id, position=position, data=b64encode(data).decode())
            await store_drug_list_slice(received(message, actor=AGENT), uploads=self.uploads, clock=lambda: self.now)
        said: dict[str, Any] = {"slices": len(pieces), "size": len(archive), "sha256": sha256(archive).hexdigest()}
        return LoadDrugList(upload_id=upload_id, **{**said, **overrides})

    async def load(self, archive: bytes, **options: Any) -> DrugListReport:
        return await self.finish(await self.upload(archive, **options))

    async def finish(self, message: LoadDrugList, *, actor: Any = AGENT) -> DrugListReport:
        prepared = await prepare_drug_list(
            received(message, actor=actor), drugs=self.drugs, uploads=self.uploads, clock=lambda: self.now, ids=new_id
        )
        work = Work(None, prepared, source="claims")
        report = await load_drug_list(prepared, work, drugs=self.drugs, clock=lambda: self.now)
        self.acts += [event for event in work.events if isinstance(event, ActRecorded)]
        return report

    async def search(self, text: str, *, language: str = "fr", **query: Any) -> DrugsPage:
        asked = received(SearchDrugs(text=text, **query), actor=member(language=language))
        return await search_drugs(asked, at_hand=self.at_hand)

    async def drug(self, din: str, *, language: str = "fr") -> DrugView:
        return await get_drug(received(GetDrug(din=din), actor=member(language=language)), at_hand=self.at_hand)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.req("COV-4")
async def test_an_extract_in_slices_becomes_the_list_and_an_act_of_the_agent(desk: Desk) -> None:
    archive = extract(product("MÉTRIOL"), product("HORSE", kind="Veterinary"))

    report = await desk.load(archive, piece=1_000)

    assert report.outcome == "loaded"
    assert report.list is not None
    assert (report.list.products, report.list.skipped, report.list.loaded_at) == (1, 1, NOON)
    assert report.list.extracted_on.isoformat() == "2026-04-01"
    assert report.list.digest == sha256(archive).hexdigest()
    assert "Licence du gouvernement ouvert" in report.list.attribution
    (act,) = desk.acts
    assert (act.act, act.account_id, act.details["what"]) == ("authz_admin", "agent-1", "drug_list")
    assert act.details["digest"] == report.list.digest


@pytest.mark.req("COV-4")
async def test_the_same_extract_again_changes_nothing(desk: Desk) -> None:
    archive = extract()
    first = await desk.load(archive)
    again = await desk.load(archive)
    assert (again.outcome, again.list) == ("unchanged", first.list)
    assert len(desk.drugs.versions) == len(desk.acts) == 1


@pytest.mark.req("COV-4")
async def test_malformed_rows_are_told_and_the_list_stays_unless_they_may_be_skipped(desk: Desk) -> None:
    await desk.load(extract(product("BEFORE")))
    spoilt, kept = product("SPOILT"), product("KEPT")
    schedules = rows(extract(spoilt, kept), "schedule")
    schedules[0][1] = ""
    archive = extract(spoilt, kept, schedule=written(*schedules))

    refused = await desk.load(archive)

    assert (refused.outcome, refused.list, refused.complete) == ("refused", None, True)
    assert [(bad.file, bad.line, bad.problem) for bad in refused.bad_rows] == [("schedule.txt", 1, "empty")]
    assert [drug.name for drug in (await desk.search("9900")).drugs] == ["BEFORE"]
    assert (len(desk.drugs.versions), len(desk.acts)) == (1, 1)

    skipped = await desk.load(archive, skip_bad_rows=True)

    assert (skipped.outcome, len(skipped.bad_rows)) == ("loaded", 1)
    assert skipped.list is not None
    assert (skipped.list.products, skipped.list.bad_rows) == (1, 1)


@pytest.mark.req("COV-4")
@pytest.mark.parametrize(
    "overrides", [{"size": 7}, {"slices": 2}, {"sha256": "0" * 64}, {"upload_id": "another"}], ids=str
)
async def test_slices_that_are_not_what_was_announced_are_no_extract(desk: Desk, overrides: dict[str, Any]) -> None:
    message = await desk.upload(extract())
    with pytest.raises(DrugUploadIncompleteError):
        await desk.finish(message.model_copy(update=overrides))


@pytest.mark.req("COV-4")
async def test_another_agents_slices_are_not_read(desk: Desk) -> None:
    message = await desk.upload(extract())
    with pytest.raises(DrugUploadIncompleteError):
        await desk.finish(message, actor=member(None, account_id="agent-2", roles=("agent",)))


@pytest.mark.parametrize("data", ["%%%%", "", b64encode(b"x" * (UPLOAD_SLICE_BYTES + 1)).decode()], ids=len)
async def test_a_slice_is_base64_and_of_bounded_size(desk: Desk, data: str) -> None:
    message = StoreDrugListSlice.model_construct(upload_id="u", position=0, data=data)
    with pytest.raises(DrugUploadIncompleteError):
        await store_drug_list_slice(received(message, actor=AGENT), uploads=desk.uploads, clock=lambda: NOON)


@pytest.mark.req("COV-4")
async def test_what_is_no_extract_leaves_the_list(desk: Desk) -> None:
    await desk.load(extract(product("BEFORE")))
    with pytest.raises(DrugFileMissingError):
        await desk.load(extract(ingred=None))
    assert [drug.name for drug in (await desk.search("9900")).drugs] == ["BEFORE"]


@pytest.mark.req("COV-4")
async def test_a_load_that_breaks_half_way_leaves_the_list_and_nothing_behind(desk: Desk) -> None:
    await desk.load(extract(product("BEFORE")))
    add = desk.drugs.add

    async def half(version: str, drugs: Any, *, now: datetime) -> None:
        await add(version, drugs[:1], now=now)
        raise Unavailable

    desk.drugs.add = half  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await desk.load(extract(product("AFTER"), product("MORE")))
    assert [drug.name for drug in (await desk.search("9900")).drugs] == ["BEFORE"]
    assert len(desk.drugs.versions) == 1


@pytest.mark.req("COV-4")
async def test_of_two_loads_at_once_the_faster_one_wins_and_the_other_is_told(desk: Desk) -> None:
    slow = await desk.upload(extract(product("SLOW")))
    prepared = await prepare_drug_list(
        received(slow, actor=AGENT), drugs=desk.drugs, uploads=desk.uploads, clock=lambda: NOON, ids=new_id
    )
    await desk.load(extract(product("FAST")))
    with pytest.raises(DrugListChangedError):
        await load_drug_list(prepared, Work(None, prepared, source="claims"), drugs=desk.drugs, clock=lambda: NOON)
    assert [drug.name for drug in (await desk.search("9900")).drugs] == ["FAST"]


@pytest.mark.req("COV-4")
async def test_what_was_replaced_goes_at_the_next_load_an_hour_later(desk: Desk) -> None:
    for number in range(3):
        await desk.load(extract(product(f"V{number}")))
    assert len(desk.drugs.versions) == 3
    desk.now += timedelta(hours=2)
    await desk.load(extract(product("V4")))
    assert len(desk.drugs.versions) == 2


@pytest.mark.req("COV-4")
async def test_the_list_at_hand_follows_and_the_database_is_asked_for_no_search(desk: Desk) -> None:
    await desk.load(extract(product("FIRST")))
    assert (await desk.search("9900")).total == 1
    await desk.load(extract(product("SECOND"), product("THIRD")))
    looks = desk.drugs.looks
    assert [(await desk.search("9900")).total for _ in range(5)] == [1] * 5
    assert desk.drugs.looks == looks
    await desk.at_hand.look()
    assert (await desk.search("9900")).total == 2


@pytest.mark.req("COV-4")
async def test_a_process_that_watches_has_the_new_list_soon_and_outlives_outages() -> None:
    desk = Desk()
    desk.at_hand = DrugsAtHand(desk.drugs, look_every_seconds=0.001)
    current, asked, enough = desk.drugs.current, list[bool](), asyncio.Event()

    async def away_every_other_time(**options: Any) -> Any:
        asked.append(len(asked) % 2 == 0)
        if len(asked) > 4:
            enough.set()
        if asked[-1]:
            raise Unavailable
        return await current(**options)

    await desk.load(extract(product("ONLY")))
    desk.drugs.current = away_every_other_time  # type: ignore[method-assign]
    watching = asyncio.create_task(desk.at_hand.watch())
    try:
        async with asyncio.timeout(5):
            await enough.wait()
        assert (await desk.search("9900")).total == 1
    finally:
        watching.cancel()


async def test_those_who_ask_first_wait_for_one_reading(desk: Desk) -> None:
    await desk.load(extract())
    desk.drugs.looks = 0
    found = await asyncio.gather(*(desk.search("9900") for _ in range(10)))
    assert [page.total for page in found] == [1] * 10
    assert desk.drugs.looks == 1


async def test_a_version_that_is_taken_away_while_it_is_read_is_not_taken_to_hand(desk: Desk) -> None:
    desk.drugs.present = info("gone", products=3)
    with pytest.raises(DrugListChanging):
        await desk.search("9900")


@pytest.mark.req("CLM-8")
async def test_adjudication_gets_facts_of_the_products_that_there_are(desk: Desk) -> None:
    made = product("MÉTRIOL", group="0100042001")
    await desk.load(extract(made))
    lookup: DrugLookup = desk.at_hand

    found = await lookup.get_many([made.din, "00000000"])

    assert list(found) == [made.din]
    assert (found[made.din].atc, found[made.din].schedules) == (("A10BA02",), frozenset({"prescription"}))
    assert found[made.din].group == "0100042001"
    assert await lookup.get_many([]) == {}


@pytest.mark.req("CLM-8")
async def test_without_a_list_there_are_no_facts_and_nothing_to_find(desk: Desk) -> None:
    assert await desk.at_hand.get_many(["02382679"]) == {}
    assert (await desk.search("metformin")).total == 0
    with pytest.raises(DrugNotFoundError):
        await desk.drug("02382679")
    with pytest.raises(DrugListMissingError):
        await get_drug_list(received(GetDrugList(), actor=AGENT), at_hand=desk.at_hand)


@pytest.mark.req("COV-1")
async def test_a_product_is_told_in_the_language_of_the_caller(desk: Desk) -> None:
    made = product("METRIOL", (METFORMIN, "500"), name_fr="MÉTRIOL")
    await desk.load(extract(made))

    french, english = await desk.drug(made.din), await desk.drug(made.din, language="en")

    assert (french.name, french.description, french.strength) == ("MÉTRIOL", "Chlorhydrate de metformine", "500 MG")
    assert (english.name, english.description) == ("METRIOL", "METFORMIN HYDROCHLORIDE")
    assert (french.forms[0].name, english.forms[0].name) == ("Comprimé", "TABLET")
    assert (french.schedules[0].name, english.schedules[0].code) == ("Sur ordonnance", "prescription")
    assert [(each.name, each.strength) for each in english.ingredients] == [("METFORMIN HYDROCHLORIDE", "500 MG")]
    (found,) = (await desk.search("metriol", language="en")).drugs
    assert found.model_dump() == {name: english.model_dump()[name] for name in found.model_dump()}
    assert (await desk.search("metriol", language="en")).facets.route[0].name == "ORAL"
    listed = await get_drug_list(received(GetDrugList(), actor=member(language="en")), at_hand=desk.at_hand)
    assert "Open Government Licence" in listed.attribution


@pytest.mark.req("COV-1")
@pytest.mark.parametrize("sort", ["relevance", "name", "strength", "form", "company", "din"])
async def test_cursors_lead_through_all_pages(desk: Desk, sort: str) -> None:
    await desk.load(extract(*(product(f"ALPHA{number}", (METFORMIN, str(number))) for number in range(1, 8))))
    found, after = list[str](), None
    while True:
        page = await desk.search("alpha", sort=sort, limit=3, after=after)
        assert page.total == 7
        found += [drug.din for drug in page.drugs]
        after = page.next_after
        if after is None:
            break
    assert found == [drug.din for drug in (await desk.search("alpha", sort=sort)).drugs]
    assert len(set(found)) == 7


@pytest.mark.parametrize("after", ["", "x", "W10=", "WzEsMiwzXQ==", "bnVsbA==", "é", "eyJhIjoxfQ=="])
async def test_nothing_stands_after_a_cursor_that_was_never_given(desk: Desk, after: str) -> None:
    await desk.load(extract())
    assert (await desk.search("9900", after=after)).drugs == ()


async def test_filters_are_those_of_the_facets(desk: Desk) -> None:
    await desk.load(extract(product("ALPHA", (METFORMIN, "500")), product("ALPHA", (METFORMIN, "850"))))
    page = await desk.search("alpha", strength="850 MG", form="85", route="56", schedule="prescription")
    assert [drug.strength for drug in page.drugs] == ["850 MG"]
    assert {(value.code, value.count) for value in page.facets.strength} == {("500 MG", 1), ("850 MG", 1)}


def test_contract_and_domain_know_the_same_schedules() -> None:
    assert list(DrugScheduleCode.__args__) == [schedule.value for schedule in DrugSchedule]  # type: ignore[attr-defined]
    assert set(SCHEDULE_NAMES) == set(DrugSchedule)
