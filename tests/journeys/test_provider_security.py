"""A provider forgets everything, comes back by three answers, and lets an administrator guard the bank details."""

import secrets

import httpx
import pytest

from deploy.demo.client import Json, Person, code_in
from tests.journeys.test_provider_registration import (
    ANSWERS,
    NEW_PASSWORD,
    PROVIDER_HEADER,
    STATEMENT_HEADER,
    Dentist,
    enrol,
    load,
    refusal,
    sign_in,
    temporary_password_of,
)
from tests.support.world import World

GUARD_PASSWORD = "Glacier-Mauve-73"
GUARD_ANSWERS = {"practice_founder": "Dr Beaulieu", "thesis_topic": "Émail", "favourite_team": "Nordiques"}


async def code_at(world: World, address: str, reference: str) -> Json:
    return {"code": code_in(await world.mailbox.wait_for(address, subject_contains=reference))}


async def stepped_up(world: World, person: Person, address: str, body: Json) -> str:
    """The token for an announced change whose code goes to ``address``."""
    started = await person.post("/step-ups", body)
    code = await code_at(world, address, started["reference"])
    return str((await person.post(f"/step-ups/{started['step_up_id']}/code", code))["step_up_token"])


async def recover(world: World, person: Person, dentist: Dentist) -> None:
    asked = {"method": "provider", "email": person.email, "number": dentist.number.number, "language": "fr"}
    started = await person.post("/recoveries", asked)
    path = f"/recoveries/{started['recovery_id']}"
    confirmed = await person.post(f"{path}/code", await code_at(world, person.email, started["reference"]))
    assert set(confirmed["questions"]) == {question for question, _ in ANSWERS}
    wrong = dict.fromkeys(confirmed["questions"], "rien")
    assert await refusal(person.post(f"{path}/answers", {"answers": wrong})) == (422, "recovery.answers_wrong")
    answered = await person.post(f"{path}/answers", {"answers": {question: text.upper() for question, text in ANSWERS}})
    assert answered["step"] == "password"
    await person.put(f"{path}/password", {"new_password": NEW_PASSWORD})
    await world.mail_about(person.email, "nom d’utilisateur", dentist.number.user_name)


@pytest.mark.req("LOG-5", "DEL-9", "BNK-3", "B1", "B4", "B5", "F6")
async def test_a_provider_recovers_and_an_administrator_guards_the_bank(world: World) -> None:
    dentist, person, guard = Dentist(), world.visitor(), world.visitor().email
    await load(world, "providers", PROVIDER_HEADER, dentist.row())
    await load(world, "statements", STATEMENT_HEADER, *dentist.statement_rows())
    await enrol(person, dentist, details={"transit": "30123", "institution": "002", "account": "123456789012"})
    await temporary_password_of(world, person, dentist)
    await recover(world, person, dentist)
    await sign_in(person, dentist.number.user_name, NEW_PASSWORD)

    security = {"email": guard, "email_again": guard, "password": GUARD_PASSWORD, "answers": GUARD_ANSWERS}
    announced: Json = {"action": "administrator_change", "administrator_security": security}
    token = await stepped_up(world, person, person.email, announced)
    headers = person.headers() | {"step-up": token}
    begun = (await person.http.put("/administrator-security", json=security, headers=headers)).json()
    code = await code_at(world, guard, begun["reference"])
    shown = await person.post(f"/administrator-security/{begun['change_id']}/code", code)
    assert (shown["active"], shown["email"]) == (True, f"{guard[0]}***@{guard.partition('@')[2]}")

    account = f"{secrets.randbelow(10**9):012d}"
    change: Json = {"transit": "30123", "institution": "002", "account": account, "replaces": 1}
    announced = {"action": "provider_direct_deposit_change", "direct_deposit": change}
    assert await refusal(person.post("/step-ups", announced)) == (
        httpx.codes.FORBIDDEN,
        "identity.administrator_needed",
    )
    credential = {"email": guard, "password": GUARD_PASSWORD, "answers": GUARD_ANSWERS}
    token = await stepped_up(world, person, guard, announced | {"administrator": credential})
    view = await person.post("/provider/direct-deposit/changes", change, Step_Up=token)
    assert (view["version"], view["account_ending"]) == (2, account[-3:])
    for address in (person.email, guard):
        await world.mail_about(address, "compte de dépôt direct a été changé", account[-3:])
