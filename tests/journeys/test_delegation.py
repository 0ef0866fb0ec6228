"""A provider delegates services: signed in the portal or on paper, decided by an agent, used, suspended, given back."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from shared.clock import business_day, new_id, utc_now
from tests.support import delegation_pdf
from tests.support.waiting import eventually
from tests.support.world import World

FORBIDDEN, CONFLICT, REFUSED = httpx.codes.FORBIDDEN, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY
USER_NAME = re.compile(r"\b[a-z]+\d{6}\b")
TEMPORARY = re.compile(r"\b(?:[2-9a-zA]{4}-){3}[2-9a-zA]{4}\b")


@dataclass(slots=True)
class Practice:
    """A provider who is signed in, with the address that only this provider reads."""

    world: World
    person: Person
    provider_id: str

    async def request(self, delegate: Person, *, name: str = "Luc Tremblay", **changes: Any) -> Json:
        today = business_day(utc_now()).isoformat()
        body = {
            "answers": ["provider", "staff", "billing"],
            "delegate_name": name,
            "delegate_email": delegate.email,
            "provider_email": self.person.email,
            "valid_from": today,
            "language": "fr",
        } | changes
        return await self.person.post("/delegations", body)

    async def hand_in(self, request_id: str, content: bytes, **headers: str) -> httpx.Response:
        return await self.person.http.put(
            f"/delegations/{request_id}/form",
            content=content,
            headers={**self.person.headers(), "content-type": "application/pdf", **headers},
        )


async def new_practice(world: World) -> Practice:
    """Registration of providers has journeys of its own: here an account becomes a provider's in storage."""
    member, provider_id = await world.member(), f"provider-{secrets.token_hex(6)}"
    changes = {"roles": ["provider"], "provider_id": provider_id}
    world.database("identity")["accounts"].update_one({"_id": member.account["account_id"]}, {"$set": changes})
    await member.person.sign_in()
    assert member.person.tokens["provider_id"] == provider_id
    return Practice(world, member.person, provider_id)


async def refusal(asked: object) -> tuple[int, str]:
    with pytest.raises(HttpProblem) as caught:
        await asked  # type: ignore[misc]
    return caught.value.status, caught.value.code


async def texts_to(world: World, person: Person, *words: str) -> str:
    return await world.mail_about(person.email, *words)


async def signed_in_the_portal(practice: Practice, delegate: Person, request: Json) -> Json:
    """Both parties sign with their codes; the request as the delegate sees it at the end."""
    provider, path = practice.person, f"/delegations/{request['request_id']}/signature"
    started = await provider.post(path)
    code = await provider.code_with_reference(started["reference"])
    signed = await provider.post(f"{path}/confirmation", {"signing_id": started["signing_id"], "code": code})
    assert signed["state"] == "awaiting_signatures"
    asked = await texts_to(practice.world, delegate, request["reference"])
    assert request["provider_name"] in asked
    began = await delegate.post("/delegations/signatures", {"reference": request["reference"]})
    code = await delegate.code_with_reference(began["reference"])
    return await delegate.post(f"/delegations/signatures/{began['signing_id']}/confirmation", {"code": code})


async def enter(world: World, user_name: str, password: str, mailbox: Person) -> Person:
    """Somebody signed in under a user name that is no address, past the forced change of the password."""
    world.database("identity")["accounts"].update_one({"user_name": user_name}, {"$set": {"temporary_until": None}})
    challenge = await mailbox.post("/sign-in", {"user_name": user_name, "password": password})
    code = await mailbox.code_with_reference(challenge["reference"])
    mailbox.tokens = await mailbox.post(f"/sign-in/{challenge['challenge_id']}/code", {"code": code})
    if "terms" in mailbox.tokens["restrictions"]:
        await mailbox.accept_terms()
    return mailbox


async def refreshed(person: Person) -> Json:
    """The session's next tokens: what it may do now."""
    headers = {"accept-language": person.language}
    answer = await person.http.post(
        "/tokens/refresh", json={"refresh_token": person.tokens["refresh_token"]}, headers=headers
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    person.tokens = answer.json()
    return person.tokens


@pytest.mark.req("DEL-1", "DEL-2", "DEL-4", "DEL-5", "DEL-6", "DEL-8", "D2", "D5", "BNK-6", "B6")
async def test_a_delegation_signed_in_the_portal_is_approved_used_suspended_and_given_back(world: World) -> None:
    practice, delegate, agent = await new_practice(world), world.visitor(), await world.agent()
    tree = await delegate.get("/delegations/tree")
    assert tree["first"] == "who"
    request = await practice.request(delegate)
    assert (request["state"], request["service"]) == ("draft", "billing")
    assert await refusal(practice.request(delegate)) == (CONFLICT, "identity.delegation_exists")

    submitted = await signed_in_the_portal(practice, delegate, request)
    assert submitted["state"] == "submitted"
    assert {each["party"]: each["kind"] for each in submitted["signatures"]} == dict.fromkeys(
        ("provider", "delegate"), "portal"
    )
    approved = await agent.post(f"/administration/delegations/{request['request_id']}/decision", {"approve": True})
    assert approved["state"] == "approved"

    to_provider = await texts_to(world, practice.person, "nom d’utilisateur de votre mandataire")
    to_delegate = await texts_to(world, delegate, "mot de passe temporaire")
    (user_name,) = set(USER_NAME.findall(to_provider))
    (password,) = set(TEMPORARY.findall(to_delegate))
    assert user_name not in to_delegate
    assert not TEMPORARY.search(to_provider)

    await enter(world, user_name, password, delegate)
    assert delegate.tokens["provider_id"] == practice.provider_id
    mandates = (await delegate.get("/grants"))["grants"]
    assert [(grant["service"], grant["status"]) for grant in mandates] == [("billing", "active")]
    for path in ("/delegates", "/delegations"):
        assert (await refusal(delegate.get(path)))[0] == FORBIDDEN
    assert (await refusal(delegate.get("/direct-deposit")))[0] == FORBIDDEN

    (given,) = (await practice.person.get("/delegates"))["grants"]
    status = f"/grants/{given['grant_id']}/status"
    assert (await practice.person.put(status, {"status": "suspended"}))["status"] == "suspended"
    assert (await refreshed(delegate))["provider_id"] is None
    assert (await practice.person.put(status, {"status": "active"}))["status"] == "active"
    assert (await refreshed(delegate))["provider_id"] == practice.provider_id
    left = await delegate.http.delete(f"/grants/{given['grant_id']}", headers=delegate.headers())
    assert left.json()["status"] == "revoked"
    assert (await refreshed(delegate))["provider_id"] is None
    assert await refusal(practice.person.put(status, {"status": "active"})) == (CONFLICT, "identity.grant_revoked")


@pytest.mark.req("DEL-4", "DEL-5", "DEL-6")
async def test_several_signed_forms_come_in_one_sending_each_for_its_own_request(world: World) -> None:
    practice, agent, sending = await new_practice(world), await world.agent(), new_id()
    people = [world.visitor(), world.visitor()]
    requests = [
        await practice.request(people[0], name="Ana Roy"),
        await practice.request(people[1], name="Ivan Côté", answers=["provider", "in_house_agency", "payments"]),
    ]
    ids = [request["request_id"] for request in requests]
    blank = await practice.person.http.get(f"/delegations/{ids[0]}/form", headers=practice.person.headers())
    assert blank.content.startswith(b"%PDF-")
    files = [delegation_pdf.scan(ids[0], padding=700_000), delegation_pdf.digitally_signed()]

    wrong = await practice.hand_in(ids[0], b"GIF89a" + files[0], **{"signature-kind": "stylus"})
    assert (wrong.status_code, wrong.json()["code"]) == (REFUSED, "form.not_pdf")
    untrue = await practice.hand_in(ids[0], files[0], **{"signature-kind": "digital_certificate"})
    assert (untrue.status_code, untrue.json()["code"]) == (REFUSED, "identity.form_not_signed")
    first = await practice.hand_in(ids[0], files[0], **{"signature-kind": "stylus", "sending-id": sending})
    assert (first.status_code, first.json()["state"]) == (httpx.codes.OK, "submitted"), first.text
    same = await practice.hand_in(ids[1], files[0], **{"signature-kind": "scanned", "sending-id": sending})
    assert (same.status_code, same.json()["code"]) == (CONFLICT, "identity.form_used")
    second = await practice.hand_in(
        ids[1], files[1], **{"signature-kind": "digital_certificate", "sending-id": sending}
    )
    assert second.json()["state"] == "submitted", second.text
    arrived = (await practice.person.get(f"/delegations/sendings/{sending}"))["files"]
    assert [(file["request_id"], file["form"]["size"]) for file in arrived] == [
        (ids[0], len(files[0])),
        (ids[1], len(files[1])),
    ]

    queue = [each["request_id"] for each in await whole_queue(agent)]
    assert queue.index(ids[0]) < queue.index(ids[1])
    shown = (await world.http.get("/delegations/processing-date")).json()["processing"]
    assert shown <= business_day(utc_now()).isoformat()
    opened = await world.http.get(f"/administration/delegations/{ids[0]}/form", headers=agent.headers())
    assert opened.content == files[0]
    assert opened.headers["content-type"] == "application/pdf"

    decision = f"/administration/delegations/{ids[1]}/decision"
    assert (await refusal(agent.post(decision, {"approve": False})))[1] == "identity.delegation_reason_mismatch"
    refused = await agent.post(decision, {"approve": False, "reason_code": "signature_not_accepted"})
    assert (refused["state"], refused["reason_code"]) == ("refused", "signature_not_accepted")
    told = await texts_to(world, practice.person, "refusée", requests[1]["reference"])
    assert "format accepté" in told
    assert (await refusal(agent.post(decision, {"approve": True})))[1] == "identity.delegation_decided"


async def whole_queue(agent: Person) -> list[Json]:
    """All undecided requests, page by page."""
    found: list[Json] = []
    query: dict[str, str | int] = {"state": "submitted", "limit": 2}
    while True:
        page = await agent.get("/administration/delegations", **query)
        found += page["delegations"]
        if page["next"] is None:
            return found
        query["after"] = page["next"]


@pytest.mark.req("DEL-8", "D1")
async def test_a_delegate_of_several_providers_has_one_account_and_chooses_for_whom_to_act(world: World) -> None:
    first, second = await new_practice(world), await new_practice(world)
    delegate, agent = world.visitor(), await world.agent()
    for practice in (first, second):
        request = await practice.request(delegate)
        content = delegation_pdf.scan(request["request_id"])
        await practice.hand_in(request["request_id"], content, **{"signature-kind": "scanned"})
        await agent.post(f"/administration/delegations/{request['request_id']}/decision", {"approve": True})
    to_first = await texts_to(world, first.person, "nom d’utilisateur de votre mandataire")
    to_second = await texts_to(world, second.person, "déjà un compte")
    password = TEMPORARY.findall(await texts_to(world, delegate, "mot de passe temporaire"))[0]
    assert not USER_NAME.search(to_second)

    await enter(world, USER_NAME.findall(to_first)[0], password, delegate)
    assert delegate.tokens["provider_id"] == first.provider_id
    chosen = await delegate.put("/session/provider", {"provider_id": second.provider_id})
    assert (chosen["provider_id"], chosen["services"]) == (second.provider_id, ["billing"])
    assert (await refreshed(delegate))["provider_id"] == second.provider_id
    unknown = delegate.put("/session/provider", {"provider_id": "provider-of-nobody"})
    assert await refusal(unknown) == (httpx.codes.NOT_FOUND, "access.provider_not_granted")

    accounts = world.database("identity")["accounts"]
    accounts.update_one({"provider_id": second.provider_id}, {"$set": {"status": "disabled"}})
    assert (await refreshed(delegate))["provider_id"] == first.provider_id


@pytest.mark.req("DEL-1", "DEL-3", "D3", "D4")
async def test_requests_that_may_not_be_are_refused_with_their_reason(world: World) -> None:
    practice, delegate = await new_practice(world), world.visitor()
    answers = ["provider", "commercial_agency"]
    outcome = (await delegate.post("/delegations/tree", {"answers": answers}))["outcome"]
    assert (outcome["outcome"], outcome["service"]) == ("commercial_agency", None)
    cases: dict[str, dict[str, Any]] = {
        "identity.delegation_refused_commercial_agency": {"answers": answers},
        "identity.delegation_refused_bank": {"answers": ["provider", "staff", "bank"]},
        "identity.delegation_delegate_role_address": {"delegate_email": "info@example.org"},
        "identity.delegation_provider_role_address": {"provider_email": "Accueil.clinique@example.org"},
        "identity.delegation_emails_alike": {"delegate_email": practice.person.email.replace("@", "+luc@")},
        "identity.delegation_delegate_email_taken": {"delegate_email": (await world.member()).person.email},
        "identity.delegation_dates_invalid": {"valid_from": "2020-01-01"},
    }
    for code, changes in cases.items():
        assert await refusal(practice.request(delegate, **changes)) == (REFUSED, code)
    assert (await practice.person.get("/delegations"))["delegations"] == []


@pytest.mark.req("DEL-9", "D2")
async def test_employees_of_a_practice_with_administrator_security_get_everything_but_the_bank(world: World) -> None:
    practice, employee = await new_practice(world), world.visitor()
    body = {"name": "Maude Gagné", "email": employee.email, "language": "fr"}
    early = practice.person.post("/employees", body)
    assert await refusal(early) == (CONFLICT, "identity.employee_needs_administrator_security")
    credentials = world.database("identity")["administrator_credentials"]
    credentials.insert_one({"_id": practice.provider_id})

    given = (await practice.person.post("/employees", body))["grants"]

    assert [grant["service"] for grant in given] == ["billing", "payments", "profile", "inbox"]
    user_name = USER_NAME.findall(await texts_to(world, practice.person, "nom d’utilisateur"))[0]
    password = TEMPORARY.findall(await texts_to(world, employee, "mot de passe temporaire"))[0]
    await enter(world, user_name, password, employee)
    assert employee.tokens["provider_id"] == practice.provider_id
    assert (await refusal(employee.get("/direct-deposit")))[0] == FORBIDDEN
    assert (await refusal(employee.post("/employees", body)))[0] == FORBIDDEN


@pytest.mark.req("DEL-4", "REG-21")
async def test_a_reference_that_nobody_has_is_answered_like_any_other_and_signs_nothing(world: World) -> None:
    visitor = world.visitor()
    began = await visitor.post("/delegations/signatures", {"reference": "K7M2-9QXA"})
    assert {"signing_id", "reference", "resend_after_seconds", "expires_at"} == set(began)

    async def guessed() -> bool:
        answer = await world.http.post(
            f"/delegations/signatures/{began['signing_id']}/confirmation", json={"code": "000000"}
        )
        return bool(answer.json()["code"] == "code.challenge_ended")

    assert await eventually(guessed, "the tries are used up")
