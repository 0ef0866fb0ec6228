"""What providers own, and their delegates."""

import secrets
from typing import Final

import httpx

from deploy.demo.client import Json
from shared.clock import business_day, new_id, utc_now
from tests.journeys.objects.cast import WRONG_CODE, Case, Cast, Made, secret_of_a_browser
from tests.support import delegation_pdf
from tests.support.receipt_files import pdf
from tests.support.waiting import eventually
from tests.support.world import found_or_none, upload

SCANNED: Final = {"signature-kind": "scanned"}


async def billed(cast: Cast, *, claim_type: str = "dental_exam", code: str = "DX-RCL") -> str:
    """The number of a claim that a practice sent for a patient, once it is decided."""
    person = cast.practices[0].person
    today = business_day(utc_now()).isoformat()  # what was done before the practice registered is not paid
    line = {"service_date": today, "code": code, "units": 1, "amount_cents": 4_000}
    body = {
        "patient": cast.owner.dossier.facts.typed(),
        "claim_type": claim_type,
        "lines": [line],
        "authorisation": {"accepted": True, "text_version": "2026-01"},
    }
    accepted = await person.post("/provider/claims", body, Idempotency_Key=secrets.token_urlsafe(16))
    number = str(accepted["claim_number"])

    async def probe() -> bool:
        claim = await found_or_none(person.get(f"/provider/claims/{number}"))
        return claim is not None and claim["outcome"] is not None

    await eventually(probe, f"claim {number} is decided")
    return number


async def a_billed_claim(cast: Cast) -> Made:
    return cast.of_practice({"claim_number": await billed(cast)})


async def a_billed_claim_to_correct(cast: Cast) -> Made:
    number = await billed(cast)
    claim = await cast.practices[0].person.get(f"/provider/claims/{number}")
    line = {"service_date": claim["lines"][0]["service_date"], "code": "DX-RCL", "amount_cents": 3_500}
    body = {"expected_version": claim["version"], "lines": [line]}
    return cast.of_practice({"claim_number": number}, body=body)


async def a_billed_claim_without_papers(cast: Cast) -> Made:
    """The stranger has papers too."""
    mine, theirs = [{"receipts": [(await upload(each.person, pdf()))["receipt_id"]]} for each in cast.practices[:2]]
    return cast.of_practice({"claim_number": await billed(cast)}, body=mine, guesses=(theirs,))


async def a_billed_claim_to_void(cast: Cast) -> Made:
    return cast.of_practice({"claim_number": await billed(cast)}, body={"reason": "Billed twice"})


async def a_payment(cast: Cast) -> Made:
    await billed(cast, claim_type="dental_cleaning", code="DC-POL")
    practice = cast.practices[0]
    versions = cast.world.database("payments")["claim_versions"]

    async def known() -> bool:
        return versions.count_documents({"payee_id": practice.provider_id}) > 0

    await eventually(known, "payments knows what the practice is owed")
    run = await cast.world.close_run(payee_class="provider")
    await cast.world.settled(run["run_id"])
    payments = (await practice.person.get("/provider/payments"))["payments"]
    return cast.of_practice({"batch_number": payments[0]["batch_number"]})


async def the_payment(cast: Cast) -> Made:
    """The newest that there is."""
    payments = (await cast.practices[0].person.get("/provider/payments"))["payments"]
    return cast.of_practice({"batch_number": payments[0]["batch_number"]}) if payments else await a_payment(cast)


async def requested(cast: Cast) -> Json:
    """A request to let somebody new bill."""
    return await cast.practices[0].request(cast.world.visitor())


async def a_request(cast: Cast) -> Made:
    return cast.of_practice({"request_id": (await requested(cast))["request_id"]})


async def a_form_to_hand_in(cast: Cast) -> Made:
    request_id = (await requested(cast))["request_id"]
    headers = SCANNED | {"content-type": "application/pdf"}
    return cast.of_practice({"request_id": request_id}, content=delegation_pdf.scan(request_id), headers=headers)


async def a_signature_of_the_provider(cast: Cast) -> Made:
    person, request_id = cast.practices[0].person, (await requested(cast))["request_id"]
    started = await person.post(f"/delegations/{request_id}/signature")
    body = {"signing_id": started["signing_id"], "code": await person.code_with_reference(started["reference"])}
    return cast.of_practice({"request_id": request_id}, body=body, guesses=(body | WRONG_CODE,))


async def a_sending(cast: Cast) -> Made:
    request_id, sending_id = (await requested(cast))["request_id"], new_id()
    content = delegation_pdf.scan(request_id)
    await cast.practices[0].hand_in(request_id, content, **SCANNED, **{"sending-id": sending_id})
    return cast.of_practice({"sending_id": sending_id})


async def a_signature_begun(cast: Cast) -> Made:
    """Of a delegate, who has no account."""
    delegate = cast.world.visitor()
    request = await cast.practices[0].request(delegate)
    began = await delegate.post("/delegations/signatures", {"reference": request["reference"]})
    return secret_of_a_browser("signing_id", began["signing_id"], delegate)


async def a_signature_with_its_code(cast: Cast) -> Made:
    delegate = cast.world.visitor()
    request = await cast.practices[0].request(delegate)
    began = await delegate.post("/delegations/signatures", {"reference": request["reference"]})
    body = {"code": await delegate.code_with_reference(began["reference"])}
    return secret_of_a_browser("signing_id", began["signing_id"], delegate, body=body, guesses=(WRONG_CODE,))


async def a_grant_given(cast: Cast) -> Made:
    """Once revoked it would stay so."""
    delegate, _ = await cast.delegates()
    (grant,) = (await delegate.get("/grants"))["grants"]
    guesses = ({"status": "suspended"}, {"status": "revoked"})
    return cast.of_practice({"grant_id": grant["grant_id"]}, body={"status": "active"}, guesses=guesses)


async def a_grant_held(cast: Cast) -> Made:
    """Not even the practice gives it back in the delegate's name."""
    delegate, other = await cast.delegates()
    (grant,) = (await delegate.get("/grants"))["grants"]
    strangers = (other, cast.practices[0].person, cast.practices[1].person)
    return Made(path={"grant_id": grant["grant_id"]}, owner=delegate, strangers=strangers)


async def a_message(cast: Cast) -> Made:
    """Of the inbox of a hygienist."""
    mine, theirs = await cast.hygienists()
    messages = (await mine.person.get("/inbox"))["messages"]
    message = next(each for each in messages if each["kind"] == "agreement")
    assert message not in (await theirs.person.get("/inbox"))["messages"]
    strangers = (theirs.person, cast.owner.person, cast.agent)
    return Made(path={"message_id": message["message_id"]}, owner=mine.person, strangers=strangers)


async def an_attachment(cast: Cast) -> Made:
    made = await a_message(cast)
    path = {**made.path, "name": "accord-signe.pdf"}
    return Made(path=path, owner=made.owner, strangers=made.strangers)


CASES: Final = {
    "GET /provider/claims/{claim_number}": Case(a_billed_claim),
    "PUT /provider/claims/{claim_number}": Case(a_billed_claim_to_correct),
    "POST /provider/claims/{claim_number}/documents": Case(a_billed_claim_without_papers),
    "POST /provider/claims/{claim_number}/void": Case(a_billed_claim_to_void),
    "GET /provider/statements/{batch_number}": Case(a_payment),
    "GET /provider/statements/{batch_number}.pdf": Case(the_payment),
    "GET /provider/statements/{batch_number}.csv": Case(the_payment),
    "GET /delegations/{request_id}": Case(a_request),
    "DELETE /delegations/{request_id}": Case(a_request),
    "GET /delegations/{request_id}/form": Case(a_request),
    "PUT /delegations/{request_id}/form": Case(a_form_to_hand_in),
    "POST /delegations/{request_id}/signature": Case(a_request),
    "POST /delegations/{request_id}/signature/confirmation": Case(
        a_signature_of_the_provider, refused=httpx.codes.CONFLICT
    ),
    "GET /delegations/sendings/{sending_id}": Case(a_sending, refused=httpx.codes.OK),
    "POST /delegations/signatures/{signing_id}/resend": Case(a_signature_begun, refused=httpx.codes.CONFLICT),
    "POST /delegations/signatures/{signing_id}/confirmation": Case(
        a_signature_with_its_code, refused=httpx.codes.CONFLICT
    ),
    "PUT /grants/{grant_id}/status": Case(a_grant_given),
    "DELETE /grants/{grant_id}": Case(a_grant_held),
    "GET /inbox/{message_id}": Case(a_message),
    "POST /inbox/{message_id}/read": Case(a_message),
    "GET /inbox/{message_id}/attachments/{name}": Case(an_attachment),
}
