"""A hygienist enrols, leaves, resumes, signs, waits, and reads the signed agreement in the secure inbox."""

import io
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import httpx
import pytest
from pypdf import PdfReader

from deploy.demo.client import HttpProblem, Json, Person
from services.identity.domain.register_rows import PROFESSIONAL_COLUMNS
from shared.clock import BUSINESS_ZONE, business_day, utc_now
from tests.support.hygienist_builders import PRACTICE_NAME, STREET, TYPED_ADDRESS, TYPED_PRACTICE
from tests.support.waiting import eventually
from tests.support.world import World

ACCOUNT = "9876543210"
BANK = {"transit": "30123", "institution": "002", "account": ACCOUNT}


@dataclass(slots=True)
class Hygienist:
    """Somebody whom the professional order lists."""

    world: World
    person: Person
    reference_number: str = field(default_factory=lambda: f"{secrets.randbelow(10**6):06d}")
    permit_number: str = field(default_factory=lambda: f"HD-{secrets.randbelow(10**6):06d}")
    user_name: str = field(default_factory=lambda: f"zoe{secrets.token_hex(5)}")
    last_name: str = field(default_factory=lambda: "".join(secrets.choice("aeilnorstu") for _ in range(9)).title())

    @property
    def name(self) -> str:
        return f"Zoé D’{self.last_name}"

    async def loaded(self) -> None:
        """An agent loads what the order says."""
        values = (self.reference_number, self.permit_number, "Zoé", f"D’{self.last_name}", "1985-03-01")
        content = ",".join(PROFESSIONAL_COLUMNS) + "\n" + ",".join((*values, "OHDQ", "active", "fr")) + "\n"
        agent = await self.world.agent()
        response = await self.world.http.post(
            "/administration/registers/professionals",
            content=content.encode(),
            headers={**agent.headers(), "content-type": "text/csv"},
        )
        assert response.json()["accepted"] == 1, response.text

    async def open_account(self) -> Json:
        """Reference, credentials, code; the account."""
        person = self.person
        started = await person.post("/enrolments", {"path": "hygienist", "language": "fr"})
        steps = f"/enrolments/{started['enrolment_id']}/steps"
        await person.put(f"{steps}/reference", {"reference_number": self.reference_number})
        credentials = {"user_name": self.user_name, "email": person.email, "password": person.password}
        sent = await person.put(f"{steps}/credentials_provider", credentials)
        code = await person.code_with_reference(sent["code"]["reference"])
        finished = await person.post(f"/enrolments/{started['enrolment_id']}/code", {"code": code})
        account: Json = finished["account"]
        return account

    async def sign_in(self) -> None:
        """With the user name; terms are accepted where they are due."""
        person = self.person
        person.tokens = {}
        challenge = await person.post("/sign-in", {"user_name": self.user_name, "password": person.password})
        code = await person.code_with_reference(challenge["reference"])
        person.tokens = await person.post(f"/sign-in/{challenge['challenge_id']}/code", {"code": code})
        if "terms" in person.tokens["restrictions"]:
            await person.accept_terms()

    async def refresh(self) -> None:
        self.person.tokens = await self.person.post(
            "/tokens/refresh", {"refresh_token": self.person.tokens["refresh_token"]}
        )

    async def step(self, name: str, body: Json) -> Json:
        return await self.person.put(f"/enrolment/steps/{name}", body)

    async def refusal(self, path: str, body: Json | None = None) -> tuple[int, str]:
        """Status and code of the problem that a GET, or a PUT of a body, is answered with."""
        with pytest.raises(HttpProblem) as refused:
            await (self.person.get(path) if body is None else self.person.put(path, body))
        return refused.value.status, refused.value.code

    async def signed(self) -> Json:
        """All six steps; what identity says of the agreement."""
        await self.step("commitment", {"effective_date": business_day(utc_now()).isoformat(), "committed": True})
        facts = (await self.person.get("/enrolment"))["shown"]
        confirmed = {"facts_version": int(facts["facts_version"]), "confirmed": True}
        await self.step("professional_facts", confirmed)
        await self.step("correspondence_address", {"address": TYPED_ADDRESS})
        await self.step("practice_address", {"practice_name": PRACTICE_NAME, "address": TYPED_PRACTICE})
        await self.step("bank_transfer", {"bank_transfer": True})
        await self.step("billing", {"no_accreditation": True})
        await self.refresh()
        return await self.person.get("/agreement")

    async def inbox(self) -> Json:
        """The inbox once online services are open and everything has arrived."""

        async def probe() -> Json | None:
            await self.refresh()
            if self.person.tokens["restrictions"]:
                return None
            page = await self.person.get("/inbox")
            return page if len(page["messages"]) == 2 else None

        page = await eventually(probe, "services are open and the inbox is filled", timeout_s=60.0)
        assert page is not None
        return page


async def hygienist(world: World) -> Hygienist:
    """Somebody new, known to the order, without an account."""
    found = Hygienist(world, world.visitor())
    await found.loaded()
    return found


async def downloaded(person: Person, message_id: str, name: str) -> httpx.Response:
    return await person.http.get(f"/inbox/{message_id}/attachments/{name}", headers=person.headers())


def words(document: bytes) -> str:
    pages = PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


@pytest.mark.req("REG-16", "REG-17", "REG-18", "REG-19", "MSG-2", "R2")
async def test_a_hygienist_enrols_leaves_resumes_signs_waits_and_reads_the_agreement(world: World) -> None:
    zoe = await hygienist(world)
    before = utc_now()
    account = await zoe.open_account()
    opens_at = datetime.fromisoformat(account["opens_at"])
    assert before < opens_at < utc_now() + timedelta(minutes=31)
    told = await world.mail_about(zoe.person.email, "compte d’hygiéniste est créé", zoe.user_name)
    assert f"{opens_at.astimezone(BUSINESS_ZONE):%H h %M}" in told.replace("\u00a0", " ")

    await zoe.sign_in()
    shown = await three_steps_with_detours(zoe)
    await zoe.sign_in()
    resumed = await zoe.person.get("/enrolment")
    assert (len(resumed["done"]), resumed["current"]) == (3, "practice_address")
    await zoe.step("practice_address", {"practice_name": PRACTICE_NAME, "address": TYPED_PRACTICE})
    await zoe.step("bank_transfer", {"bank_transfer": True, "details": BANK})
    assert await zoe.refusal("/inbox") == (httpx.codes.FORBIDDEN, "access.restricted_enrolment")
    finished = await zoe.step("billing", {"no_accreditation": True})
    assert finished["current"] is None
    assert datetime.fromisoformat(finished["account"]["opens_at"]) == opens_at

    await zoe.refresh()
    if utc_now() < opens_at:
        assert await zoe.refusal("/inbox") == (httpx.codes.FORBIDDEN, "access.restricted_not_open_yet")
    agreement = await zoe.person.get("/agreement")
    assert agreement["services_billable_from"] == shown["earliest"]
    assert agreement["text_sha256"] == shown["text_sha256"]
    mail = await world.mail_about(zoe.person.email, "Votre inscription est terminée")
    assert "accord" not in mail

    page = await zoe.inbox()
    assert utc_now() >= opens_at
    await the_agreement_is_read(zoe, page, agreement)
    payee = await eventually(
        lambda: found(world, str(account["provider_id"])), "banking has made the held details a direct deposit"
    )
    assert payee is not None
    assert ACCOUNT not in repr(payee)


async def three_steps_with_detours(zoe: Hygienist) -> Json:
    """The first three of the six steps, and what is refused on the way; what the first one showed."""
    enrolment = await zoe.person.get("/enrolment")
    assert (enrolment["done"], enrolment["current"]) == ([], "commitment")
    shown: Json = enrolment["shown"]
    assert (shown["earliest"], shown["latest"]) == tuple(
        (business_day(utc_now()) - timedelta(days=back)).isoformat() for back in (30, 0)
    )
    assert await zoe.refusal("/enrolment/steps/billing", {"no_accreditation": True}) == (
        httpx.codes.CONFLICT,
        "identity.step_out_of_order",
    )
    too_early = (business_day(utc_now()) - timedelta(days=31)).isoformat()
    assert await zoe.refusal("/enrolment/steps/commitment", {"effective_date": too_early, "committed": True}) == (
        httpx.codes.UNPROCESSABLE_ENTITY,
        "identity.effective_date_too_early",
    )
    facts = (await zoe.step("commitment", {"effective_date": shown["earliest"], "committed": True}))["shown"]
    assert (facts["last_name"], facts["permit_number"]) == (f"D’{zoe.last_name}", zoe.permit_number)
    await zoe.step("professional_facts", {"facts_version": int(facts["facts_version"]), "confirmed": True})
    await zoe.step("correspondence_address", {"address": TYPED_ADDRESS})
    return shown


async def the_agreement_is_read(zoe: Hygienist, page: Json, agreement: Json) -> None:
    """Both messages are there; letter and copy say what was signed."""
    messages = {message["kind"]: message for message in page["messages"]}
    assert set(messages) == {"agreement", "registration_confirmed"}
    assert page["unread"] == 2
    message_id = messages["agreement"]["message_id"]
    message = await zoe.person.get(f"/inbox/{message_id}")
    copy = await downloaded(zoe.person, message_id, "accord-signe.pdf")
    assert copy.headers["content-type"] == "application/pdf"
    assert sha256(copy.content).hexdigest() == agreement["document_sha256"] == message["attachments"][1]["sha256"]
    text = words(copy.content)
    signed = (zoe.name, zoe.reference_number, zoe.permit_number, zoe.user_name, STREET, agreement["text_sha256"])
    assert [fact for fact in signed if fact not in text] == []
    letter = await downloaded(zoe.person, message_id, "lettre.pdf")
    assert agreement["document_sha256"] in words(letter.content)
    await zoe.person.post(f"/inbox/{message_id}/read")
    assert (await zoe.person.get("/inbox"))["unread"] == 1


async def found(world: World, payee_id: str) -> Json | None:
    """The bank account of a payee as it lies in the database."""
    return world.database("banking")["accounts"].find_one({"_id": payee_id})
