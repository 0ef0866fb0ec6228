"""Registering (REG-1, REG-21; security reference R1, R2, R3)."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from shared.contracts.identity import (
    ConfirmRegistration,
    ResendRegistrationCode,
    StartRegistration,
)
from shared.errors import Rejected, Transient
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import PASSWORD, Edge, account_view, other_than


def registration(**changes: object) -> dict[str, object]:
    return {
        "contract_number": "12345",
        "certificate_number": "678",
        "birth_date": "1980-02-29",
        "email": "alice@example.org",
        "password": PASSWORD,
        "language": "fr",
        **changes,
    }


async def start(edge: Edge, **changes: object) -> dict[str, Any]:
    answer = await edge.client.post("/registrations", json=registration(**changes))
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def confirm(edge: Edge, registration_id: str, code: str) -> Any:
    return await edge.client.post(f"/registrations/{registration_id}/confirmation", json={"code": code})


@pytest.mark.req("REG-1")
async def test_the_account_exists_once_the_code_came_back(edge: Edge) -> None:
    account = account_view()
    edge.registers(account)

    begun = await start(edge)
    assert edge.rpc.of(ConfirmRegistration) == []
    answer = await confirm(edge, begun["registration_id"], edge.mailed_codes()[-1])

    assert (answer.status_code, answer.json()["account_id"]) == (201, account.account_id)
    [started] = edge.rpc.of(StartRegistration)
    assert edge.rpc.of(ConfirmRegistration) == [ConfirmRegistration(registration_id=started.registration_id)]


@pytest.mark.req("REG-1")
async def test_password_and_code_travel_sealed_and_the_browsers_name_does_not_travel(edge: Edge) -> None:
    edge.registers(account_view())

    begun = await start(edge)

    [command] = edge.rpc.of(StartRegistration)
    on_the_wire = command.model_dump_json()
    assert PASSWORD not in on_the_wire
    assert begun["registration_id"] not in on_the_wire
    binding = Binding("password", command.registration_id)
    assert keys.opener("identity").open(command.password, binding=binding, now=edge.clock()) == PASSWORD
    assert command.code.reference == begun["reference"]
    assert command.code.challenge_id == command.registration_id


@pytest.mark.req("REG-1", "R3")
async def test_r3_the_code_of_another_registration_confirms_nothing(edge: Edge) -> None:
    edge.registers(account_view())
    first, second = await start(edge), await start(edge, email="bob@example.org")
    first_code, second_code = edge.mailed_codes()
    if first_code == second_code:
        pytest.skip("one chance in a million: both codes are the same")

    assert (await confirm(edge, second["registration_id"], first_code)).json()["code"] == "code.wrong"
    assert edge.rpc.of(ConfirmRegistration) == []
    assert (await confirm(edge, first["registration_id"], first_code)).status_code == 201


@pytest.mark.req("REG-1")
async def test_twenty_confirmations_at_once_ask_identity_once(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await start(edge)
    code = edge.mailed_codes()[-1]

    answers = await asyncio.gather(*(confirm(edge, begun["registration_id"], code) for _ in range(20)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert len(edge.rpc.of(ConfirmRegistration)) == 1


@pytest.mark.req("REG-1")
async def test_the_code_stays_good_when_identity_was_away(edge: Edge) -> None:
    account = account_view()
    edge.registers(account)
    begun = await start(edge)
    edge.rpc.replies[ConfirmRegistration] = Transient("bus.no_answer")
    assert (await confirm(edge, begun["registration_id"], edge.mailed_codes()[-1])).status_code == 503

    edge.rpc.replies[ConfirmRegistration] = account

    assert (await confirm(edge, begun["registration_id"], edge.mailed_codes()[-1])).status_code == 201


@pytest.mark.req("REG-21", "R1")
async def test_r1_the_answer_has_the_same_shape_for_everybody(edge: Edge) -> None:
    edge.registers(account_view())

    answers = [
        await edge.client.post("/registrations", json=registration(**changes))
        for changes in ({}, {"contract_number": "99999"}, {"certificate_number": "1"}, {"birth_date": "1999-09-09"})
    ]

    shapes = {(answer.status_code, tuple(answer.json()), len(answer.content)) for answer in answers}
    assert len(shapes) == 1


@pytest.mark.req("REG-4")
async def test_what_identity_says_of_a_password_is_passed_on_with_its_figures(edge: Edge) -> None:
    edge.rpc.replies[StartRegistration] = Rejected("identity.password_too_short", minimum=8)

    answer = await edge.client.post(
        "/registrations", json=registration(password="short"), headers={"accept-language": "en"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "identity.password_too_short")
    assert answer.json()["detail"] == "The password has 8 characters or more."


@pytest.mark.req("REG-1", "R2")
async def test_r2_no_step_works_before_the_one_before_it(edge: Edge) -> None:
    edge.registers(account_view())
    edge.knows(account_view())
    cold = "a-registration-nobody-began"

    for path, body in (
        (f"/registrations/{cold}/confirmation", {"code": "123456"}),
        (f"/registrations/{cold}/resend", None),
        (f"/sign-in/{cold}/code", {"code": "123456"}),
        (f"/sign-in/{cold}/resend", None),
    ):
        answer = await edge.client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "code.challenge_ended")

    assert edge.rpc.asked == []
    assert (edge.challenges.rows, edge.sessions.rows, edge.budgets.rows) == ({}, {}, {})
    assert edge.unit_of_work.commands == []


@pytest.mark.req("LOG-1", "R2")
async def test_r2_a_registration_is_no_sign_in(edge: Edge) -> None:
    account = account_view()
    edge.registers(account)
    edge.knows(account)
    begun = await start(edge)

    answer = await edge.enter(begun["registration_id"], edge.mailed_codes()[-1])

    assert answer.status_code == 409
    assert edge.sessions.rows == {}


@pytest.mark.req("LOG-2", "REG-1")
async def test_a_registration_code_is_sent_again_after_a_minute_and_both_work(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await start(edge)
    path = f"/registrations/{begun['registration_id']}/resend"
    assert (await edge.client.post(path)).status_code == 429

    edge.clock.advance(seconds=60)
    again = await edge.client.post(path)

    [command] = edge.rpc.of(ResendRegistrationCode)
    assert (again.status_code, again.json()["reference"]) == (202, command.code.reference)
    first_code = edge.mailed_codes()[0]
    assert (await confirm(edge, begun["registration_id"], first_code)).status_code == 201


@pytest.mark.req("LOG-2", "L6")
async def test_resends_are_budgeted_by_mailbox_however_it_is_written(edge: Edge) -> None:
    edge.registers(account_view())
    for email in ("alice@example.org", "Alice@Example.org", " ALICE@EXAMPLE.ORG") * 2:
        begun = await start(edge, email=email)
        edge.clock.advance(seconds=60)
        last = await edge.client.post(f"/registrations/{begun['registration_id']}/resend")

    assert (last.status_code, last.json()["code"]) == (429, "code.resends_used_up")
    assert "alice" not in repr(edge.budgets.rows).lower()


@pytest.mark.req("L4")
async def test_wrong_registration_codes_end_the_registration(edge: Edge) -> None:
    edge.registers(account_view())
    begun = await start(edge)
    code = edge.mailed_codes()[-1]
    for _ in range(5):
        await confirm(edge, begun["registration_id"], other_than(code))

    assert (await confirm(edge, begun["registration_id"], code)).status_code == 409
    assert edge.rpc.of(ConfirmRegistration) == []
