"""Own sessions and devices, and an account that looks shared: from the first sign to the agent's decision."""

import asyncio

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from tests.support.waiting import eventually
from tests.support.world import World


async def in_another_browser(person: Person) -> Person:
    """The same credentials in a browser that has never been seen."""
    other = Person(person.http, person.mailbox, person.email, person.password, person.language)
    await other.sign_in()
    return other


async def refused(person: Person) -> str | None:
    """The code with which this person's token is refused, if it is."""
    try:
        await person.get("/sessions")
    except HttpProblem as problem:
        return problem.code
    return None


@pytest.mark.req("LOG-10", "D5", "L11")
async def test_a_lost_telephone_is_signed_out_and_forgotten(world: World) -> None:
    member = await world.member()
    person = member.person
    phone = await in_another_browser(person)
    assert await world.mail_about(person.email, "nouvel appareil", "127.0.0.0/24")

    sessions = (await person.get("/sessions"))["sessions"]
    devices = (await person.get("/devices"))["devices"]
    lost = next(each for each in devices if not each["current"])
    assert [each["current"] for each in sessions].count(True) == 1
    assert len(sessions) == len(devices) == 2
    answer = await world.http.delete(f"/devices/{lost['device_id']}", headers=person.headers())

    assert answer.status_code == httpx.codes.NO_CONTENT
    assert await refused(phone) == "session.ended"
    with pytest.raises(HttpProblem):
        await phone.refresh()
    assert len((await person.get("/devices"))["devices"]) == 1
    assert len((await person.get("/sessions"))["sessions"]) == 1


@pytest.mark.req("LOG-8", "K8", "K9")
async def test_an_account_used_by_two_is_questioned_disabled_and_reinstated(world: World) -> None:
    member = await world.member()
    owner = member.person
    stranger = await in_another_browser(owner)

    async def taking_turns() -> bool:
        await owner.refresh()
        await stranger.refresh()
        await owner.refresh()
        return bool(owner.tokens["restrictions"] == ["suspicion"])

    await eventually(taking_turns, "two browsers in turns are noticed")
    with pytest.raises(HttpProblem, match=r"access\.restricted_suspicion"):
        await owner.get("/persons")
    question = await world.mail_about(owner.email, "Était-ce vous")
    await owner.post("/security/extra-code", {"code": await extra_code(owner)})
    await owner.refresh()
    assert owner.tokens["restrictions"] == []
    assert (await owner.get("/persons"))["persons"]

    key = next(line.strip() for line in question.splitlines() if line.startswith("    "))
    visitor = world.visitor()
    await visitor.post("/security/was-it-you/by-mail", {"answer": "no", "key": key})

    async def everybody_out() -> bool:
        return [await refused(each) for each in (owner, stranger)] == ["session.ended"] * 2

    await eventually(everybody_out, "all sessions of the account are ended")
    assert await world.mail_about(owner.email, "a été désactivé")
    with pytest.raises(HttpProblem, match=r"sign_in\.refused"):
        await owner.post("/sign-in", {"user_name": owner.email, "password": owner.password})

    agent = await world.agent()
    case = await case_of(agent, str(member.account["account_id"]))
    assert (case["reason"], case["user_name"]) == ("owner_said_no", owner.email)
    resolution = f"/administration/cases/{case['case_id']}/resolution"
    decided = await agent.post(resolution, {"resolution": "reinstate", "note": "Identity checked by telephone."})
    assert decided["case"]["state"] == "reinstated"
    with pytest.raises(HttpProblem, match=r"identity\.case_closed"):
        await agent.post(resolution, {"resolution": "keep", "note": "Too late."})
    await owner.sign_in()
    assert (await owner.get("/me"))["user_name"] == owner.email


async def extra_code(person: Person) -> str:
    """Of another mail, asked for: its reference tells which one it is."""

    async def resent() -> Json | None:
        try:
            return await person.post("/security/extra-code/resend")
        except HttpProblem as problem:
            if problem.code != "code.resend_too_early":
                raise
            return None

    sent = await eventually(resent, "another extra code is sent")
    assert sent is not None
    return await person.code_with_reference(sent["reference"])


async def case_of(agent: Person, account_id: str) -> Json:
    async def opened() -> Json | None:
        cases = (await agent.get("/administration/cases"))["cases"]
        return next((case for case in cases if case["account_id"] == account_id), None)

    case = await eventually(opened, "a case is open")
    assert case is not None
    return case


@pytest.mark.req("LOG-10", "T2", "T3")
async def test_the_owner_is_told_of_a_refresh_token_that_was_used_twice(world: World) -> None:
    person = (await world.member()).person
    stolen = person.tokens["refresh_token"]
    tabs = await asyncio.gather(
        *(world.http.post("/tokens/refresh", json={"refresh_token": stolen}) for _ in range(10))
    )
    assert {tab.status_code for tab in tabs} == {httpx.codes.OK}
    for _ in range(2):
        await person.refresh()

    theft = await world.http.post("/tokens/refresh", json={"refresh_token": stolen})

    assert theft.status_code == httpx.codes.UNAUTHORIZED
    assert await refused(person) == "session.ended"
    assert await world.mail_about(person.email, "Une de vos sessions a été fermée")


@pytest.mark.req("LOG-1", "K6")
async def test_k6_ten_right_codes_of_one_person_at_once_all_open_a_session(world: World) -> None:
    person = (await world.member()).person
    credentials = {"user_name": person.email, "password": person.password, "device_token": person.device_token}
    challenges = [await person.post("/sign-in", credentials) for _ in range(10)]
    codes = [await person.code_with_reference(challenge["reference"]) for challenge in challenges]

    answers = await asyncio.gather(
        *(
            world.http.post(f"/sign-in/{challenge['challenge_id']}/code", json={"code": code})
            for challenge, code in zip(challenges, codes, strict=True)
        )
    )

    assert {answer.status_code for answer in answers} == {httpx.codes.OK}
    sessions = (await person.get("/sessions"))["sessions"]
    assert {answer.json()["session_id"] for answer in answers} <= {session["session_id"] for session in sessions}
