"""Signing in with a code at every time, resending, guessing, racing; sessions and their tokens."""

import asyncio
from collections import Counter

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json
from tests.support.waiting import eventually
from tests.support.world import Member, World

PARALLEL = 20


@pytest.fixture(scope="module")
async def member(world: World) -> Member:
    """Somebody with an account; tests sign in on their own."""
    return await world.member()


async def challenge_of(member: Member) -> Json:
    person = member.person
    return await person.post("/sign-in", {"user_name": person.email, "password": person.password})


async def try_code(member: Member, challenge: Json, code: str) -> httpx.Response:
    return await member.person.http.post(f"/sign-in/{challenge['challenge_id']}/code", json={"code": code})


def wrong_codes(*right: str) -> list[str]:
    return [code for code in (f"{number:06d}" for number in range(20)) if code not in right]


async def me(world: World, access_token: str) -> httpx.Response:
    return await world.http.get("/me", headers={"authorization": f"Bearer {access_token}"})


async def refreshed(world: World, token: str) -> httpx.Response:
    return await world.http.post("/tokens/refresh", json={"refresh_token": token})


@pytest.mark.req("LOG-1", "L1", "L2")
async def test_a_right_password_alone_opens_nothing(world: World, member: Member) -> None:
    mine, other = await challenge_of(member), await challenge_of(member)
    code = await member.person.code_with_reference(mine["reference"])

    assert not {"access_token", "refresh_token"} & mine.keys()
    assert (await me(world, mine["challenge_id"])).status_code == httpx.codes.UNAUTHORIZED
    assert (await refreshed(world, mine["challenge_id"])).status_code == httpx.codes.UNAUTHORIZED
    foreign = await try_code(member, other, code)
    assert (foreign.status_code, foreign.json()["code"]) == (httpx.codes.UNPROCESSABLE_ENTITY, "code.wrong")
    tokens = (await try_code(member, mine, code)).json()
    assert (await me(world, tokens["access_token"])).json()["user_name"] == member.person.email


@pytest.mark.req("LOG-2", "L6")
async def test_another_code_may_be_asked_for_after_a_while_and_the_older_one_still_works(member: Member) -> None:
    challenge = await challenge_of(member)
    resend = f"/sign-in/{challenge['challenge_id']}/resend"
    early = await member.person.http.post(resend)
    assert (early.status_code, early.json()["code"]) == (httpx.codes.TOO_MANY_REQUESTS, "code.resend_too_early")
    assert 1 <= int(early.headers["retry-after"]) <= challenge["resend_after_seconds"]

    async def resent() -> Json | None:
        response = await member.person.http.post(resend)
        return response.json() if response.status_code == httpx.codes.ACCEPTED else None

    again = await eventually(resent, "another code is sent", timeout_s=challenge["resend_after_seconds"] + 5.0)
    assert again is not None
    assert again["reference"] != challenge["reference"]
    older = await member.person.code_with_reference(challenge["reference"])
    newer = await member.person.code_with_reference(again["reference"])
    assert (await try_code(member, challenge, wrong_codes(older, newer)[0])).json()["code"] == "code.wrong"
    assert (await try_code(member, challenge, older)).status_code == httpx.codes.OK
    assert (await try_code(member, challenge, newer)).json()["code"] == "code.challenge_ended"


@pytest.mark.req("LOG-1", "L3")
async def test_of_many_right_codes_at_once_exactly_one_opens_a_session(world: World, member: Member) -> None:
    challenge = await challenge_of(member)
    code = await member.person.code_with_reference(challenge["reference"])
    sessions = world.database("edge")["sessions"]
    before = sessions.count_documents({"account_id": member.account["account_id"]})

    answers = await asyncio.gather(*(try_code(member, challenge, code) for _ in range(PARALLEL)))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[httpx.codes.OK] == 1
    assert statuses.keys() <= {httpx.codes.OK, httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}
    assert sessions.count_documents({"account_id": member.account["account_id"]}) == before + 1


@pytest.mark.req("LOG-1", "L4")
async def test_five_wrong_codes_use_a_challenge_up(member: Member) -> None:
    challenge = await challenge_of(member)
    code = await member.person.code_with_reference(challenge["reference"])
    left = []
    for wrong in wrong_codes(code)[:5]:
        answer = await try_code(member, challenge, wrong)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        left.append(answer.json()["detail"][-2])
    assert left == ["4", "3", "2", "1", "0"]
    right = await try_code(member, challenge, code)
    assert (right.status_code, right.json()["code"]) == (httpx.codes.CONFLICT, "code.challenge_ended")
    resend = await member.person.http.post(f"/sign-in/{challenge['challenge_id']}/resend")
    assert resend.status_code == httpx.codes.CONFLICT


@pytest.mark.req("LOG-10", "T3", "T4")
async def test_tabs_that_race_and_answers_that_are_lost_keep_the_session(world: World, member: Member) -> None:
    await member.person.sign_in()
    first = member.person.tokens["refresh_token"]

    tabs = await asyncio.gather(*(refreshed(world, first) for _ in range(10)))

    assert {tab.status_code for tab in tabs} == {httpx.codes.OK}
    (second,) = {tab.json()["refresh_token"] for tab in tabs}
    assert second != first
    third = (await refreshed(world, second)).json()
    assert (await me(world, third["access_token"])).status_code == httpx.codes.OK
    assert third["session_id"] == member.person.tokens["session_id"]


@pytest.mark.req("LOG-10", "T2")
async def test_an_old_refresh_token_ends_the_session_with_all_its_tokens(world: World, member: Member) -> None:
    await member.person.sign_in()
    first = member.person.tokens["refresh_token"]
    second = (await refreshed(world, first)).json()
    assert (await refreshed(world, first)).json()["refresh_token"] == second["refresh_token"]

    async def refused() -> httpx.Response | None:
        answer = await refreshed(world, first)
        return answer if answer.is_error else None

    theft = await eventually(refused, "the first token is out of its grace", timeout_s=15.0)
    assert theft is not None
    assert (theft.status_code, theft.json()["code"]) == (httpx.codes.UNAUTHORIZED, "session.ended")
    assert (await refreshed(world, second["refresh_token"])).status_code == httpx.codes.UNAUTHORIZED
    assert (await me(world, second["access_token"])).status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.req("LOG-10", "T6")
async def test_signing_out_ends_access_and_refresh_at_once_and_only_this_session(world: World, member: Member) -> None:
    await member.person.sign_in()
    kept = dict(member.person.tokens)
    await member.person.sign_in()
    ended = dict(member.person.tokens)

    await member.person.post("/sign-out")

    assert (await me(world, ended["access_token"])).status_code == httpx.codes.UNAUTHORIZED
    assert (await refreshed(world, ended["refresh_token"])).status_code == httpx.codes.UNAUTHORIZED
    with pytest.raises(HttpProblem):
        await member.person.post("/sign-out")
    assert (await me(world, kept["access_token"])).status_code == httpx.codes.OK


@pytest.mark.req("LOG-1", "REG-21")
async def test_an_unknown_user_and_a_wrong_password_are_refused_alike(world: World, member: Member) -> None:
    known = {"user_name": member.person.email, "password": world.visitor().password}
    unknown = {"user_name": world.visitor().email, "password": world.visitor().password}
    answers = [await world.http.post("/sign-in", json=body) for body in (known, unknown)]
    assert [answer.status_code for answer in answers] == [httpx.codes.UNAUTHORIZED] * 2
    one, other = ({**answer.json(), "instance": None} for answer in answers)
    assert one == other
