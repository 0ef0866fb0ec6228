"""LOG-2 for codes that somebody signed in waits for: step-up, access address, administrator, contact address."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts import Actor, Command, Done
from shared.contracts.identity.own_account import ChooseContact, ConfirmContact, ContactView, ResendContactCode
from shared.contracts.identity.safeguards import (
    AddressChangeStarted,
    ConfirmEmailChange,
    ResendAddressChangeCode,
    ResendStepUpCode,
    StartEmailChange,
    StartStepUp,
    StepUpStarted,
)
from tests.support.edge_api import PASSWORD, Edge

EMAIL = {"new_email": "new@example.org", "new_email_again": "new@example.org", "current_password": PASSWORD}
DETAILS = {"transit": "01234", "institution": "815", "account": "000987654321", "replaces": 1}


async def a_step_up(edge: Edge, headers: dict[str, str]) -> str:
    body = {"action": "direct_deposit_change", "direct_deposit": DETAILS}
    begun = await edge.client.post("/step-ups", json=body, headers=headers)
    return f"/step-ups/{begun.json()['step_up_id']}"


async def an_address(edge: Edge, headers: dict[str, str]) -> str:
    begun = await edge.client.put("/me/email", json=EMAIL, headers=headers)
    return f"/me/email/{begun.json()['change_id']}"


async def an_administrator(edge: Edge, headers: dict[str, str]) -> str:
    """The mechanism is that of an address; a change of administrator security would need a step-up first."""
    return (await an_address(edge, headers)).replace("/me/email", "/administrator-security")


async def a_contact(edge: Edge, headers: dict[str, str]) -> str:
    begun = await edge.client.put("/me/contact", json={"email": "b@example.org", "consent": True}, headers=headers)
    return f"/me/contact/{begun.json()['challenge_id']}"


@dataclass(frozen=True, slots=True)
class Case:
    begin: Callable[[Edge, dict[str, str]], Awaitable[str]]
    command: type[Command]
    paid_first: int = 0
    """Codes that were paid from the budget before any was sent again."""


CASES = (
    Case(a_step_up, ResendStepUpCode, paid_first=1),
    Case(an_address, ResendAddressChangeCode),
    Case(an_administrator, ResendAddressChangeCode),
    Case(a_contact, ResendContactCode, paid_first=1),
)
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.begin.__name__)


@pytest.fixture
def waiting(edge: Edge) -> Edge:
    """Identity mails whatever it is asked to."""

    def started(message: Any) -> StepUpStarted:
        return StepUpStarted(step_up_id=message.step_up_id, sent_to="account", verdict="right", tries_left=3)

    def changing(message: Any) -> AddressChangeStarted:
        return AddressChangeStarted(change_id=message.change_id)

    contact = ContactView(access_email="a@example.org", pending="b@example.org")
    edge.rpc.replies |= {
        StartStepUp: started,
        ResendStepUpCode: started,
        StartEmailChange: changing,
        ResendAddressChangeCode: changing,
        ConfirmEmailChange: Done(),
        ChooseContact: contact,
        ResendContactCode: contact,
        ConfirmContact: contact,
    }
    return edge


def somebody(edge: Edge, account_id: str = "account-1") -> dict[str, str]:
    actor = Actor(
        account_id=account_id,
        session_id=f"session:{account_id}",
        roles=("member", "provider"),
        dossier_id="dossier-1",
        features=("direct_deposit",),
        provider_id="provider-1",
    )
    token = edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))
    return {"authorization": f"Bearer {token}"}


@pytest.mark.req("LOG-2", "BNK-3", "LOG-9", "REG-2")
@each
async def test_another_code_goes_out_from_sixty_seconds_on_and_the_first_stays_good(waiting: Edge, case: Case) -> None:
    headers = somebody(waiting)
    path = await case.begin(waiting, headers)
    early = await waiting.client.post(f"{path}/resend", headers=headers)
    assert (early.status_code, early.json()["code"]) == (429, "code.resend_too_early")
    assert int(early.headers["retry-after"]) <= 60
    waiting.clock.advance(seconds=60)

    again = await waiting.client.post(f"{path}/resend", headers=headers)

    assert again.status_code == 202, again.text
    first, second = waiting.mailed_codes()
    assert first != second
    sent = again.json().get("code") or again.json()
    assert (sent["resend_after_seconds"], len(sent["reference"])) == (60, 3)
    assert len(waiting.rpc.of(case.command)) == 1
    if not path.startswith("/administrator"):
        confirmed = await waiting.client.post(f"{path}/code", json={"code": first}, headers=headers)
        assert confirmed.status_code < 300, confirmed.text


@pytest.mark.req("LOG-2", "L2")
@each
async def test_nobody_else_has_codes_sent(waiting: Edge, case: Case) -> None:
    path = await case.begin(waiting, somebody(waiting))
    waiting.clock.advance(seconds=60)
    answer = await waiting.client.post(f"{path}/resend", headers=somebody(waiting, "account-2"))
    assert (answer.status_code, answer.json()["code"]) == (409, "code.challenge_ended")
    assert waiting.rpc.of(case.command) == []


@pytest.mark.req("LOG-2", "L6")
@each
async def test_codes_that_are_sent_again_are_paid_from_the_budget(waiting: Edge, case: Case) -> None:
    headers = somebody(waiting)
    path = await case.begin(waiting, headers)
    answers = []
    for _ in range(6 - case.paid_first):
        waiting.clock.advance(seconds=60)
        answers.append(await waiting.client.post(f"{path}/resend", headers=somebody(waiting)))
    assert [answer.status_code for answer in answers[:-1]] == [202] * (5 - case.paid_first)
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "code.resends_used_up")
