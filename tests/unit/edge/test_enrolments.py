"""Enrolling through HTTP (REG-1, REG-21; security reference R1, R2, R3)."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from shared.contracts.identity.enrolment import GetEnrolment, ResendEnrolmentCode, StartEnrolment, SubmitStep
from shared.errors import Conflict, Rejected, Transient
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import PASSWORD, Edge, account_view, enrolment_view, other_than

FACTS = {"contract_number": "12345", "certificate_number": "678", "birth_date": "1980-02-29"}


async def begin(edge: Edge) -> str:
    answer = await edge.client.post("/enrolments", json={"path": "member_email", "language": "fr"})
    assert answer.status_code == 201, answer.text
    enrolment_id: str = answer.json()["enrolment_id"]
    assert answer.headers["location"] == f"/enrolments/{enrolment_id}"
    return enrolment_id


async def give_credentials(edge: Edge, enrolment_id: str, **changes: str) -> httpx.Response:
    body = {"email": "alice@example.org", "password": PASSWORD} | changes
    return await edge.client.put(f"/enrolments/{enrolment_id}/steps/credentials_email", json=body)


async def walk(edge: Edge, **changes: str) -> dict[str, Any]:
    """Up to the code; the last answer."""
    enrolment_id = await begin(edge)
    facts = await edge.client.put(f"/enrolments/{enrolment_id}/steps/roster_facts", json=FACTS)
    assert facts.status_code == 200, facts.text
    answer = await give_credentials(edge, enrolment_id, **changes)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def confirm(edge: Edge, enrolment_id: str, code: str) -> httpx.Response:
    return await edge.client.post(f"/enrolments/{enrolment_id}/code", json={"code": code})


def steps(edge: Edge, name: str) -> list[SubmitStep]:
    return [message for message in edge.rpc.of(SubmitStep) if message.data.step == name]


@pytest.mark.req("REG-1", "R3")
async def test_the_account_exists_once_the_code_came_back(edge: Edge) -> None:
    account = account_view()
    edge.registers(account)

    begun = await walk(edge)
    assert steps(edge, "code") == []
    answer = await confirm(edge, begun["enrolment_id"], edge.mailed_codes()[-1])

    assert (answer.status_code, answer.json()["account"]["account_id"]) == (200, account.account_id)
    [started] = edge.rpc.of(StartEnrolment)
    assert [step.enrolment_id for step in steps(edge, "code")] == [started.enrolment_id]


@pytest.mark.req("REG-1")
async def test_secrets_travel_sealed_and_the_browsers_name_does_not_travel(edge: Edge) -> None:
    edge.registers(account_view())

    begun = await walk(edge)

    [command] = steps(edge, "credentials_email")
    on_the_wire = command.model_dump_json()
    assert PASSWORD not in on_the_wire
    assert begun["enrolment_id"] not in on_the_wire
    binding = Binding("password", command.enrolment_id)
    sealed = command.model_dump()["data"]["password"]
    assert keys.opener("identity").open(sealed, binding=binding, now=edge.clock()) == PASSWORD
    assert command.code is not None
    assert (command.code.reference, command.code.challenge_id) == (begun["code"]["reference"], command.enrolment_id)


@pytest.mark.req("REG-3")
async def test_every_secret_of_a_step_is_sealed_under_its_own_name(edge: Edge) -> None:
    edge.registers(account_view())
    enrolment_id = await begin(edge)
    body = {"user_code": "beatrice84", "password": PASSWORD, "password_repeat": PASSWORD, "recovery_answer": "Émile"}

    answer = await edge.client.put(f"/enrolments/{enrolment_id}/steps/user_code", json=body)

    assert answer.status_code == 200, answer.text
    [command] = steps(edge, "user_code")
    data = command.model_dump()["data"]
    for name in ("password", "password_repeat", "recovery_answer"):
        binding = Binding(name, command.enrolment_id)
        assert keys.opener("identity").open(data[name], binding=binding, now=edge.clock()) == body[name]
    assert (data["user_code"], data["hint"], command.code) == ("beatrice84", None, None)


@pytest.mark.req("REG-1", "R3")
async def test_r3_the_code_of_another_enrolment_confirms_nothing(edge: Edge) -> None:
    edge.registers(account_view())
    first, second = await walk(edge), await walk(edge, email="bob@example.org")
    first_code, second_code = edge.mailed_codes()
    if first_code == second_code:
        pytest.skip("one chance in a million: both codes are the same")

    assert (await confirm(edge, second["enrolment_id"], first_code)).json()["code"] == "code.wrong"
    assert steps(edge, "code") == []
    assert (await confirm(edge, first["enrolment_id"], first_code)).status_code == 200


@pytest.mark.req("REG-1", "L3")
async def test_twenty_confirmations_at_once_ask_identity_once(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await walk(edge)
    code = edge.mailed_codes()[-1]

    answers = await asyncio.gather(*(confirm(edge, begun["enrolment_id"], code) for _ in range(20)))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert len(steps(edge, "code")) == 1


@pytest.mark.req("REG-1")
async def test_the_code_stays_good_when_identity_was_away(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await walk(edge)
    back = edge.rpc.replies[SubmitStep]
    edge.rpc.replies[SubmitStep] = Transient("bus.no_answer")
    assert (await confirm(edge, begun["enrolment_id"], edge.mailed_codes()[-1])).status_code == 503
    code = edge.mailed_codes()[-1]

    edge.rpc.replies[SubmitStep] = back

    assert (await confirm(edge, begun["enrolment_id"], code)).status_code == 200


@pytest.mark.req("REG-21", "R1")
async def test_r1_the_answer_has_the_same_shape_for_everybody(edge: Edge) -> None:
    edge.registers(account_view())

    answers = [await walk(edge, email=email) for email in ("alice@example.org", "bob@example.org", "zoe@example.org")]

    assert len({(tuple(answer), tuple(answer["code"]), len(str(answer))) for answer in answers}) == 1


@pytest.mark.req("REG-4")
async def test_what_identity_says_of_a_password_is_passed_on_and_no_code_is_good_then(edge: Edge) -> None:
    edge.registers(account_view())
    enrolment_id = await begin(edge)
    edge.rpc.replies[SubmitStep] = Rejected("identity.password_too_short", minimum=8)

    answer = await edge.client.put(
        f"/enrolments/{enrolment_id}/steps/credentials_email",
        json={"email": "alice@example.org", "password": "short"},
        headers={"accept-language": "en"},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "identity.password_too_short")
    assert answer.json()["detail"] == "The password has 8 characters or more."
    assert edge.challenges.rows == {}


@pytest.mark.req("R2")
async def test_r2_a_step_out_of_order_is_a_conflict(edge: Edge) -> None:
    edge.registers(account_view())
    enrolment_id = await begin(edge)
    edge.rpc.replies[SubmitStep] = Conflict("identity.step_out_of_order")

    answer = await give_credentials(edge, enrolment_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "identity.step_out_of_order")
    assert edge.challenges.rows == {}


@pytest.mark.req("REG-1", "R2")
async def test_r2_no_code_works_before_the_step_that_mails_it(edge: Edge) -> None:
    edge.registers(account_view())
    edge.knows(account_view())
    cold = "an-enrolment-nobody-began"

    for path, body in (
        (f"/enrolments/{cold}/code", {"code": "123456"}),
        (f"/enrolments/{cold}/resend", None),
        (f"/sign-in/{cold}/code", {"code": "123456"}),
        (f"/sign-in/{cold}/resend", None),
    ):
        answer = await edge.client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "code.challenge_ended")

    assert edge.rpc.asked == []
    assert (edge.challenges.rows, edge.sessions.rows, edge.budgets.rows) == ({}, {}, {})
    assert edge.unit_of_work.commands == []


@pytest.mark.req("R2")
async def test_r2_the_step_code_cannot_be_typed(edge: Edge) -> None:
    edge.registers(account_view())
    enrolment_id = await begin(edge)

    answer = await edge.client.put(f"/enrolments/{enrolment_id}/steps/code", json={})

    assert answer.status_code == 404
    assert edge.rpc.of(SubmitStep) == []


@pytest.mark.req("LOG-1", "R2")
async def test_r2_an_enrolment_is_no_sign_in(edge: Edge) -> None:
    account = account_view()
    edge.registers(account)
    edge.knows(account)
    begun = await walk(edge)

    answer = await edge.enter(begun["enrolment_id"], edge.mailed_codes()[-1])

    assert answer.status_code == 409
    assert edge.sessions.rows == {}


@pytest.mark.req("LOG-2", "REG-1")
async def test_a_code_is_sent_again_after_a_minute_and_both_work(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await walk(edge)
    path = f"/enrolments/{begun['enrolment_id']}/resend"
    assert (await edge.client.post(path)).status_code == 429

    edge.clock.advance(seconds=60)
    again = await edge.client.post(path)

    [command] = edge.rpc.of(ResendEnrolmentCode)
    assert (again.status_code, again.json()["code"]["reference"]) == (202, command.code.reference)
    assert (await confirm(edge, begun["enrolment_id"], edge.mailed_codes()[0])).status_code == 200


@pytest.mark.req("REG-1")
async def test_another_mailbox_makes_the_code_of_the_one_before_worthless(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await walk(edge)
    await give_credentials(edge, begun["enrolment_id"], email="alice@example.com")
    first, second = edge.mailed_codes()
    if first == second:
        pytest.skip("one chance in a million: both codes are the same")

    assert (await confirm(edge, begun["enrolment_id"], first)).json()["code"] == "code.wrong"
    assert (await confirm(edge, begun["enrolment_id"], second)).status_code == 200


@pytest.mark.req("LOG-2", "L6")
async def test_codes_are_budgeted_by_mailbox_however_it_is_written(edge: Edge) -> None:
    edge.registers(account_view())
    for email in ("alice@example.org", "Alice@Example.org", " ALICE@EXAMPLE.ORG") * 2:
        begun = await walk(edge, email=email)
        edge.clock.advance(seconds=60)
        last = await edge.client.post(f"/enrolments/{begun['enrolment_id']}/resend")

    assert (last.status_code, last.json()["code"]) == (429, "code.resends_used_up")
    assert "alice" not in repr(edge.budgets.rows).lower()


@pytest.mark.req("LOG-2", "L6")
async def test_naming_a_mailbox_again_and_again_is_paid_like_a_resend(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await walk(edge)
    answers = [await give_credentials(edge, begun["enrolment_id"]) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].json()["code"] == "code.resends_used_up"


@pytest.mark.req("L4")
async def test_wrong_codes_end_the_challenge(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await walk(edge)
    code = edge.mailed_codes()[-1]
    for _ in range(5):
        await confirm(edge, begun["enrolment_id"], other_than(code))

    assert (await confirm(edge, begun["enrolment_id"], code)).status_code == 409
    assert steps(edge, "code") == []


@pytest.mark.req("REG-16", "R2")
async def test_somebody_signed_in_resumes_the_enrolment_of_the_account(edge: Edge) -> None:
    edge.rpc.replies[GetEnrolment] = lambda message: enrolment_view(message.enrolment_id)
    headers = edge.bearer(account_id="account-1", restrictions=("enrolment",))

    answer = await edge.client.get("/enrolment", headers=headers)

    assert (answer.status_code, answer.json()["enrolment_id"]) == (200, "account:account-1")
    [asked] = [asked for asked in edge.rpc.asked if isinstance(asked.message, GetEnrolment)]
    assert asked.actor is not None
    assert asked.actor.account_id == "account-1"
