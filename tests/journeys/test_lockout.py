"""Wrong passwords, locks and authenticator apps on the running system."""

import asyncio
from collections import Counter

import httpx
import pytest

from deploy.demo.client import Person
from services.edge.settings import Settings as EdgeSettings
from tests.support.waiting import eventually
from tests.support.world import World

LOCKING = EdgeSettings.model_fields["lock_after_failures"].default


async def attempt(world: World, user_name: str, password: str) -> httpx.Response:
    return await world.http.post("/sign-in", json={"user_name": user_name, "password": password})


async def lock(world: World, person: Person) -> list[httpx.Response]:
    """Wrong passwords until the account is locked; half of them in capitals."""
    names = (person.email, person.email.upper())
    wrong = world.visitor().password
    return list(await asyncio.gather(*(attempt(world, names[n % 2], wrong) for n in range(LOCKING))))


@pytest.mark.req("LOG-11", "K6")
async def test_k6_ten_right_passwords_at_once_all_go_on(world: World) -> None:
    member = await world.member()

    answers = await asyncio.gather(*(attempt(world, member.person.email, member.person.password) for _ in range(10)))

    assert Counter(answer.status_code for answer in answers) == {httpx.codes.OK: 10}
    assert len({answer.json()["challenge_id"] for answer in answers}) == 10


@pytest.mark.req("LOG-11", "K1", "K3", "K8", "K9", "K10")
async def test_a_locked_account_looks_like_a_wrong_password_until_an_agent_opens_it(world: World) -> None:
    member = await world.member()
    person, account_id = member.person, member.account["account_id"]
    under_way = await attempt(world, person.email, person.password)
    code = await person.code_with_reference(under_way.json()["reference"])

    refused = await lock(world, person)
    right = await attempt(world, person.email, person.password)

    assert {answer.status_code for answer in (*refused, right)} == {httpx.codes.UNAUTHORIZED}
    told = [{**answer.json(), "instance": None} for answer in (refused[0], right)]
    assert told[0] == told[1]
    assert "subject" not in right.text
    late = await world.http.post(f"/sign-in/{under_way.json()['challenge_id']}/code", json={"code": code})
    assert (late.status_code, late.json()["code"]) == (httpx.codes.UNAUTHORIZED, "sign_in.refused")
    await person.refresh()  # in a browser that the account knows its holder goes on (K10)

    agent = await world.agent()
    await agent.post(f"/administration/accounts/{account_id}/unlock")
    await person.refresh()
    await person.sign_in()


@pytest.mark.req("LOG-10", "LOG-1")
async def test_a_member_with_an_app_signs_in_with_its_codes_once_each_or_with_a_recovery_code(world: World) -> None:
    member = await world.member()
    person = member.person
    app = await person.set_up_app()
    recovery_codes = app.recovery_codes
    assert len(set(recovery_codes)) == 10
    await world.mail_about(person.email, "application d’authentification", "codes de secours")

    challenge = (await attempt(world, person.email, person.password)).json()
    assert (challenge["method"], challenge["reference"]) == ("totp", None)
    code = await app.code()
    path = f"/sign-in/{challenge['challenge_id']}/code"
    answers = await asyncio.gather(*(world.http.post(path, json={"code": code}) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers)[httpx.codes.OK] == 1
    again = (await attempt(world, person.email, person.password)).json()
    used = await world.http.post(f"/sign-in/{again['challenge_id']}/code", json={"code": code})
    assert (used.status_code, used.json()["code"]) == (httpx.codes.UNPROCESSABLE_ENTITY, "code.wrong")
    path = f"/sign-in/{again['challenge_id']}/code"
    recovered = await world.http.post(path, json={"code": recovery_codes[0].lower()})
    assert recovered.status_code == httpx.codes.OK, recovered.text
    once_more = (await attempt(world, person.email, person.password)).json()
    spent = await world.http.post(f"/sign-in/{once_more['challenge_id']}/code", json={"code": recovery_codes[0]})
    assert spent.status_code == httpx.codes.UNPROCESSABLE_ENTITY

    removed = await world.http.request(
        "DELETE", "/me/second-factor", json={"code": recovery_codes[1]}, headers=person.headers()
    )
    assert removed.status_code == httpx.codes.NO_CONTENT, removed.text
    person.app = None
    await person.sign_in()


@pytest.mark.req("LOG-10")
async def test_an_agent_cannot_do_without_an_app(world: World) -> None:
    agent = await world.agent()
    assert agent.app is not None

    kept = await world.http.request(
        "DELETE", "/me/second-factor", json={"code": await agent.app.code()}, headers=agent.headers()
    )

    assert (kept.status_code, kept.json()["code"]) == (httpx.codes.FORBIDDEN, "identity.second_factor_required")


@pytest.mark.req("LOG-10", "J6")
async def test_neither_secret_nor_recovery_codes_stand_in_any_database(world: World) -> None:
    member = await world.member()
    app = await member.person.set_up_app()
    needles = [app.secret, app.recovery_codes[0], app.recovery_codes[0].replace("-", "")]

    async def stored() -> bool:
        return world.database("identity")["authenticators"].count_documents({"_id": member.account["account_id"]}) == 1

    await eventually(stored, "the app is stored")
    for name in ("identity", "edge", "notification"):
        database = world.database(name)
        for collection in database.list_collection_names():
            for document in database[collection].find():
                assert not any(needle in str(document) for needle in needles), f"{name}.{collection}"
