"""What became of the mail with a code (L7), and where codes never stand (L8, L10)."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest

from services.edge.reactions import on_code_delayed, on_code_failed
from services.edge.routes import TABLE
from services.edge.routes.table import Relay, Row, Special
from shared.clock import new_id
from shared.contracts.notification import DeliveryDelayed, DeliveryFailed, SendCode
from shared.envelopes import Received
from tests.support.edge_api import Edge, account_view

SECRET_NAMES = {"code", "password", "key", "token", "refresh_token", "device_token", "answer", "account"}


def last_code(edge: Edge) -> SendCode:
    return [command for command in edge.unit_of_work.commands if isinstance(command, SendCode)][-1]


async def failed(edge: Edge, delivery_id: str) -> None:
    event = DeliveryFailed(delivery_id=delivery_id, template="sign_in_code", account_id="a", failed_at=edge.clock())
    await on_code_failed(edge.backend.reactions)(Received(event, new_id(), new_id()))


async def delayed(edge: Edge, delivery_id: str) -> None:
    event = DeliveryDelayed(delivery_id=delivery_id, template="sign_in_code", account_id="a", delayed_at=edge.clock())
    await on_code_delayed(edge.backend.reactions)(Received(event, new_id(), new_id()))


async def state(edge: Edge, challenge_id: str) -> dict[str, Any]:
    answer = await edge.client.get(f"/sign-in/{challenge_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.req("LOG-2", "L7")
async def test_l7_a_mail_that_cannot_be_handed_over_is_shown_as_such(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    edge.clock.advance(seconds=20)
    assert await state(edge, challenge_id) == {
        "mail": "on_its_way",
        "resend_after_seconds": 40,
        "expires_at": (edge.clock() - timedelta(seconds=20) + timedelta(minutes=10)).isoformat().replace("+00:00", "Z"),
    }

    await delayed(edge, last_code(edge).code.delivery_id)
    assert (await state(edge, challenge_id))["mail"] == "delayed"
    await failed(edge, last_code(edge).code.delivery_id)
    assert (await state(edge, challenge_id))["mail"] == "failed"

    edge.clock.advance(seconds=60)
    await edge.client.post(f"/sign-in/{challenge_id}/resend")
    assert (await state(edge, challenge_id))["mail"] == "on_its_way"


@pytest.mark.req("LOG-2", "L7")
@pytest.mark.parametrize("handed_over", [True, False])
async def test_l7_a_resend_whose_mail_fails_does_not_burn_the_budget(edge: Edge, *, handed_over: bool) -> None:
    """Five resends in a quarter of an hour; those whose mails failed are free."""
    edge.knows(account_view())
    statuses = []
    for _ in range(6):
        challenge_id = await edge.start_sign_in()
        edge.clock.advance(seconds=60)
        answer = await edge.client.post(f"/sign-in/{challenge_id}/resend")
        statuses.append(answer.status_code)
        if not handed_over and answer.status_code == 202:
            await failed(edge, last_code(edge).code.delivery_id)

    assert statuses == ([202] * 5 + [429] if handed_over else [202] * 6)


@pytest.mark.req("L7")
async def test_failures_of_other_mails_change_nothing(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()

    await failed(edge, new_id())

    assert (await state(edge, challenge_id))["mail"] == "on_its_way"


async def test_what_is_not_a_sign_in_under_way_has_no_state(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    await edge.enter(challenge_id, edge.mailed_codes()[-1])

    for unknown in (challenge_id, new_id()):
        answer = await edge.client.get(f"/sign-in/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (409, "code.challenge_ended")


@pytest.mark.req("L8")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_l8_no_secret_stands_in_an_address(row: Row) -> None:
    """Addresses are logged by everybody on the way; bodies are not."""
    in_address = {*row.path_parameters, *(row.query if isinstance(row, Relay) else ())}

    assert not in_address & SECRET_NAMES
    if isinstance(row, Special) and set(row.body.model_fields) & SECRET_NAMES:
        assert row.method != "GET"


@pytest.mark.req("L8")
async def test_l8_no_code_is_in_any_log_line_or_metric(edge: Edge, capsys: pytest.CaptureFixture[str]) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]
    tokens = (await edge.enter(challenge_id, code)).json()
    await edge.refresh(tokens["refresh_token"])

    logged = capsys.readouterr().out
    assert "POST /sign-in/{challenge_id}/code" in logged
    metrics = generate_latest().decode()
    secrets = (code, challenge_id, tokens["access_token"], tokens["refresh_token"], tokens["device_token"])
    assert [secret for secret in secrets if secret in logged] == []
    assert [secret for secret in secrets[1:] if secret in metrics] == []


@pytest.mark.req("L10")
async def test_l10_the_mail_hints_at_where_the_code_was_asked_for(edge: Edge) -> None:
    edge.knows(account_view())
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0 <script>"
    body = {"user_name": "alice@example.org", "password": "a password of hers"}

    await edge.client.post("/sign-in", json=body, headers={"user-agent": agent})

    assert last_code(edge).origin == "Firefox, Linux, 127.0.0.0/24"
