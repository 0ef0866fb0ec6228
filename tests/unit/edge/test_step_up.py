"""Step-up at the edge (BNK-3, DEL-9; B1, B2, B3): one token, one change, exactly as it was announced."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from services.edge.auth.access import Who
from services.edge.routes import TABLE
from services.edge.routes.table import Relay
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.banking import ChangeDirectDeposit, DirectDepositView
from shared.contracts.identity.provider_enrolment import SecurityQuestion, SecurityQuestionsView
from shared.contracts.identity.safeguards import (
    AddressChangeStarted,
    AdministratorSecurityView,
    ConfirmAdministratorSecurity,
    ListAdministratorQuestions,
    SetAdministratorSecurity,
    StartStepUp,
    StepUpStarted,
)
from shared.errors import Forbidden, Transient
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import PASSWORD, Edge, other_than

CHANGE = {"transit": "01234", "institution": "815", "account": "000987654321", "replaces": 1}
GUARD = {
    "email": "admin@example.org",
    "email_again": "Admin@example.org",
    "password": PASSWORD,
    "answers": {"practice_founder": "Dr Roy", "thesis_topic": "Émail", "favourite_team": "Nordiques"},
    "replaces": 0,
}
CREDENTIAL = {name: GUARD[name] for name in ("email", "password", "answers")}


@pytest.fixture
def guarded(edge: Edge) -> Edge:
    """Identity mails a code for any step-up, and banking changes anything."""

    def started(message: Any) -> StepUpStarted:
        return StepUpStarted(step_up_id=message.step_up_id, sent_to="account", verdict="right", tries_left=3)

    def set_aside(message: Any) -> AddressChangeStarted:
        return AddressChangeStarted(change_id=message.change_id)

    edge.rpc.replies |= {
        StartStepUp: started,
        SetAdministratorSecurity: set_aside,
        ConfirmAdministratorSecurity: AdministratorSecurityView(active=True, email="a***@example.org", version=1),
        ChangeDirectDeposit: DirectDepositView(enrolled=True, account_ending="321", version=2),
    }
    return edge


def signed_in(edge: Edge, **changes: Any) -> dict[str, str]:
    values: dict[str, Any] = {
        "account_id": "account-1",
        "session_id": "session-1",
        "roles": ("member", "provider"),
        "dossier_id": "dossier-1",
        "features": ("direct_deposit",),
        "provider_id": "provider-1",
    }
    token = edge.backend.access.issue(Actor(**(values | changes)), expires_at=edge.clock() + timedelta(minutes=10))
    return {"authorization": f"Bearer {token}"}


async def announce(edge: Edge, headers: dict[str, str], **body: Any) -> httpx.Response:
    values = {"action": "direct_deposit_change", "direct_deposit": CHANGE}
    return await edge.client.post("/step-ups", json=values | body, headers=headers)


async def token_for(edge: Edge, headers: dict[str, str], **body: Any) -> str:
    started = await announce(edge, headers, **body)
    assert started.status_code == 202, started.text
    path = f"/step-ups/{started.json()['step_up_id']}/code"
    granted = await edge.client.post(path, json={"code": edge.mailed_codes()[-1]}, headers=headers)
    assert granted.status_code == 200, granted.text
    return str(granted.json()["step_up_token"])


async def change(
    edge: Edge, headers: dict[str, str], token: str | None, *, path: str = "/direct-deposit/changes", **changes: Any
) -> httpx.Response:
    named = {} if token is None else {"Step-Up": token}
    return await edge.client.post(path, json=CHANGE | changes, headers=headers | named)


@pytest.mark.req("BNK-3", "B1", "B3")
async def test_b1_b3_a_change_needs_a_token_and_a_token_does_one_change(guarded: Edge) -> None:
    headers = signed_in(guarded)
    assert (await change(guarded, headers, None)).json()["code"] == "step_up.required"
    assert (await change(guarded, headers, "made-up")).json()["code"] == "step_up.refused"
    assert guarded.rpc.of(ChangeDirectDeposit) == []
    token = await token_for(guarded, headers)

    first, second = await change(guarded, headers, token), await change(guarded, headers, token)

    assert (first.status_code, first.json()["account_ending"]) == (200, "321")
    assert (second.status_code, second.json()["code"]) == (403, "step_up.refused")
    [command] = guarded.rpc.of(ChangeDirectDeposit)
    opened = keys.opener("banking").open(
        command.details, binding=Binding("direct_deposit", "dossier-1"), now=guarded.clock()
    )
    boxes = {name: CHANGE[name] for name in ("transit", "institution", "account")}
    assert (orjson.loads(opened), command.payee, command.replaces) == (boxes, "dossier", 1)


@pytest.mark.req("BNK-3", "B2")
@pytest.mark.parametrize(
    "changes",
    [
        {"account": "000987654322"},
        {"account": "00987654321"},
        {"transit": "01235"},
        {"institution": "816"},
        {"replaces": 2},
        {"path": "/provider/direct-deposit/changes"},
    ],
)
async def test_b2_one_digit_or_another_payee_and_the_token_is_gone(guarded: Edge, changes: dict[str, Any]) -> None:
    headers = signed_in(guarded)
    token = await token_for(guarded, headers)
    refused = await change(guarded, headers, token, **changes)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up.refused")
    assert (await change(guarded, headers, token)).json()["code"] == "step_up.refused"
    assert guarded.rpc.of(ChangeDirectDeposit) == []


@pytest.mark.req("BNK-3", "B2")
@pytest.mark.parametrize(
    "other", [{"session_id": "session-2"}, {"account_id": "account-2"}, {"dossier_id": "dossier-2"}]
)
async def test_b2_the_token_is_for_this_session_account_and_dossier(guarded: Edge, other: dict[str, Any]) -> None:
    token = await token_for(guarded, signed_in(guarded))
    assert (await change(guarded, signed_in(guarded, **other), token)).json()["code"] == "step_up.refused"


@pytest.mark.req("BNK-3", "B3")
async def test_b3_of_twenty_uses_at_once_one_goes_through(guarded: Edge) -> None:
    headers = signed_in(guarded)
    token = await token_for(guarded, headers)
    answers = await asyncio.gather(*(change(guarded, headers, token) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 403: 19}
    assert len(guarded.rpc.of(ChangeDirectDeposit)) == 1


@pytest.mark.req("BNK-3")
@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (300, 403)])
async def test_a_token_lives_five_minutes(guarded: Edge, seconds: int, status: int) -> None:
    headers = signed_in(guarded)
    token = await token_for(guarded, headers)
    guarded.clock.advance(seconds=seconds)
    assert (await change(guarded, headers, token)).status_code == status


@pytest.mark.req("BNK-3")
async def test_a_token_stays_good_when_banking_was_away(guarded: Edge) -> None:
    headers = signed_in(guarded)
    token = await token_for(guarded, headers)
    guarded.rpc.replies[ChangeDirectDeposit] = Transient("bus.no_answer")
    assert (await change(guarded, headers, token)).status_code == 503
    guarded.rpc.replies[ChangeDirectDeposit] = DirectDepositView(enrolled=True)
    assert (await change(guarded, headers, token)).status_code == 200


@pytest.mark.req("BNK-3", "L2", "L3")
async def test_the_code_belongs_to_the_session_that_asked_and_works_once(guarded: Edge) -> None:
    headers = signed_in(guarded)
    started = (await announce(guarded, headers)).json()
    path, code = f"/step-ups/{started['step_up_id']}/code", guarded.mailed_codes()[-1]

    async def enter(typed: str, **session: str) -> httpx.Response:
        return await guarded.client.post(path, json={"code": typed}, headers=signed_in(guarded, **session))

    assert (await enter(code, session_id="session-2")).json()["code"] == "code.challenge_ended"
    assert (await enter(other_than(code))).json()["code"] == "code.wrong"
    answers = await asyncio.gather(*(enter(code) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 9}


@pytest.mark.req("BNK-2", "BNK-3")
async def test_nothing_kept_gives_the_account_number_away(guarded: Edge) -> None:
    token = await token_for(guarded, signed_in(guarded))
    kept = repr(guarded.step_ups.rows) + repr(guarded.challenges.rows) + repr(guarded.budgets.rows)
    asked = "".join(one.message.model_dump_json() for one in guarded.rpc.asked)
    assert not [secret for secret in ("987654321", token) if secret in kept + asked]


@pytest.mark.req("LOG-2", "BNK-3")
async def test_asking_for_codes_has_a_budget(guarded: Edge) -> None:
    headers = signed_in(guarded)
    answers = [await announce(guarded, headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert answers[-1].json()["code"] == "code.resends_used_up"


@pytest.mark.parametrize(
    "body",
    [
        {"direct_deposit": None},
        {"administrator_security": GUARD},
        {"action": "administrator_change"},
        {"action": "delete_everything"},
    ],
)
async def test_the_details_are_those_of_the_action(guarded: Edge, body: dict[str, Any]) -> None:
    assert (await announce(guarded, signed_in(guarded), **body)).status_code == 422
    assert guarded.rpc.asked == []


@pytest.mark.req("DEL-9", "F6")
async def test_the_administrator_credential_travels_sealed_and_has_one_verdict(guarded: Edge) -> None:
    headers = signed_in(guarded)
    body = {"action": "provider_direct_deposit_change", "administrator": CREDENTIAL}
    token = await token_for(guarded, headers, **body)
    [command] = guarded.rpc.of(StartStepUp)
    binding = Binding("administrator", command.step_up_id)
    opened = keys.opener("identity").open(str(command.administrator), binding=binding, now=guarded.clock())
    assert orjson.loads(opened) == CREDENTIAL
    assert (await change(guarded, headers, token, path="/provider/direct-deposit/changes")).status_code == 200
    assert guarded.rpc.of(ChangeDirectDeposit)[0].payee == "provider"

    def refused(message: Any) -> StepUpStarted:
        return StepUpStarted(step_up_id=message.step_up_id, sent_to=None, verdict="wrong", tries_left=2)

    guarded.rpc.replies[StartStepUp] = refused
    answer = await announce(guarded, headers, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "recovery.answers_wrong")
    guarded.rpc.replies[StartStepUp] = Forbidden("identity.administrator_needed")
    assert (await announce(guarded, headers)).json()["code"] == "identity.administrator_needed"


@pytest.mark.req("DEL-9", "B4")
async def test_b4_administrator_security_is_set_with_a_step_up_about_all_of_it(guarded: Edge) -> None:
    headers = signed_in(guarded)
    put = "/administrator-security"
    assert (await guarded.client.put(put, json=GUARD, headers=headers)).json()["code"] == "step_up.required"
    body = {"action": "administrator_change", "direct_deposit": None, "administrator_security": GUARD}
    for changes, status in (({}, 202), ({"password": f"{PASSWORD}!"}, 403), ({"email": "x@y.ca"}, 422)):
        token = await token_for(guarded, headers, **body)
        answer = await guarded.client.put(put, json=GUARD | changes, headers=headers | {"Step-Up": token})
        assert answer.status_code == status, answer.text
        if status == 202:
            path = f"{put}/{answer.json()['change_id']}/code"
            confirmed = await guarded.client.post(path, json={"code": guarded.mailed_codes()[-1]}, headers=headers)
            assert (confirmed.status_code, confirmed.json()["email"]) == (200, "a***@example.org")
    assert len(guarded.rpc.of(SetAdministratorSecurity)) == 1
    assert PASSWORD not in guarded.rpc.of(SetAdministratorSecurity)[0].model_dump_json()


@pytest.mark.req("BNK-3", "BNK-6", "B1", "B6")
async def test_the_administrators_questions_are_shown_to_the_provider_alone(guarded: Edge) -> None:
    view = SecurityQuestionsView(lists=((SecurityQuestion(code="practice_founder", text="Qui a fondé ?"),),))
    guarded.rpc.replies[ListAdministratorQuestions] = view
    path = "/administrator-security/questions"
    answer = await guarded.client.get(path, headers=signed_in(guarded))
    delegate = await guarded.client.get(path, headers=signed_in(guarded, on_behalf_of="provider-1"))
    assert (answer.status_code, answer.json()["lists"][0][0]["text"]) == (200, "Qui a fondé ?")
    assert delegate.status_code == 403


def test_b1_every_route_that_changes_money_or_its_guard_asks_for_a_step_up() -> None:
    guarded = {row.name: (row.who, row.step_up) for row in TABLE if row.step_up is not None}
    assert guarded == {
        "POST /direct-deposit/changes": (Who.MEMBER, "direct_deposit_change"),
        "POST /provider/direct-deposit/changes": (Who.PROVIDER_ALONE, "provider_direct_deposit_change"),
        "PUT /administrator-security": (Who.PROVIDER_ALONE, "administrator_change"),
    }
    assert not [row.name for row in TABLE if isinstance(row, Relay) and row.message is ChangeDirectDeposit]


@pytest.mark.req("BNK-6", "B6")
@pytest.mark.parametrize("row", [row for row in TABLE if row.step_up is not None], ids=lambda row: row.name)
async def test_b6_delegates_are_refused_before_anything_is_read(guarded: Edge, row: Any) -> None:
    headers = signed_in(guarded, account_id=new_id(), roles=("delegate",), on_behalf_of="provider-1", dossier_id=None)
    answer = await guarded.client.request(row.method, row.path, headers=headers | {"Step-Up": "any"})
    assert answer.status_code == 403
    assert guarded.rpc.asked == []
