"""What members own."""

from typing import Final

from deploy.demo.client import Json, Person
from shared.clock import new_id
from tests.journeys.objects.cast import Case, Cast, Made
from tests.support.receipt_files import pdf
from tests.support.world import Member, claim_body, provider_body


def a_claim_body(cast: Cast) -> Json:
    """A claim of the owner that repeats no other."""
    return claim_body(cast.owner.persons[0], line={"service_date": cast.service_date()})


async def decided(cast: Cast) -> tuple[Json, Json]:
    """A claim of the owner: what was sent, and what it became."""
    body = a_claim_body(cast)
    return body, await cast.owner.decided(await cast.owner.submit(body))


async def a_claim(cast: Cast) -> Made:
    _, claim = await decided(cast)
    return cast.of_member({"claim_number": claim["claim_number"]})


async def a_claim_to_correct(cast: Cast) -> Made:
    body, claim = await decided(cast)
    lines = [body["lines"][0] | {"amount_cents": 9_000}]
    correction = {"expected_version": claim["version"], "provider": body["provider"], "lines": lines}
    return cast.of_member({"claim_number": claim["claim_number"]}, body=correction)


async def a_claim_without_papers(cast: Cast) -> Made:
    """The stranger has papers too."""
    _, claim = await decided(cast)
    mine, theirs = [{"receipts": [(await each.upload(pdf()))["receipt_id"]]} for each in (cast.owner, cast.other)]
    return cast.of_member({"claim_number": claim["claim_number"]}, body=mine, guesses=(theirs,))


async def a_claim_to_void(cast: Cast) -> Made:
    _, claim = await decided(cast)
    return cast.of_member({"claim_number": claim["claim_number"]}, body={"reason": "Sent by mistake"})


async def a_statement(cast: Cast) -> Made:
    world, owner = cast.world, cast.owner
    await decided(cast)
    await world.payable(owner)
    await world.settled((await world.close_run())["run_id"])
    payments = await owner.person.get("/payments")
    return cast.of_member({"batch_number": str(payments["payments"][0]["batch_number"])})


async def the_statement(cast: Cast) -> Made:
    """The newest that there is, since for a file one is as good as another."""
    payments = (await cast.owner.person.get("/payments"))["payments"]
    return cast.of_member({"batch_number": str(payments[0]["batch_number"])}) if payments else await a_statement(cast)


async def a_receipt(cast: Cast) -> Made:
    return cast.of_member({"receipt_id": str((await cast.owner.upload(pdf()))["receipt_id"])})


async def another_browser(owner: Member) -> None:
    """The owner signs in a second time, in a browser that was never seen."""
    person = owner.person
    await Person(person.http, person.mailbox, person.email, person.password, person.language).sign_in()


async def a_session(cast: Cast) -> Made:
    await another_browser(cast.owner)
    sessions = (await cast.owner.person.get("/sessions"))["sessions"]
    return cast.of_member({"session_id": next(each["session_id"] for each in sessions if not each["current"])})


async def a_device(cast: Cast) -> Made:
    await another_browser(cast.owner)
    devices = (await cast.owner.person.get("/devices"))["devices"]
    return cast.of_member({"device_id": next(each["device_id"] for each in devices if not each["current"])})


async def an_added_provider(cast: Cast) -> Made:
    draft = await cast.owner.person.post("/providers", provider_body())
    return cast.of_member({"provider_id": str(draft["provider_id"])})


async def another_coverage(cast: Cast) -> Made:
    """Its id is the caller's own choice, so that a stranger's tells nothing; the persons in it are the owner's."""
    body = {
        "insurer": "Assurance des Laurentides",
        "person_ids": cast.owner.persons[:1],
        "ours": {"held_as": "member_full_time", "since": "2020-01-01"},
        "theirs": {"held_as": "dependant"},
        "effective_from": "2024-01-01",
    }
    coverage_id = new_id()
    await cast.owner.person.put(f"/other-coverages/{coverage_id}", body)
    return cast.of_member({"coverage_id": coverage_id}, body=body | {"insurer": "Assurance du Fjord"})


CASES: Final = {
    "GET /statements/{batch_number}": Case(a_statement),
    "GET /statements/{batch_number}.pdf": Case(the_statement),
    "GET /statements/{batch_number}.csv": Case(the_statement),
    "GET /claims/{claim_number}": Case(a_claim),
    "GET /fhir/ClaimResponse/{claim_number}": Case(a_claim),
    "GET /fhir/ExplanationOfBenefit/{claim_number}": Case(a_claim),
    "PUT /claims/{claim_number}": Case(a_claim_to_correct),
    "POST /claims/{claim_number}/documents": Case(a_claim_without_papers),
    "POST /claims/{claim_number}/void": Case(a_claim_to_void),
    "GET /claims/{claim_number}/receipts": Case(a_claim),
    "GET /receipts/{receipt_id}": Case(a_receipt),
    "DELETE /receipts/{receipt_id}": Case(a_receipt),
    "POST /providers/{provider_id}/confirm": Case(an_added_provider),
    "PUT /other-coverages/{coverage_id}": Case(another_coverage),
    "DELETE /sessions/{session_id}": Case(a_session),
    "DELETE /devices/{device_id}": Case(a_device),
}
