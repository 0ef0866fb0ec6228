"""Handing in claims: found types, repeated keys, refused bodies; and problems in both languages."""

import asyncio
import json
import secrets

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json
from tests.support.world import Member, World, claim_body

PARALLEL = 20


@pytest.fixture(scope="module")
async def member(world: World) -> Member:
    return await world.member()


@pytest.mark.req("CLM-1")
@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("fr", "détartrage", "Détartrage"),
        ("fr", "DETARTRAGE", "Détartrage"),
        ("fr", "orthèse", "Orthèses plantaires"),
        ("en", "tartar", "Dental scaling"),
        ("en", "EYE exam", "Eye exam"),
    ],
)
async def test_claim_types_are_found_whatever_the_accents_and_the_case(
    member: Member, language: str, text: str, name: str
) -> None:
    found = (await member.person.get("/claim-types", text=text, language=language))["claim_types"]
    assert name in [claim_type["name"] for claim_type in found]


@pytest.mark.req("CLM-1")
async def test_common_types_come_first_and_other_shows_the_rest(member: Member) -> None:
    async def codes(text: str, language: str) -> set[str]:
        found = (await member.person.get("/claim-types", text=text, language=language))["claim_types"]
        return {claim_type["code"] for claim_type in found}

    common, rest = await codes("", "fr"), await codes("Autre", "fr")
    assert "physiotherapy" in common
    assert "ambulance" in rest
    assert common.isdisjoint(rest)
    assert (common, rest) == (await codes("", "en"), await codes("other", "en"))


@pytest.mark.req("CLM-1")
async def test_a_claim_type_tells_what_a_claim_of_it_needs(member: Member) -> None:
    found = await member.person.get("/claim-types", text="plombaje", language="fr")  # mistyped
    code = found["claim_types"][0]["code"]

    detail = await member.person.get(f"/claim-types/{code}", language="en")

    shown = detail["claim_type"]
    assert (shown["code"], shown["name"], shown["category_name"]) == ("dental_filling", "Dental filling", "Dental care")
    assert shown["asks"] == ["tooth", "surfaces"]
    assert {"DB-CMP", "20913"} <= {service["code"] for service in shown["services"]}
    assert detail["catalogue_version"] == found["catalogue_version"] > 0
    assert "dental" in [category["code"] for category in found["categories"]]
    with pytest.raises(HttpProblem) as refused:
        await member.person.get("/claim-types/no_such_type", language="en")
    assert (refused.value.status, refused.value.code) == (404, "claims.claim_type_not_found")


@pytest.mark.req("CLM-1", "CLM-8")
async def test_a_filling_waits_for_its_tooth_and_is_refused_on_one_that_does_not_exist(member: Member) -> None:
    async def reasons(**given: str) -> list[str]:
        line = {"code": "20913", "answers": {}} | given
        number = await member.submit(claim_body(member.persons[0], claim_type="dental_filling", line=line))
        decided = await member.decided(number)
        return [reason["code"] for reason in decided["lines"][0]["reasons"]]

    assert await reasons() == ["tooth_missing", "surfaces_missing"]
    assert await reasons(tooth="19", surfaces="MOD") == ["tooth_unknown"]
    assert await reasons(tooth="16", surfaces="MO") == ["surfaces_other_number"]
    assert "tooth_missing" not in await reasons(tooth="16", surfaces="MOD")


@pytest.mark.req("CLM-7")
async def test_a_repeated_key_is_the_same_claim_and_another_body_under_it_is_refused(member: Member) -> None:
    body, key = claim_body(member.persons[0]), secrets.token_urlsafe(12)

    numbers = await asyncio.gather(*(member.submit(body, key=key) for _ in range(PARALLEL)))

    assert len(set(numbers)) == 1
    with pytest.raises(HttpProblem) as refused:
        await member.submit(claim_body(member.persons[0], line={"amount_cents": 10_001}), key=key)
    assert (refused.value.status, refused.value.code) == (
        httpx.codes.UNPROCESSABLE_ENTITY,
        "claims.idempotency_mismatch",
    )
    assert (await member.decided(numbers[0]))["submitted_cents"] == 10_000
    assert await member.submit(body, key=key) == numbers[0]
    listed = [claim["claim_number"] for claim in (await member.person.get("/claims"))["claims"]]
    assert listed.count(numbers[0]) == 1
    assert await member.submit(body) != numbers[0]


@pytest.mark.req("CLM-7", "R7")
async def test_the_same_key_of_another_member_is_another_claim(world: World, member: Member) -> None:
    other, key = await world.member(), secrets.token_urlsafe(12)
    mine, theirs = [await one.submit(claim_body(one.persons[0]), key=key) for one in (member, other)]
    assert mine != theirs
    assert (await other.decided(theirs))["person_id"] == other.persons[0]


async def problems_of(world: World, member: Member, language: str, *, planted: str) -> dict[str, httpx.Response]:
    """Requests that are wrong in different ways; what is typed into them must not come back."""
    headers = {**member.person.headers(), "accept-language": language}
    key = {"idempotency-key": planted}
    no_token = {"accept-language": language}
    as_text = {**headers, "content-type": "text/plain"}
    bad_claim = claim_body(
        member.persons[0], claim_type=f"{planted}!", line={"amount_cents": -1, "code": f"{planted} "}
    )
    extra = {**claim_body(member.persons[0]), planted: planted}
    deposit: Json = {"transit": planted, "institution": "8", "account": planted}
    unauthorised = claim_body(member.persons[0], authorisation={"accepted": False, "text_version": "2026-01"})
    http = world.http
    return {
        "token.missing": await http.get("/me", headers=no_token),
        "sign_in.refused": await http.post(
            "/sign-in", json={"user_name": planted, "password": planted}, headers=no_token
        ),
        "access.forbidden": await http.get("/ledger", headers=headers),
        "request.unknown_path": await http.get(f"/{planted}", headers=headers),
        "request.method_not_allowed": await http.request("DELETE", "/claims", headers=headers),
        "claims.not_found": await http.get("/claims/0000-0000-0000", headers=headers),
        "request.malformed": await http.post("/claims", content=f"{{{planted}", headers={**as_text, **key, **JSON}),
        "request.unsupported_media_type": await http.post("/claims", content=planted, headers={**as_text, **key}),
        "request.too_large": await http.post("/claims", json={planted: planted * 9_000}, headers={**headers, **key}),
        "request.idempotency_key": await http.post("/claims", json=claim_body(member.persons[0]), headers=headers),
        "claims.authorisation_required": await http.post("/claims", json=unauthorised, headers={**headers, **key}),
        "request.invalid": await http.post("/claims", json=bad_claim, headers={**headers, **key}),
        "request.invalid field": await http.post("/claims", json=extra, headers={**headers, **key}),
        "request.invalid deposit": await http.put("/direct-deposit", json=deposit, headers=headers),
        "request.invalid query": await http.get("/claims", params={"limit": planted}, headers=headers),
    }


JSON = {"content-type": "application/json"}
STATUSES = {
    "token.missing": 401,
    "sign_in.refused": 401,
    "access.forbidden": 403,
    "request.unknown_path": 404,
    "request.method_not_allowed": 405,
    "claims.not_found": 404,
    "request.malformed": 400,
    "request.unsupported_media_type": 415,
    "request.too_large": 413,
    "request.idempotency_key": 422,
    "claims.authorisation_required": 422,
    "request.invalid": 422,
    "request.invalid field": 422,
    "request.invalid deposit": 422,
    "request.invalid query": 422,
}


@pytest.mark.req("REG-21", "CLM-9")
async def test_problems_are_told_in_french_or_english_and_repeat_nothing_that_was_typed(
    world: World, member: Member
) -> None:
    planted = f"zq{secrets.token_hex(5)}qz"
    french = await problems_of(world, member, "fr-CA,fr;q=0.9,en;q=0.3", planted=planted)
    english = await problems_of(world, member, "en-CA, en;q=0.9, fr;q=0.2", planted=planted)
    assert {name: answer.status_code for name, answer in french.items()} == STATUSES
    assert {name: answer.status_code for name, answer in english.items()} == STATUSES
    for name in STATUSES:
        one, other = french[name], english[name]
        assert [answer.headers["content-language"] for answer in (one, other)] == ["fr", "en"]
        assert {answer.headers["content-type"] for answer in (one, other)} == {"application/problem+json"}
        assert one.json()["code"] == other.json()["code"] == name.split(" ")[0]
        assert one.json()["title"] != other.json()["title"]
        assert one.json()["detail"] != other.json()["detail"]
        assert planted not in json.dumps([one.json(), other.json()])
        assert planted not in str([one.headers, other.headers])


@pytest.mark.req("CLM-3")
async def test_every_wrong_field_of_a_claim_is_named(world: World, member: Member) -> None:
    bodies = {
        "#/claim_type": claim_body(member.persons[0], claim_type="Physio Therapy"),
        "#/provider/name": claim_body(member.persons[0], provider={"name": "C"}),
        "#/lines/0/amount_cents": claim_body(member.persons[0], line={"amount_cents": 0}),
        "#/lines/0/units": claim_body(member.persons[0], line={"units": 1.5}),
        "#/lines/0/service_date": claim_body(member.persons[0], line={"service_date": "yesterday"}),
        "#/lines": claim_body(member.persons[0], lines=[]),
    }
    headers = {**member.person.headers(), "idempotency-key": secrets.token_urlsafe(8)}
    for pointer, body in bodies.items():
        answer = await world.http.post("/claims", json=body, headers=headers)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
