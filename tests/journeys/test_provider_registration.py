"""Providers register: registers by CSV, two statements as proof, mails, a temporary password and its replacement."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from aio_pika import Message

from deploy.demo.client import HttpProblem, Json, Person, plain_text
from services.identity.domain.providers import Kind, ProviderNumber
from shared.clock import business_day, new_id, utc_now
from shared.contracts.payments import StatementIssued
from shared.envelopes import Received, event_envelope
from shared.topology import exchange_of
from tests.support.bus import Bus
from tests.support.waiting import eventually
from tests.support.world import World

OFFICE = "0042"
ANSWERS = (("favourite_restaurant", "Chez Lévêque"), ("first_car", "Honda Civic"), ("nickname", "Ti-Loup"))
TEMPORARY = re.compile(r"\b[2-9A-Za-z]{4}(?:-[2-9A-Za-z]{4}){3}\b")
NEW_PASSWORD = "Tortue-Verte-88"


@dataclass(frozen=True, kw_only=True)
class Dentist:
    """A dentist of the register, with the heads of two statements."""

    number: ProviderNumber = field(
        default_factory=lambda: ProviderNumber.of(Kind.DENTIST, f"0{secrets.randbelow(10**8):08d}")
    )
    statements: tuple[tuple[date, str], ...] = field(
        default_factory=lambda: tuple(
            (business_day(utc_now()) - timedelta(days=days), f"{secrets.randbelow(10**8):08d}") for days in (14, 200)
        )
    )

    def row(self, **columns: str) -> str:
        values = {
            "kind": "dentist",
            "number": self.number.number,
            "office_numbers": OFFICE,
            "name": "Dre Anaïs Côté",
            "language": "fr",
            "province": "QC",
        } | columns
        return ",".join(values.get(column, "") for column in PROVIDER_HEADER.split(","))

    def statement_rows(self) -> list[str]:
        return [f"dentist,{self.number.number},{day.isoformat()},{batch},12.50" for day, batch in self.statements]


PROVIDER_HEADER = (
    "kind,number,office_numbers,specialty,name,practice_name,chain,chain_name,email,phone,language,province,active"
)
STATEMENT_HEADER = "kind,number,statement_date,batch_number,amount"


async def load(world: World, register: str, header: str, *rows: str) -> Json:
    agent = await world.agent()
    headers = {**agent.headers(), "content-type": "text/csv; charset=utf-8"}
    content = "\n".join([header, *rows, ""]).encode()
    response = await world.http.post(f"/administration/registers/{register}", content=content, headers=headers)
    assert response.status_code == httpx.codes.OK, response.text
    report: Json = response.json()
    return report


async def enrol(person: Person, dentist: Dentist, *, details: Json | None = None, **profile: Any) -> Json:
    """All steps of a provider; the last answer."""
    begun = await person.post("/enrolments", {"path": "provider", "language": person.language})
    steps = f"/enrolments/{begun['enrolment_id']}/steps"
    terms = {"accepted": True, "terms_version": begun["shown"]["terms_version"]}
    await person.put(f"{steps}/welcome_terms", terms)
    body = {
        "kind": dentist.number.kind.value,
        "number": dentist.number.number,
        "office_number": OFFICE,
        "email": person.email,
        "email_repeat": person.email.upper(),
        "statements": [{"statement_date": day.isoformat(), "batch_number": batch} for day, batch in dentist.statements],
        "answers": [{"question": question, "answer": answer} for question, answer in ANSWERS],
    }
    await person.put(f"{steps}/provider_profile", body | profile)
    await person.put(f"{steps}/provider_direct_deposit", {"skip": True} if details is None else {"details": details})
    return await person.put(f"{steps}/provider_submit", {})


async def sign_in(person: Person, user_name: str, password: str) -> Json:
    """Password, then the code from the mail; the tokens."""
    person.tokens = {}
    challenge = await person.post("/sign-in", {"user_name": user_name, "password": password})
    code = await person.code_with_reference(challenge["reference"])
    person.tokens = await person.post(f"/sign-in/{challenge['challenge_id']}/code", {"code": code})
    return person.tokens


async def temporary_password_of(world: World, person: Person, dentist: Dentist) -> str:
    mail = await world.mail_about(person.email, "mot de passe temporaire", dentist.number.user_name)
    found = TEMPORARY.search(mail)
    assert found is not None
    return found.group()


async def refusal(asked: Any) -> tuple[int, str]:
    with pytest.raises(HttpProblem) as refused:
        await asked
    return refused.value.status, refused.value.code


@pytest.mark.req("REG-10", "REG-13", "REG-15", "REG-20")
async def test_a_provider_registers_with_two_statements_and_replaces_the_temporary_password(world: World) -> None:
    dentist, person = Dentist(), world.visitor()
    assert (await load(world, "providers", PROVIDER_HEADER, dentist.row()))["accepted"] == 1
    assert (await load(world, "statements", STATEMENT_HEADER, *dentist.statement_rows()))["accepted"] == 2
    assert (await load(world, "statements", STATEMENT_HEADER, *dentist.statement_rows()))["unchanged"] == 2

    account = f"{secrets.randbelow(9 * 10**11) + 10**11}"
    finished = await enrol(person, dentist, details={"transit": "30123", "institution": "002", "account": account})
    assert (finished["current"], finished["account"]) == (None, None)

    temporary = await temporary_password_of(world, person, dentist)
    await world.mail_about(person.email, "dépôt direct", "confirmée")
    payee = world.database("payments")["payees"].find_one({"_id": dentist.number.provider_id})
    assert payee is not None
    for service in world.databases():
        database = world.database(service)
        for name in database.list_collection_names():
            texts = repr(list(database[name].find().limit(5_000)))
            assert account not in texts, f"{service}.{name}"
            assert temporary not in texts, f"{service}.{name}"

    tokens = await sign_in(person, dentist.number.user_name, temporary)
    assert (tokens["restrictions"], tokens["provider_id"]) == (["new_password"], dentist.number.provider_id)
    assert await refusal(person.get("/me")) == (403, "access.restricted_new_password")
    body = {"current_password": "wrong", "new_password": NEW_PASSWORD}
    assert await refusal(person.put("/me/password", body)) == (422, "identity.current_password_wrong")
    await person.put("/me/password", body | {"current_password": temporary})
    await world.mail_about(person.email, "mot de passe a été changé")

    assert (await sign_in(person, dentist.number.user_name, NEW_PASSWORD))["restrictions"] == []
    me = await person.get("/me")
    assert (me["user_name"], me["roles"], me["display_name"]) == (
        dentist.number.user_name,
        ["provider"],
        "Dre Anaïs Côté",
    )
    again = {"user_name": dentist.number.user_name, "password": temporary}
    assert await refusal(person.post("/sign-in", again)) == (401, "sign_in.refused")


@pytest.mark.req("REG-13")
async def test_statements_that_payments_issued_prove_who_somebody_is(world: World, bus: Bus) -> None:
    dentist, person = Dentist(), world.visitor()
    await load(world, "providers", PROVIDER_HEADER, dentist.row())
    today = business_day(utc_now())
    issued = [(utc_now(), f"{secrets.randbelow(10**8):08d}") for _ in range(2)]
    for at, batch in issued:
        event = StatementIssued(
            batch_number=batch,
            payment_id=new_id(),
            payee_class="provider",
            payee_id=dentist.number.provider_id,
            amount_cents=12_345,
            claim_ids=(),
            issued_at=at,
        )
        envelope = event_envelope(event, source="payments", cause=Received(event, new_id(), new_id()))
        exchange = await bus.channel.get_exchange(exchange_of(StatementIssued))
        message = Message(
            envelope.body,
            message_id=envelope.message_id,
            type=envelope.wire_type,
            content_type=envelope.content_type,
            correlation_id=envelope.correlation_id,
        )
        await exchange.publish(message, StatementIssued.wire_type)
    statements = world.database("identity")["statements"]

    async def both() -> bool:
        return statements.count_documents({"provider_id": dentist.number.provider_id}) == len(issued)

    await eventually(both, "identity knows the statements")
    told = [{"statement_date": today.isoformat(), "batch_number": batch} for _, batch in issued]
    await enrol(person, dentist, statements=told)
    temporary = await temporary_password_of(world, person, dentist)

    agent = await world.agent()
    account = world.database("identity")["accounts"].find_one({"provider_id": dentist.number.provider_id})
    assert account is not None
    await agent.post(f"/administration/accounts/{account['_id']}/temporary-password")

    async def another() -> str | None:
        found = await temporary_password_of(world, person, dentist)
        return found if found != temporary else None

    renewed = await eventually(another, "another temporary password arrives")
    old = {"user_name": dentist.number.user_name, "password": temporary}
    assert await refusal(person.post("/sign-in", old)) == (401, "sign_in.refused")
    assert (await sign_in(person, dentist.number.user_name, str(renewed)))["restrictions"] == ["new_password"]


@pytest.mark.req("REG-12", "REG-21", "R1")
async def test_answers_are_alike_and_the_reason_comes_by_mail(world: World) -> None:
    known, unknown, chain = Dentist(), Dentist(), ProviderNumber.of(Kind.PHARMACY, f"C {secrets.randbelow(10**8):08d}")
    pharmacy = {"kind": "pharmacy", "number": chain.number, "office_numbers": "", "chain": "yes"}
    await load(world, "providers", PROVIDER_HEADER, known.row(), known.row(**pharmacy))
    await load(world, "statements", STATEMENT_HEADER, *known.statement_rows())
    people = {name: world.visitor() for name in ("unknown", "chain", "right", "again")}
    answers = [
        await enrol(people["unknown"], unknown),
        await enrol(people["chain"], Dentist(number=chain), office_number=None),
        await enrol(people["right"], known),
        await enrol(people["again"], known),
    ]
    alike = {repr({**answer, "enrolment_id": "", "expires_at": ""}) for answer in answers}
    assert len(alike) == 1
    await world.mail_about(people["unknown"].email, "n’a pas pu être terminée")
    await world.mail_about(people["chain"].email, "fait partie d’une chaîne")
    await temporary_password_of(world, people["right"], known)
    await world.mail_about(people["right"].email, "Vous avez déjà un compte")
    assert [plain_text(mail) for mail in world.mailbox.messages_to(people["again"].email)] == []
