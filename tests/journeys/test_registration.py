"""Registering: roster facts, a code from a real mail, an account; and nothing told to strangers."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person, RosterFacts, code_in, plain_text
from tests.support.world import Dossier, World

WRONG_CODE = "000000"


@pytest.mark.req("REG-1")
@pytest.mark.parametrize(("language", "subject"), [("fr", "Votre code d’inscription"), ("en", "registration code")])
async def test_an_account_exists_only_after_the_code_from_the_mail(world: World, language: str, subject: str) -> None:
    dossier = Dossier(language=language)
    await world.load(dossier)
    person = world.visitor(language=language)

    started = await person.start_registration(dossier.facts)
    mail = await world.mailbox.wait_for(person.email, subject_contains=started["code"]["reference"])
    code = code_in(mail)
    assert subject in mail["Subject"]
    assert await refusal(person, "/sign-in", user_name=person.email, password=person.password) == (
        httpx.codes.UNAUTHORIZED,
        "sign_in.refused",
    )
    confirmation = f"/enrolments/{started['enrolment_id']}/code"
    wrong = WRONG_CODE if code != WRONG_CODE else "111111"
    assert await refusal(person, confirmation, code=wrong) == (httpx.codes.UNPROCESSABLE_ENTITY, "code.wrong")
    account = (await person.post(confirmation, {"code": f"{code[:3]} {code[3:]}"}))["account"]
    assert (account["user_name"], account["display_name"]) == (person.email, dossier.holder_name)
    assert await refusal(person, confirmation, code=code) == (httpx.codes.CONFLICT, "code.challenge_ended")

    await person.sign_in()
    me, covered = await person.get("/me"), await person.get("/persons")
    assert me["account_id"] == account["account_id"]
    assert [one["relationship"] for one in covered["persons"]] == ["self", "spouse", "child"]
    assert covered["persons"][0]["display_name"] == dossier.holder_name


async def refusal(person: Person, path: str, **body: str) -> tuple[int, str]:
    """Status and code of the problem that this request is answered with."""
    with pytest.raises(HttpProblem) as refused:
        await person.post(path, body)
    return refused.value.status, refused.value.code


async def outcome_at(person: Person, facts: RosterFacts) -> tuple[Json, list[list[object]]]:
    """What the API answers to every step and to a wrong code, without what is random in it."""
    begun = await person.post("/enrolments", {"path": "member_email", "language": person.language})
    where = f"/enrolments/{begun['enrolment_id']}"
    credentials = {"email": person.email, "password": person.password}
    answers = [
        await person.http.put(f"{where}/steps/roster_facts", json=facts.typed(), headers=person.headers()),
        await person.http.put(f"{where}/steps/credentials_email", json=credentials, headers=person.headers()),
        await person.http.get(where, headers=person.headers()),
        await person.http.post(f"{where}/resend", headers=person.headers()),
        await person.http.post(f"{where}/code", json={"code": WRONG_CODE}, headers=person.headers()),
    ]
    told = [[answer.status_code, sorted(answer.headers.keys()), _without_chance(answer.json())] for answer in answers]
    started: Json = answers[1].json()
    return started, told


def _without_chance(body: Json) -> str:
    """The body with its names and sentences; ids, references and figures are masked by their length in digits."""
    body.pop("instance", None)
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return re.sub(r"[0-9]+", "0", re.sub(r': "[\w:.-]{3,}"', ': "x"', text))


@pytest.mark.req("REG-21", "R1")
async def test_answers_never_tell_whether_certificate_or_account_are_known_and_mails_do(world: World) -> None:
    member = await world.member()
    free = Dossier()
    await world.load(free)
    taken, untaken = member.dossier.facts, free.facts
    cases = {
        "unknown contract": replace(untaken, contract_number="T0000000000"),
        "wrong certificate": replace(untaken, certificate_number="9999999999"),
        "wrong birth date": replace(untaken, birth_date=untaken.birth_date + timedelta(days=1)),
        "already registered": taken,
        "right": untaken,
    }
    strangers = {name: world.visitor() for name in cases}
    answers = {name: await outcome_at(strangers[name], facts) for name, facts in cases.items()}

    (told,) = {repr(told): told for _, told in answers.values()}.values()
    assert [answer[0] for answer in told] == [200, 200, 200, 429, 422]
    for name in ("unknown contract", "wrong certificate", "wrong birth date"):
        await world.mail_about(strangers[name].email, "n’a pas pu être terminée", answers[name][0]["code"]["reference"])
        assert await refusal(
            strangers[name], "/sign-in", user_name=strangers[name].email, password=strangers[name].password
        ) == (httpx.codes.UNAUTHORIZED, "sign_in.refused")
    owner_s = await world.mail_about(
        member.person.email, "Vous avez déjà un compte", answers["already registered"][0]["code"]["reference"]
    )
    assert strangers["already registered"].email not in owner_s
    await world.mail_about(
        strangers["right"].email, "Votre code d’inscription", answers["right"][0]["code"]["reference"]
    )
    assert world.mailbox.messages_to(strangers["already registered"].email) == []
    known = world.database("identity")["accounts"].count_documents(
        {"email": {"$in": [one.email for one in strangers.values()]}}
    )
    assert known == 0


@pytest.mark.req("REG-21")
async def test_an_address_that_has_an_account_is_told_there_and_keeps_its_password(world: World) -> None:
    member = await world.member()
    other = Dossier()
    await world.load(other)
    impostor = replace(member.person, password=world.visitor().password, tokens={})

    _, told = await outcome_at(impostor, other.facts)

    assert told[1][0] == httpx.codes.OK
    await world.mail_about(member.person.email, "Vous avez déjà un compte")
    await member.person.sign_in()
    assert await refusal(impostor, "/sign-in", user_name=impostor.email, password=impostor.password) == (
        httpx.codes.UNAUTHORIZED,
        "sign_in.refused",
    )


@pytest.mark.req("MSG-1")
async def test_a_code_mail_has_text_and_html_in_one_language_and_no_link(world: World) -> None:
    dossier = Dossier(language="en")
    await world.load(dossier)
    person = world.visitor(language="en")
    started = await person.start_registration(dossier.facts)
    mail = await world.mailbox.wait_for(person.email, subject_contains=started["code"]["reference"])
    html = mail.get_body(preferencelist=("html",))
    assert html is not None
    for text in (plain_text(mail), html.get_content()):
        assert code_in(mail) in text.replace(" ", "")
        assert started["code"]["reference"] in text
        assert "href" not in text
        assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")
