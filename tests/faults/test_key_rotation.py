"""Keys are replaced while people work: what was sealed or signed before still counts (J4, LOG-12, OPS-8)."""

import asyncio
from pathlib import Path

import httpx
import pytest
from jose import jwt

from deploy.demo.client import Person
from deploy.local.stack import Stack
from deploy.secrets import retired_files, rotate_key
from tests.support.waiting import eventually
from tests.support.world import World

REPLACED = ("signing", "identity", "notification", "banking")


async def restarted(stack: Stack, *names: str) -> None:
    """Stop these services and start them with the settings that their keys now ask for."""
    for name in names:
        await asyncio.to_thread(stack.supervisor[name].stop)
        stack.start_service(name)
    await asyncio.to_thread(stack.wait_ready, *names)


async def key_ids(world: World) -> set[str]:
    """Of the published keys, once the edge answers again."""

    async def probe() -> set[str] | None:
        try:
            answer = await world.http.get("/.well-known/jwks.json")
        except httpx.TransportError:
            return None
        return {key["kid"] for key in answer.json()["keys"]}

    found = await eventually(probe, "the edge publishes its keys")
    assert found is not None
    return found


async def finish(person: Person, challenge: dict[str, str]) -> dict[str, str]:
    code = await person.code_with_reference(challenge["reference"])
    tokens: dict[str, str] = await person.post(f"/sign-in/{challenge['challenge_id']}/code", {"code": code})
    return tokens


@pytest.mark.req("LOG-12", "MSG-3", "OPS-8", "J4")
@pytest.mark.timeout(180)
async def test_j4_no_code_no_session_and_no_enrolment_is_lost_while_every_key_is_replaced(world: World) -> None:
    stack, member = world.stack, await world.member()
    person, credentials = member.person, {"user_name": member.person.email, "password": member.person.password}
    directory = Path(stack.secrets.file("."))
    before, old_token = await key_ids(world), person.tokens["access_token"]

    await asyncio.to_thread(stack.supervisor["notification"].stop)
    waiting = await person.post("/sign-in", credentials)
    for name in REPLACED:
        rotate_key(directory, name)
    await restarted(stack, "notification", "identity", "banking")
    await finish(person, waiting)
    await finish(person, await person.post("/sign-in", credentials))
    await member.enrol()

    await restarted(stack, "edge")
    published = await key_ids(world)
    assert before < published
    assert (await person.get("/me"))["account_id"] == member.account["account_id"]
    person.tokens = await finish(person, await person.post("/sign-in", credentials))
    new_token = person.tokens["access_token"]
    kids = [jwt.get_unverified_header(each)["kid"] for each in (old_token, new_token)]
    assert kids[0] in before
    assert kids[1] in published - before
    assert (await person.get("/me"))["account_id"] == member.account["account_id"]
    assert all(retired_files(directory, name) for name in REPLACED)
