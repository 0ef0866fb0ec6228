"""A provider bills for its patients, one claim and a batch, is paid by a run of its own, and reads the statement."""

import secrets
from datetime import timedelta

import pytest

from deploy.demo.client import HttpProblem, Json, Person
from shared.clock import business_day, utc_now
from tests.journeys.test_provider_registration import (
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
from tests.support.waiting import eventually
from tests.support.world import Member, World

HEADER = "reference;contract_number;certificate_number;birth_date;claim_type;code;service_date;amount"
BATCH = 300


async def provider(world: World) -> Person:
    """A dentist with direct deposit, signed in with a password of its own."""
    dentist, person = Dentist(), world.visitor()
    await load(world, "providers", PROVIDER_HEADER, dentist.row())
    await load(world, "statements", STATEMENT_HEADER, *dentist.statement_rows())
    account = f"{secrets.randbelow(9 * 10**11) + 10**11}"
    await enrol(person, dentist, details={"transit": "30123", "institution": "002", "account": account})
    temporary = await temporary_password_of(world, person, dentist)
    await sign_in(person, dentist.number.user_name, temporary)
    await person.put("/me/password", {"current_password": temporary, "new_password": NEW_PASSWORD})
    await sign_in(person, dentist.number.user_name, NEW_PASSWORD)
    return person


def patient(member: Member) -> Json:
    facts = member.dossier.facts
    return {
        "contract_number": facts.contract_number,
        "certificate_number": facts.certificate_number,
        "birth_date": facts.birth_date.isoformat(),
    }


def bill(member: Member, *, days_ago: int = 3) -> Json:
    """Of a kind that signs no agreement: what was done before the provider registered is billed as well."""
    day = business_day(utc_now()) - timedelta(days=days_ago)
    return {
        "patient": patient(member),
        "claim_type": "dental_cleaning",
        "lines": [{"service_date": day.isoformat(), "code": "DC-POL", "amount_cents": 5_000}],
        "authorisation": {"accepted": True, "text_version": "2026-01"},
    }


async def decided(person: Person, number: str) -> Json:
    async def probe() -> Json | None:
        page = await person.get("/provider/claims", limit=100)
        found = [each for each in page["claims"] if each["claim_number"] == number]
        return await person.get(f"/provider/claims/{number}") if found and found[0]["outcome"] else None

    view = await eventually(probe, f"claim {number} is decided")
    assert view is not None
    return view


@pytest.mark.req("CLM-6", "PAY-1", "PAY-2", "PAY-3", "BNK-1")
async def test_a_provider_bills_is_paid_and_reads_the_statement(world: World) -> None:
    person, member, other = await provider(world), await world.member(), await provider(world)

    accepted = await person.post("/provider/claims", bill(member), Idempotency_Key="bill-1")
    view = await decided(person, accepted["claim_number"])

    assert view["benefit_cents"] > 0, view
    assert (await member.claim(accepted["claim_number"]))["pay_to"] == "provider"
    missing = (404, "claims.not_found")
    assert await refusal(other.get(f"/provider/claims/{accepted['claim_number']}")) == missing
    assert (await other.get("/provider/claims"))["claims"] == []
    assert (await refusal(person.get("/claims")))[0] == 403
    assert (await refusal(member.person.get("/provider/claims")))[0] == 403

    await paid(world, person, view["benefit_cents"])
    payment = (await person.get("/provider/payments"))["payments"][0]
    statement = await person.get(f"/provider/statements/{payment['batch_number']}")
    assert [each["claim_number"] for each in statement["claims"]] == [accepted["claim_number"]]
    assert (await refusal(other.get(f"/provider/statements/{payment['batch_number']}")))[0] == 404


@pytest.mark.req("CLM-6", "CLM-10", "PAY-1")
async def test_a_correction_of_what_was_paid_is_deducted_from_the_next_payment(world: World) -> None:
    person, member = await provider(world), await world.member()
    first = (await person.post("/provider/claims", bill(member), Idempotency_Key="bill-1"))["claim_number"]
    view = await decided(person, first)
    await paid(world, person, view["benefit_cents"])

    line = bill(member)["lines"][0] | {"amount_cents": 3_000}
    correction = {"expected_version": (await decided(person, first))["version"], "lines": [line]}
    changed = await person.put(f"/provider/claims/{first}", correction)
    assert changed["benefit_cents"] < view["benefit_cents"], changed
    assert await refusal(member.person.post(f"/claims/{first}/void", {})) == (409, "claims.billed_by_provider")

    second = (await person.post("/provider/claims", bill(member, days_ago=4), Idempotency_Key="bill-2"))["claim_number"]
    owed = (await decided(person, second))["benefit_cents"] - (view["benefit_cents"] - changed["benefit_cents"])
    await paid(world, person, owed)

    voided = await person.post(f"/provider/claims/{second}/void", {"reason": "Not done"})
    assert (voided["status"], voided["benefit_cents"]) == ("voided", 0)


async def paid(world: World, person: Person, cents: int) -> None:
    """The provider's run is closed once payments knows the claim, and its deposit is on its way."""

    async def in_a_run() -> bool:
        try:
            await world.close_run(payee_class="provider")
        except HttpProblem as problem:
            if problem.code not in {"payments.nothing_payable", "payments.run_conflict"}:
                raise
        return any(each["amount_cents"] == cents for each in (await person.get("/provider/payments"))["payments"])

    await eventually(in_a_run, "the provider is in a run")

    async def sent() -> bool:
        payments = (await person.get("/provider/payments"))["payments"]
        return payments[0]["status"] in {"sent", "settled"}

    await eventually(sent, "the deposit left", timeout_s=40.0)


@pytest.mark.req("CLM-6", "CLM-7")
async def test_a_batch_of_three_hundred_is_taken_row_by_row(world: World) -> None:
    person, member = await provider(world), await world.member()
    card, today = patient(member), business_day(utc_now())
    known = ";".join((card["contract_number"], card["certificate_number"], card["birth_date"]))
    rows = [
        f"R-{n:04d};{known};dental_cleaning;DC-POL;{today - timedelta(days=1 + n % 200)};50,00" for n in range(BATCH)
    ]
    rows[7] = f"R-0007;{known};dental_cleaning;DC-POL;2026-02-30;50,00"
    rows[8] = f"R-0008;{known};dental_cleaning;DC-POL;{today};fifty"
    headers = {
        **person.headers(),
        "content-type": "text/csv; charset=utf-8",
        "idempotency-key": "batch-1",
        "accept-language": "en",
    }

    async def send() -> Json:
        content = "\n".join([HEADER, *rows, ""]).encode()
        response = await world.http.post("/provider/claims/batches", content=content, headers=headers)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    answer = await send()
    assert (answer["accepted"], answer["refused"]) == (BATCH - 2, 2)
    refused = [each for each in answer["results"] if each["status"] == "refused"]
    assert [(each["line"], each["field"] or each["code"]) for each in refused] == [
        (9, "#/lines/0/service_date"),
        (10, "claims.batch_amount"),
    ]
    assert await send() == answer

    claims = world.database("claims")["claims"]

    async def all_decided() -> bool:
        numbers = [each["claim_number"] for each in answer["results"] if each["claim_number"]]
        return claims.count_documents({"number": {"$in": numbers}, "outcome": {"$exists": True}}) == BATCH - 2

    await eventually(all_decided, "the batch is decided", timeout_s=60.0)
    assert len((await person.get("/provider/claims", limit=100))["claims"]) == 100
