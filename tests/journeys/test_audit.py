"""The log of acts over HTTP: what a member did is there, who looked at it is there too, and it is right."""

import subprocess
import sys
from typing import Any

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from deploy.local.environment import PROJECT
from tests.support.waiting import eventually
from tests.support.world import Member, World


async def acts(person: Person, path: str = "/acts", **query: Any) -> list[Json]:
    answer = await person.http.get(path, params=query, headers=person.headers())
    assert answer.status_code == httpx.codes.OK, answer.text
    found: list[Json] = answer.json()["acts"]
    return found


async def recorded(person: Person, *names: str, path: str = "/acts", **query: Any) -> list[Json]:
    """The acts, newest first, as soon as all of these names are among them."""

    async def probe() -> list[Json] | None:
        found = await acts(person, path, **query)
        return found if set(names) <= {each["act"] for each in found} else None

    found = await eventually(probe, f"{names} are recorded")
    assert found is not None
    return found


@pytest.fixture(scope="module")
async def member(world: World) -> Member:
    return await world.member()


@pytest.mark.req("OPS-7", "U1")
async def test_u1_a_member_reads_own_acts_in_own_language_newest_first(world: World, member: Member) -> None:
    await member.enrol()
    found = await recorded(member.person, "user_created", "authn_login_success", "sensitive_update")
    account_id = member.account["account_id"]
    own = [each for each in found if each["account_id"] == account_id]
    assert [each["act"] for each in own][::-1][:2] == ["user_created", "authn_login_success"]
    assert {each["text"] for each in own} >= {"Compte créé", "Connexion", "Dépôt direct inscrit ou changé"}
    assert {each["by"] for each in own} == {member.dossier.holder_name}
    assert [each["position"] for each in found] == sorted((each["position"] for each in found), reverse=True)
    first = await acts(member.person, limit=1)
    second = await acts(member.person, limit=1, before=first[0]["position"])
    assert [first[0]["position"], second[0]["position"]] == [each["position"] for each in found[:2]]


@pytest.mark.req("OPS-7", "U5")
async def test_u5_an_agent_searches_and_the_member_sees_that(world: World, member: Member) -> None:
    agent, account_id = await world.agent(), member.account["account_id"]
    found = await recorded(agent, "user_created", path="/administration/audit", about=account_id)
    assert {each["about"] for each in found} == {account_id}
    seen = next(each for each in await recorded(member.person, "sensitive_read") if each["act"] == "sensitive_read")
    assert (seen["about"], seen["by"], seen["by_role"]) == (account_id, None, "agent")
    by_name = await acts(agent, "/administration/audit", act="user_created", account_id=account_id)
    assert [each["act"] for each in by_name] == ["user_created"]
    long_ago = await acts(agent, "/administration/audit", account_id=account_id, to_day="2020-01-01")
    assert long_ago == []


@pytest.mark.req("OPS-7", "LOG-6")
async def test_nobody_reads_the_acts_of_others(world: World, member: Member) -> None:
    stranger = await world.member()
    await recorded(stranger.person, "user_created")
    ids = {member.account["account_id"], member.dossier_id}
    assert not [each for each in await acts(stranger.person, limit=100) if {each["account_id"], each["about"]} & ids]
    with pytest.raises(HttpProblem) as refused:
        await stranger.person.get("/administration/audit")
    assert refused.value.status == httpx.codes.FORBIDDEN


@pytest.mark.req("OPS-7", "U3")
async def test_u3_the_chain_of_the_running_system_is_right(world: World, member: Member) -> None:
    await recorded(member.person, "user_created")
    done = subprocess.run(  # noqa: ASYNC221 - an operator waits for it too
        [sys.executable, "-m", "services.identity.audit", "verify"],
        env=world.stack.environment("identity"),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout.split()[0]) >= world.database("identity")["audit"].count_documents({}) - 5
