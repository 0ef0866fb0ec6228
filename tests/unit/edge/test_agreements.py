"""The step of hygienists whose details go to banking, and the agreement that they signed."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.banking import DirectDepositHeld, HoldDirectDeposit
from shared.contracts.identity.agreements import BankTransfer
from shared.contracts.identity.enrolment import EnrolmentView, GetEnrolment, SubmitStep
from shared.errors import Conflict
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge

DETAILS = {"transit": "30123", "institution": "002", "account": "1234567"}
STEPS = ("practice_address", "bank_transfer", "billing")
PATH = "/enrolment/steps/bank_transfer"


def bearer(edge: Edge, account_id: str, *restrictions: str, **changes: Any) -> dict[str, str]:
    """Headers of a hygienist who is signed in."""
    values: dict[str, Any] = {
        "account_id": account_id,
        "session_id": new_id(),
        "roles": ("provider",),
        "provider_id": new_id(),
        "restrictions": restrictions,
    }
    actor = Actor(**(values | changes))
    token = edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))
    return {"authorization": f"Bearer {token}"}


def at_step(edge: Edge, account_id: str, *, done: tuple[str, ...], current: str | None) -> None:
    """Identity says how far the enrolment is, and banking holds what it is given."""
    view = EnrolmentView(
        enrolment_id=f"account:{account_id}",
        path="hygienist_agreement",
        language="fr",
        steps=STEPS,
        done=done,
        current=current,
        expires_at=edge.clock() + timedelta(days=1),
    )
    held = DirectDepositHeld(institution_name="Desjardins", expires_at=edge.clock() + timedelta(days=1))
    edge.rpc.replies |= {GetEnrolment: view, SubmitStep: view, HoldDirectDeposit: held}


@pytest.mark.req("BNK-2", "REG-16")
@pytest.mark.parametrize("done", [STEPS[:1], STEPS[:2]], ids=["current", "done again"])
async def test_bank_details_go_to_banking_alone_and_identity_learns_how_long_they_are_held(
    edge: Edge, done: tuple[str, ...]
) -> None:
    account_id = new_id()
    at_step(edge, account_id, done=done, current=STEPS[len(done)])

    answer = await edge.client.put(
        PATH, json={"bank_transfer": True, "details": DETAILS}, headers=bearer(edge, account_id, "enrolment")
    )

    assert answer.status_code == httpx.codes.OK
    by_type = {type(asked.message): asked.message for asked in edge.rpc.asked}
    hold, step = by_type[HoldDirectDeposit], by_type[SubmitStep]
    assert isinstance(hold, HoldDirectDeposit)
    assert isinstance(step, SubmitStep)
    key = f"account:{account_id}"
    assert hold.flow_key == step.enrolment_id == key
    binding = Binding("direct_deposit", key)
    assert "1234567" in keys.opener("banking").open(hold.details, binding=binding, now=edge.clock())
    assert step.data == BankTransfer(bank_transfer=True, details_held_until=edge.clock() + timedelta(days=1))
    assert "1234567" not in "".join(asked.message.model_dump_json() for asked in edge.rpc.asked)


@pytest.mark.req("R2")
@pytest.mark.parametrize(("done", "current"), [((), STEPS[0]), (STEPS, None)], ids=["too early", "finished"])
async def test_r2_a_step_out_of_its_turn_leaves_nothing_with_banking(
    edge: Edge, done: tuple[str, ...], current: str | None
) -> None:
    account_id = new_id()
    at_step(edge, account_id, done=done, current=current)
    edge.rpc.replies[SubmitStep] = Conflict("identity.step_out_of_order")

    answer = await edge.client.put(
        PATH, json={"bank_transfer": True, "details": DETAILS}, headers=bearer(edge, account_id, "enrolment")
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "identity.step_out_of_order")
    assert HoldDirectDeposit not in {type(asked.message) for asked in edge.rpc.asked}


@pytest.mark.req("REG-16")
async def test_details_can_be_given_later(edge: Edge) -> None:
    account_id = new_id()
    at_step(edge, account_id, done=STEPS[:1], current=STEPS[1])

    answer = await edge.client.put(PATH, json={"bank_transfer": True}, headers=bearer(edge, account_id, "enrolment"))

    assert answer.status_code == httpx.codes.OK
    (asked,) = edge.rpc.asked
    assert isinstance(asked.message, SubmitStep)
    assert asked.message.data == BankTransfer(bank_transfer=True)


@pytest.mark.req("REG-16")
@pytest.mark.parametrize("body", [{}, {"bank_transfer": False}, {"bank_transfer": True, "details_held_until": "x"}])
async def test_the_box_has_to_be_ticked_and_only_the_edge_says_what_is_held(
    edge: Edge, body: dict[str, object]
) -> None:
    answer = await edge.client.put(PATH, json=body, headers=bearer(edge, new_id(), "enrolment"))

    assert answer.status_code == 422
    assert edge.rpc.asked == []


@pytest.mark.req("REG-16", "REG-18")
@pytest.mark.parametrize("path", ["/inbox", "/agreement"])
async def test_nothing_else_is_open_while_the_six_steps_are_not_done(edge: Edge, path: str) -> None:
    answer = await edge.client.get(path, headers=bearer(edge, new_id(), "enrolment", "not_open_yet"))

    assert (answer.status_code, answer.json()["code"]) == (403, "access.restricted_enrolment")
    assert edge.rpc.asked == []


@pytest.mark.req("REG-18")
async def test_after_signing_the_inbox_is_closed_until_services_open(edge: Edge) -> None:
    answer = await edge.client.get("/inbox", headers=bearer(edge, new_id(), "not_open_yet"))

    assert (answer.status_code, answer.json()["code"]) == (403, "access.restricted_not_open_yet")


async def test_a_delegate_does_not_see_the_agreement(edge: Edge) -> None:
    headers = bearer(edge, new_id(), roles=("delegate",), on_behalf_of="p-1", provider_id="p-1", services=("inbox",))

    answer = await edge.client.get("/agreement", headers=headers)

    assert answer.status_code == 403
    assert edge.rpc.asked == []
