"""A member finds a provider or adds one, chooses it in a claim, finds it again; an agent merges it (CLM-2)."""

import secrets
from typing import Any

import pytest

from deploy.demo.client import Json
from tests.journeys.test_provider_registration import PROVIDER_HEADER, Dentist, load, refusal
from tests.support.waiting import eventually
from tests.support.world import Member, World, claim_body, provider_body


async def search(member: Member, **query: Any) -> list[Json]:
    return list((await member.person.get("/providers", **query))["providers"])


async def recent(member: Member) -> list[str]:
    """Ids of the providers used for physiotherapy."""
    found = await member.person.get("/providers/recent", claim_type="physiotherapy")
    return [each["provider_id"] for each in found["providers"]]


async def claimed(member: Member, provider_id: str) -> Json:
    """A decided claim for a treatment by a provider of the directory."""
    body = claim_body(member.persons[0], provider={"id": provider_id, "name": "Typed in haste"})
    return await member.decided(await member.submit(body))


async def in_queue(world: World, provider_id: str) -> Json:
    """The entry of the agents' queue."""
    agent, query = await world.agent(), {"limit": "50"}
    while True:
        page = await agent.get("/providers/duplicates", **query)
        for each in page["added"]:
            if each["provider"]["provider_id"] == provider_id:
                return dict(each)
        query["after"] = page["next_after"]


@pytest.mark.req("CLM-2", "CLM-8")
async def test_a_provider_is_added_chosen_found_again_and_merged(world: World) -> None:
    member, other = await world.members(2)
    typed = provider_body()
    assert await search(member, phone=typed["phone"], last_name=typed["last_name"]) == []
    professions = (await member.person.get("/professions"))["professions"]
    assert {"code": "physiotherapist", "name": "Physiothérapeute"} in professions

    draft = await member.person.post("/providers", typed | {"first_name": "NOÉMIE"})
    assert (draft["confirmed"], draft["first_name"], draft["address"]["postal_code"]) == (False, "Noémie", "G6V 1A1")
    provider_id = str(draft["provider_id"])
    assert await refusal(other.person.post(f"/providers/{provider_id}/confirm")) == (404, "claims.provider_not_found")
    confirmed = await member.person.post(f"/providers/{provider_id}/confirm")
    assert confirmed["provider"]["unconfirmed_by_us"] is True

    mistyped = typed["last_name"][:-1].lower()
    found = await search(member, first_name=mistyped, last_name="noemie", claim_type="physiotherapy")
    assert [each["provider_id"] for each in found] == [provider_id]
    assert await search(other, phone=typed["phone"]) == []

    first = await claimed(member, provider_id)
    assert first["provider_name"] == confirmed["provider"]["name"] == f"Noémie {draft['last_name']}"
    assert first["outcome"] != "denied"
    assert await recent(member) == [provider_id]
    assert await recent(other) == []

    target = Dentist()
    number = f"418 {secrets.randbelow(800) + 200}-{secrets.randbelow(10_000):04d}"
    await load(world, "providers", PROVIDER_HEADER, target.row(phone=number, name=f"Noémie {typed['last_name']}"))

    async def listed() -> bool:
        return bool(await search(other, phone=number))

    await eventually(listed, "the directory knows the register's provider")
    ours = target.number.provider_id
    assert (await in_queue(world, provider_id))["dossier_id"] == member.dossier_id
    agent = await world.agent()
    (target_found,) = (await agent.get("/administration/providers", phone=number))["providers"]
    assert target_found["provider_id"] == ours
    assert await refusal(agent.post(f"/providers/{ours}/accept")) == (409, "claims.provider_of_register")
    merged = await agent.post(f"/providers/{provider_id}/merge", {"into": ours})
    assert merged["provider"]["provider_id"] == ours

    assert [each["provider_id"] for each in await search(other, phone=typed["phone"])] == [ours]
    assert await recent(member) == [ours]
    again = await claimed(member, ours)
    assert (again["outcome"], again["lines"][0]["reasons"][0]["code"]) == ("denied", "already_claimed")
    acts = world.database("identity")["audit"]

    async def noted() -> bool:
        return acts.count_documents({"details.provider_id": provider_id, "source": "claims"}) == 1

    await eventually(noted, "the merge is an entry of the audit")


@pytest.mark.req("CLM-2")
async def test_an_accepted_provider_is_everybodys_and_what_is_wrong_is_said_in_words(world: World) -> None:
    member, other = await world.members(2)
    typed = provider_body(clinic_name="Physio du Moulin")
    wrong = {"phone": "555-0110"}, {"last_name": " - ", "clinic_name": ""}, {"profession": "alchemist"}
    codes = [(await refusal(member.person.post("/providers", typed | each)))[1] for each in wrong]
    assert codes == ["claims.provider_phone_invalid", "claims.provider_name_missing", "claims.profession_unknown"]
    assert await refusal(member.person.get("/providers")) == (422, "claims.provider_search_empty")

    provider_id = str((await member.person.post("/providers", typed))["provider_id"])
    await member.person.post(f"/providers/{provider_id}/confirm")
    twin = await member.person.post("/providers", typed | {"last_name": "Autrement"})
    assert [each["provider_id"] for each in twin["likely_duplicates"]] == [provider_id]
    foreign = await other.decided(
        await other.submit(claim_body(other.persons[0], provider={"id": provider_id, "name": "As typed"}))
    )
    assert foreign["provider_name"] == "As typed"

    await (await world.agent()).post(f"/providers/{provider_id}/accept")
    (found,) = await search(other, phone=typed["phone"])
    assert (found["provider_id"], found["unconfirmed_by_us"]) == (provider_id, False)
    assert (await claimed(other, provider_id))["provider_name"] == found["name"]
