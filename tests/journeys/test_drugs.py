"""The drug list on the running system: an agent loads it, members look drugs up (COV-1, COV-3, COV-4)."""

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from deploy.sample.drugs import extract_of, sample_drugs, whole_extract
from tests.support.drug_extracts import extract, product
from tests.support.waiting import eventually
from tests.support.world import Member, World


async def put(world: World, agent: Person, archive: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    stated = {**agent.headers(), "content-type": "application/zip", **named}
    return await world.http.put("/drug-list", content=archive, headers=stated)


async def at_hand(person: Person, version: str) -> None:
    async def probe() -> bool:
        try:
            return bool((await person.get("/drug-list"))["version"] == version)
        except HttpProblem:
            return False

    await eventually(probe, f"list {version} is at hand")


async def load(world: World, archive: bytes) -> Json:
    """The list from this extract, in use."""
    agent = await world.agent()
    answer = await put(world, agent, archive)
    assert answer.status_code == httpx.codes.OK, answer.text
    listed: Json = answer.json()["list"]
    await at_hand(agent, listed["version"])
    return listed


@pytest.fixture(scope="module")
async def member(world: World) -> Member:
    return await world.member()


@pytest.mark.req("COV-1", "COV-3", "COV-4")
async def test_an_agent_loads_the_whole_list_and_a_member_finds_a_variant(world: World, member: Member) -> None:
    listed = await load(world, whole_extract())
    assert listed["products"] > 11_000
    assert "gouvernement ouvert" in (await member.person.get("/drug-list"))["attribution"]

    everything = await member.person.get("/drugs", text="METFORMIN", limit=100)
    tablet = next(value for value in everything["facets"]["form"] if value["name"] == "Comprimé")
    strength = everything["facets"]["strength"][0]
    narrowed = await member.person.get(
        "/drugs", text="metformin", form=tablet["code"], strength=strength["code"], sort="company", limit=100
    )

    assert 0 < narrowed["total"] < everything["total"]
    assert {drug["strength"] for drug in narrowed["drugs"]} == {strength["name"]}
    companies = [drug["company"] for drug in narrowed["drugs"]]
    assert companies == sorted(companies)
    first = narrowed["drugs"][0]
    assert {"name", "description", "strength", "forms", "din"} <= first.keys()
    assert (await member.person.get("/drugs", text=first["din"]))["drugs"] == [first]
    whole = await member.person.get(f"/drugs/{first['din']}")
    assert {name: whole[name] for name in first} == first
    with pytest.raises(HttpProblem) as unknown:
        await member.person.get("/drugs/00000000")
    assert (unknown.value.status, unknown.value.code) == (404, "claims.drug_not_found")


@pytest.mark.req("COV-4")
async def test_a_list_is_replaced_while_members_search_and_a_wrong_one_leaves_it(world: World, member: Member) -> None:
    agent = await world.agent()
    listed = await load(world, extract_of(sample_drugs()))
    refused = await put(world, agent, extract(product(din="7")), accept_language="en")
    assert (refused.status_code, refused.json()["code"]) == (422, "claims.drug_rows_refused")
    assert refused.json()["errors"][0]["detail"] == "drug.txt, line 1: the DIN is not eight digits."
    assert (await agent.get("/drug-list"))["version"] == listed["version"]
    same = await put(world, agent, extract_of(sample_drugs()))
    assert (same.json()["outcome"], same.json()["list"]["version"]) == ("unchanged", listed["version"])
    assert (await member.person.get("/drugs", text="9900"))["total"] == listed["products"] == 200
    acts = world.database("identity")["audit"]

    async def told() -> bool:
        return acts.count_documents({"details.version": listed["version"]}) == 1

    await eventually(told, "the audit has the load")
    with pytest.raises(HttpProblem) as member_loads:
        await member.person.put("/drug-list", {})
    assert member_loads.value.status == httpx.codes.FORBIDDEN
