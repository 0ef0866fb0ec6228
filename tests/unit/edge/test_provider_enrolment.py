"""Enrolment of providers at the edge: secrets sealed, bank details to banking alone (REG-10 to REG-15, BNK-2)."""

from typing import Any

import orjson
import pytest

from services.edge.auth.codes import challenge_key
from shared.contracts.banking import DirectDepositHeld, HoldDirectDeposit
from shared.contracts.identity.enrolment import EnrolmentView, GetEnrolment, SubmitStep
from shared.contracts.identity.provider_enrolment import (
    ListSecurityQuestions,
    ProviderDirectDeposit,
    ProviderProfile,
    ProviderSubmit,
    SecurityQuestionsView,
    WelcomeTerms,
)
from shared.errors import Conflict, Rejected
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge

ENROLMENT = "browser-secret"
KEY = challenge_key(ENROLMENT)
STEPS = ("welcome_terms", "provider_profile", "provider_direct_deposit", "provider_submit")
DETAILS = {"transit": "01234", "institution": "815", "account": "000987654321"}
PROFILE: dict[str, Any] = {
    "kind": "dentist",
    "number": "012345678",
    "office_number": "0042",
    "email": "anais@example.org",
    "email_repeat": "anais@example.org",
    "statements": [
        {"statement_date": "2026-10-01", "batch_number": "00004711"},
        {"statement_date": "2026-10-15", "batch_number": "00004712"},
    ],
    "answers": [
        {"question": "favourite_meal", "answer": "tourtière-canary"},
        {"question": "first_car", "answer": "Civic"},
        {"question": "nickname", "answer": "Loup"},
    ],
}


def standing_at(edge: Edge, step: str | None) -> EnrolmentView:
    done = STEPS if step is None else STEPS[: STEPS.index(step)]
    return EnrolmentView(
        enrolment_id=KEY,
        path="provider",
        language="en",
        steps=STEPS,
        done=done,
        current=step,
        expires_at=edge.clock(),
    )


async def put(edge: Edge, step: str, body: dict[str, Any]) -> Any:
    return await edge.client.put(f"/enrolments/{ENROLMENT}/steps/{step}", json=body)


@pytest.mark.req("REG-10", "REG-14")
async def test_answers_travel_sealed_each_bound_to_its_place(edge: Edge) -> None:
    edge.rpc.replies[SubmitStep] = standing_at(edge, "provider_direct_deposit")

    answer = await put(edge, "provider_profile", PROFILE)

    assert answer.status_code == 200, answer.text
    (command,) = edge.rpc.of(SubmitStep)
    data = command.data
    assert isinstance(data, ProviderProfile)
    assert (data.number, data.office_number, data.statements[1].batch_number) == ("012345678", "0042", "00004712")
    opener = keys.opener("identity")
    opened = [
        opener.open(told.answer, binding=Binding(f"answers.{at}.answer", KEY), now=edge.clock())
        for at, told in enumerate(data.answers)
    ]
    assert opened == ["tourtière-canary", "Civic", "Loup"]
    assert "canary" not in repr(command)
    assert command.enrolment_id == KEY


@pytest.mark.parametrize(
    ("step", "body", "contract"),
    [
        ("welcome_terms", {"accepted": True, "terms_version": "2026-01"}, WelcomeTerms),
        ("provider_submit", {}, ProviderSubmit),
    ],
)
@pytest.mark.req("REG-10")
async def test_the_other_steps_go_to_identity_as_they_are(
    edge: Edge, step: str, body: dict[str, Any], contract: type
) -> None:
    edge.rpc.replies[SubmitStep] = standing_at(edge, None)
    assert (await put(edge, step, body)).status_code == 200
    (command,) = edge.rpc.of(SubmitStep)
    assert isinstance(command.data, contract)


@pytest.mark.req("REG-10")
async def test_without_consent_nothing_is_sent(edge: Edge) -> None:
    answer = await put(edge, "welcome_terms", {"accepted": False, "terms_version": "2026-01"})
    assert answer.status_code == 422
    assert edge.rpc.asked == []


@pytest.mark.req("REG-10", "BNK-2")
async def test_bank_details_go_to_banking_under_the_enrolment_and_identity_learns_that_there_are_some(
    edge: Edge,
) -> None:
    edge.rpc.replies |= {
        GetEnrolment: standing_at(edge, "provider_direct_deposit"),
        HoldDirectDeposit: DirectDepositHeld(institution_name="Desjardins", expires_at=edge.clock()),
        SubmitStep: standing_at(edge, "provider_submit"),
    }

    answer = await put(edge, "provider_direct_deposit", {"details": DETAILS})

    assert (answer.status_code, answer.json()["enrolment_id"]) == (200, ENROLMENT)
    (hold,) = edge.rpc.of(HoldDirectDeposit)
    opened = keys.opener("banking").open(hold.details, binding=Binding("direct_deposit", KEY), now=edge.clock())
    assert (hold.flow_key, hold.language, orjson.loads(opened)) == (KEY, "en", DETAILS)
    (step,) = edge.rpc.of(SubmitStep)
    assert step.data == ProviderDirectDeposit(given=True)
    assert DETAILS["account"] not in repr(edge.rpc.asked)


@pytest.mark.req("REG-10")
async def test_skipping_asks_nothing_of_banking(edge: Edge) -> None:
    edge.rpc.replies[SubmitStep] = standing_at(edge, "provider_submit")
    assert (await put(edge, "provider_direct_deposit", {"skip": True})).status_code == 200
    assert [type(asked.message) for asked in edge.rpc.asked] == [SubmitStep]
    (step,) = edge.rpc.of(SubmitStep)
    assert step.data == ProviderDirectDeposit(given=False)


@pytest.mark.req("R2", "REG-10")
@pytest.mark.parametrize("current", ["welcome_terms", "provider_profile", None])
async def test_r2_out_of_its_turn_the_step_leaves_nothing_with_banking(edge: Edge, current: str | None) -> None:
    edge.rpc.replies |= {
        GetEnrolment: standing_at(edge, current),
        SubmitStep: Conflict("identity.step_out_of_order"),
    }
    answer = await put(edge, "provider_direct_deposit", {"details": DETAILS})
    assert (answer.status_code, answer.json()["code"]) == (409, "identity.step_out_of_order")
    assert edge.rpc.of(HoldDirectDeposit) == []


async def test_details_that_banking_refuses_do_not_reach_identity(edge: Edge) -> None:
    edge.rpc.replies |= {
        GetEnrolment: standing_at(edge, "provider_direct_deposit"),
        HoldDirectDeposit: Rejected("banking.institution_unknown", field="institution", institution="815"),
    }
    answer = await put(edge, "provider_direct_deposit", {"details": DETAILS})
    assert (answer.status_code, answer.json()["code"]) == (422, "banking.institution_unknown")
    assert edge.rpc.of(SubmitStep) == []


@pytest.mark.parametrize("body", [{}, {"skip": True, "details": DETAILS}, {"skip": False}])
async def test_either_skip_or_details(edge: Edge, body: dict[str, Any]) -> None:
    answer = await put(edge, "provider_direct_deposit", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "validation.skip_or_details")
    assert DETAILS["account"] not in answer.text


@pytest.mark.req("REG-14")
async def test_security_questions_are_public_in_the_language_asked_for(edge: Edge) -> None:
    edge.rpc.replies[ListSecurityQuestions] = SecurityQuestionsView(lists=())
    assert (await edge.client.get("/security-questions?language=en")).json() == {"lists": []}
    assert edge.rpc.of(ListSecurityQuestions) == [ListSecurityQuestions(language="en")]
    wrong = await edge.client.get("/security-questions?language=de")
    assert (wrong.status_code, wrong.json()["errors"][0]["parameter"]) == (422, "language")
