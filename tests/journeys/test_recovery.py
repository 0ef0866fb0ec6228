"""Forgotten passwords and changed bank details on the running system, with real mails."""

import secrets
from dataclasses import replace
from typing import Any

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person, code_in
from tests.support.waiting import eventually
from tests.support.world import Member, World


async def refusal(asked: Any) -> tuple[int, str]:
    with pytest.raises(HttpProblem) as refused:
        await asked
    return refused.value.status, refused.value.code


async def put(person: Person, path: str, body: Json) -> httpx.Response:
    return await person.http.put(path, json=body, headers=person.headers())


def asking(member: Member) -> Json:
    return {
        "method": "member",
        "email": member.person.email,
        "number": member.dossier.certificate_number,
        "language": member.dossier.language,
    }


@pytest.mark.req("LOG-3", "F1", "F2", "F3", "F4", "F8")
async def test_a_member_who_forgot_the_password_gets_a_new_one_and_old_sessions_end(world: World) -> None:
    member = await world.member()
    person, visitor = member.person, replace(world.visitor(), email=member.person.email)
    nobody = await visitor.post("/recoveries", asking(member) | {"number": "000"})
    started = await visitor.post("/recoveries", asking(member))
    assert set(started) == set(nobody)
    await world.mail_about(person.email, "n’a pas abouti", nobody["reference"])
    code = await person.code_with_reference(started["reference"])
    path = f"/recoveries/{started['recovery_id']}"
    assert (await put(visitor, f"{path}/password", {"new_password": visitor.password})).status_code == 404
    await person.get("/me")

    confirmed = await visitor.post(f"{path}/code", {"code": code})
    assert (confirmed["step"], confirmed["hint"]) == ("password", None)
    assert (await put(visitor, f"{path}/password", {"new_password": visitor.password})).status_code == 204

    refreshing = person.post("/tokens/refresh", {"refresh_token": person.tokens["refresh_token"]})
    assert await refusal(refreshing) == (httpx.codes.UNAUTHORIZED, "session.ended")
    old = person.post("/sign-in", {"user_name": person.email, "password": person.password})
    assert await refusal(old) == (httpx.codes.UNAUTHORIZED, "sign_in.refused")
    await world.mail_about(person.email, "Votre mot de passe a été changé")
    await visitor.sign_in()
    assert (await visitor.get("/me"))["account_id"] == member.account["account_id"]


@pytest.mark.req("BNK-3", "B1", "B2", "B3", "B7")
async def test_a_changed_bank_account_needs_its_own_code_is_told_and_waits(world: World) -> None:
    member = await world.member()
    person = member.person
    await member.enrol()
    change = {"transit": "30123", "institution": "002", "account": f"{secrets.randbelow(10**9):012d}", "replaces": 1}
    cold = person.post("/direct-deposit/changes", change)
    assert await refusal(cold) == (httpx.codes.FORBIDDEN, "step_up.required")

    announced = {"action": "direct_deposit_change", "direct_deposit": change}
    tokens = []
    for _ in range(2):
        started = await person.post("/step-ups", announced)
        mail = await world.mailbox.wait_for(person.email, subject_contains=started["reference"])
        granted = await person.post(f"/step-ups/{started['step_up_id']}/code", {"code": code_in(mail)})
        tokens.append(granted["step_up_token"])
    other = person.post("/direct-deposit/changes", change | {"account": "1"}, Step_Up=tokens[0])
    assert await refusal(other) == (httpx.codes.FORBIDDEN, "step_up.refused")
    shown = await person.post("/direct-deposit/changes", change, Step_Up=tokens[1])
    again = person.post("/direct-deposit/changes", change, Step_Up=tokens[1])
    assert await refusal(again) == (httpx.codes.FORBIDDEN, "step_up.refused")

    assert (shown["version"], shown["account_ending"]) == (2, change["account"][-3:])
    assert await person.get("/direct-deposit") == shown
    await world.mail_about(
        person.email, "compte de dépôt direct a été changé", change["account"][-3:], "aucun paiement"
    )

    async def held() -> bool:
        payee = world.database("payments")["payees"].find_one({"_id": member.dossier_id})
        return payee is not None and payee.get("held_until") is not None

    await eventually(held, "payments holds what is due to the payee")


@pytest.mark.req("LOG-9")
async def test_a_new_address_gets_the_codes_and_the_old_one_hears_of_it(world: World) -> None:
    member = await world.member()
    person, new = member.person, world.visitor().email
    body = {"new_email": new, "new_email_again": new, "current_password": person.password}
    answer = await put(person, "/me/email", body)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    mail = await world.mailbox.wait_for(new, subject_contains=answer.json()["reference"])
    await person.post(f"/me/email/{answer.json()['change_id']}/code", {"code": code_in(mail)})
    await world.mail_about(person.email, "adresse de courriel a été changée")
    await world.mail_about(new, "adresse de courriel a été changée")
    await replace(person, email=new, tokens={}).sign_in()
