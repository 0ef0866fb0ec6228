"""Whatever has an id in its address is another's for everybody but its owner: 404, and the same for ids that there are
not (A3, authorisation sweep, second half; R7).

A new route with an id belongs into ``OBJECTS`` with a way to make one, or into ``ELSEWHERE`` with the test that proves
it; a route in neither fails the build.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from deploy.demo.client import Person
from services.edge.auth.access import Who
from services.edge.routes import TABLE
from services.edge.routes.table import Row
from shared.clock import new_id
from tests.support.receipt_files import pdf
from tests.support.world import Member, World, claim_body, provider_body

Make = Callable[[World, Member], Awaitable[str]]


async def a_claim(_world: World, owner: Member) -> str:
    number = await owner.submit(claim_body(owner.persons[0]))
    await owner.decided(number)
    return number


async def a_statement(world: World, owner: Member) -> str:
    await owner.enrol()
    await owner.decided(await owner.submit(claim_body(owner.persons[0])))
    await world.payable(owner)
    await world.settled((await world.close_run())["run_id"])
    payments = await owner.person.get("/payments")
    return str(payments["payments"][0]["batch_number"])


async def a_receipt(_world: World, owner: Member) -> str:
    return str((await owner.upload(pdf()))["receipt_id"])


async def another_browser(owner: Member) -> None:
    """The owner signs in a second time, in a browser that was never seen."""
    person = owner.person
    await Person(person.http, person.mailbox, person.email, person.password, person.language).sign_in()


async def a_session(_world: World, owner: Member) -> str:
    await another_browser(owner)
    sessions = (await owner.person.get("/sessions"))["sessions"]
    return next(str(each["session_id"]) for each in sessions if not each["current"])


async def a_device(_world: World, owner: Member) -> str:
    await another_browser(owner)
    devices = (await owner.person.get("/devices"))["devices"]
    return next(str(each["device_id"]) for each in devices if not each["current"])


async def a_provider(_world: World, owner: Member) -> str:
    return str((await owner.person.post("/providers", provider_body()))["provider_id"])


@dataclass(frozen=True, slots=True)
class Object:
    """Something that belongs to one member: how it comes to be, and an id that nothing has."""

    make: Make
    unknown: str


OBJECTS: Final = {
    "GET /claims/{claim_number}": Object(a_claim, "7K2M-9QXA-4T1B"),
    "GET /fhir/ClaimResponse/{claim_number}": Object(a_claim, "7K2M-9QXA-4T1B"),
    "GET /fhir/ExplanationOfBenefit/{claim_number}": Object(a_claim, "7K2M-9QXA-4T1B"),
    "POST /providers/{provider_id}/confirm": Object(a_provider, "019ab1c2-0000-7000-8000-000000000001"),
    "GET /claims/{claim_number}/receipts": Object(a_claim, "7K2M-9QXA-4T1B"),
    "GET /receipts/{receipt_id}": Object(a_receipt, "019ab1c2-0000-7000-8000-000000000001"),
    "DELETE /receipts/{receipt_id}": Object(a_receipt, "019ab1c2-0000-7000-8000-000000000001"),
    "GET /statements/{batch_number}": Object(a_statement, "99999999"),
    "DELETE /sessions/{session_id}": Object(a_session, new_id()),
    "DELETE /devices/{device_id}": Object(a_device, new_id()),
}
"""Routes whose object somebody owns."""

ELSEWHERE: Final = {
    "/claims/{claim_number}": "its dossier, for every change: tests/unit/claims/test_changing.py",
    "/sign-in/{challenge_id}": "a secret of the browser (L2): tests/unit/edge/test_sign_in.py",
    "/enrolments/{enrolment_id}": "a secret of the browser (R3): tests/unit/edge/test_enrolments.py",
    "/recoveries/{recovery_id}": "a secret of the browser (F2): tests/unit/edge/test_recoveries.py",
    "/step-ups/{step_up_id}": "the session that asked (B2): tests/unit/edge/test_step_up.py",
    "/me/email/{change_id}": "the account that asked: tests/unit/edge/test_account_management.py",
    "/me/contact/{challenge_id}": "the account that asked: tests/unit/edge/test_terms_and_contact.py",
    "/administrator-security/{change_id}": "the provider that asked: tests/unit/edge/test_account_management.py",
    "/inbox/{message_id}": "its account or provider: tests/unit/notification/test_inbox.py",
    "/delegations/signatures/{signing_id}": "a secret of the browser: tests/unit/edge/test_delegation.py",
    "/delegations/sendings/{sending_id}": "its provider: tests/unit/identity/test_delegation.py",
    "/delegations/{request_id}": "its provider: tests/unit/identity/test_delegation.py",
    "/grants/{grant_id}": "its provider and its delegate (D1, D7): tests/unit/identity/test_grants.py",
    "/terms/{terms_id}": "for everybody",
    "/claim-types/{claim_type}": "for everybody",
    "/drugs/{din}": "for everybody",
}
"""Addresses, and everything below them, whose id is a secret of whoever began, or whose owner is checked by the test
named.
"""


def proved_elsewhere(row: Row) -> bool:
    return any(row.path == path or row.path.startswith(f"{path}/") for path in ELSEWHERE)


def owned(row: Row) -> bool:
    """Whether the id in the address may be somebody's own: what agents use is the insurer's."""
    return bool(row.path_parameters) and row.who is not Who.AGENT


def test_every_route_with_an_id_says_where_it_is_proved_that_others_do_not_get_it() -> None:
    missing = {row.name for row in TABLE if owned(row) and not proved_elsewhere(row)} - OBJECTS.keys()
    assert missing == set(), "add a way to make one to OBJECTS, or name the test that proves it in ELSEWHERE"
    assert OBJECTS.keys() <= {row.name for row in TABLE}
    assert all(any(row.path.startswith(path) for row in TABLE) for path in ELSEWHERE)


@pytest.fixture(scope="module")
async def two(world: World) -> list[Member]:
    return await world.members(2)


@pytest.mark.req("LOG-6", "R7", "B6")
@pytest.mark.parametrize("name", OBJECTS)
async def test_an_object_is_its_owners_and_for_others_as_if_it_were_not(
    world: World, two: list[Member], name: str
) -> None:
    owner, other = two
    row = next(row for row in TABLE if row.name == name)
    (parameter,) = row.path_parameters
    made = await OBJECTS[name].make(world, owner)

    async def answer(member: Member, value: str) -> httpx.Response:
        url = row.path.format(**{parameter: value})
        return await world.http.request(row.method, url, headers=member.person.headers())

    others, nobodys = await answer(other, made), await answer(other, OBJECTS[name].unknown)
    assert (others.status_code, nobodys.status_code) == (httpx.codes.NOT_FOUND, httpx.codes.NOT_FOUND)
    told = [each.text.replace(each.headers["x-request-id"], "") for each in (others, nobodys)]
    assert told[0] == told[1]
    assert (await answer(owner, made)).status_code < httpx.codes.MULTIPLE_CHOICES, "nobody could change or remove it"
