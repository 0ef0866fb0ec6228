"""Account management at the edge (LOG-9)."""

import pytest

from shared.contracts import Done
from shared.contracts.identity.safeguards import (
    AddressChangeStarted,
    ConfirmEmailChange,
    SetSecurityQuestions,
    StartEmailChange,
)
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import PASSWORD, Edge

EMAIL = {"new_email": "new@example.org", "new_email_again": " New@example.org", "current_password": PASSWORD}
QUESTIONS = {
    "current_password": PASSWORD,
    "answers": {"first_pet": "Pâquerette", "first_car": "Civic", "wedding_city": "Laval"},
}


@pytest.fixture
def managed(edge: Edge) -> Edge:
    edge.rpc.replies |= {
        StartEmailChange: lambda message: AddressChangeStarted(change_id=message.change_id),
        ConfirmEmailChange: Done(),
        SetSecurityQuestions: Done(),
    }
    return edge


@pytest.mark.req("LOG-9")
async def test_a_new_address_is_confirmed_by_its_code_in_the_same_account(managed: Edge) -> None:
    headers = managed.bearer(account_id="account-1")
    begun = await managed.client.put("/me/email", json=EMAIL, headers=headers)
    assert begun.status_code == 202, begun.text
    [command] = managed.rpc.of(StartEmailChange)
    binding = Binding("password", "account-1")
    opener = keys.opener("identity")
    assert opener.open(command.current_password, binding=binding, now=managed.clock()) == PASSWORD

    path = f"/me/email/{begun.json()['change_id']}/code"
    code = {"code": managed.mailed_codes()[-1]}
    stranger = await managed.client.post(path, json=code, headers=managed.bearer())
    confirmed = await managed.client.post(path, json=code, headers=headers)

    assert (stranger.status_code, confirmed.status_code) == (409, 204)
    assert managed.rpc.of(ConfirmEmailChange) == [ConfirmEmailChange(change_id=command.change_id)]


@pytest.mark.req("LOG-9")
async def test_the_address_is_typed_twice_alike(managed: Edge) -> None:
    body = EMAIL | {"new_email_again": "other@example.org"}
    answer = await managed.client.put("/me/email", json=body, headers=managed.bearer())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "validation.emails_differ"
    assert "other@example.org" not in answer.text


@pytest.mark.req("LOG-9")
async def test_questions_are_sealed_and_the_password_is_not_guessed_without_end(managed: Edge) -> None:
    headers = managed.bearer(account_id="account-1")
    answers = [await managed.client.put("/me/security-questions", json=QUESTIONS, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [204] * 5 + [429]
    assert answers[-1].json()["code"] == "account.password_tries_used_up"
    assert (await managed.client.put("/me/email", json=EMAIL, headers=headers)).status_code == 429
    wire = "".join(one.message.model_dump_json() for one in managed.rpc.asked)
    assert PASSWORD not in wire
    assert "querette" not in wire
