"""Authenticator apps at the edge: setting up, the second step of signing in, removing (LOG-10)."""

import re
from datetime import timedelta

import httpx
import pytest

from shared.contracts import Actor, Done
from shared.contracts.identity import AccountView
from shared.contracts.identity.security import (
    ConfirmTotp,
    RemoveTotp,
    StartTotp,
    TotpStarted,
    TotpVerified,
    VerifyTotp,
)
from shared.errors import Conflict, Rejected
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge, account_view

RECOVERY_CODE = re.compile(r"[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}")


def with_app() -> AccountView:
    return account_view().model_copy(update={"second_factor": "totp"})


def opened(edge: Edge, sealed: str, account_id: str) -> str:
    return keys.opener("identity").open(sealed, binding=Binding("totp", account_id), now=edge.clock())


def accepts(edge: Edge, account: AccountView) -> None:
    edge.knows(account)
    edge.rpc.replies[VerifyTotp] = TotpVerified(account_id=account.account_id, by="app", recovery_codes_left=10)


@pytest.mark.req("LOG-10")
async def test_the_secret_is_shown_once_and_travels_sealed(edge: Edge) -> None:
    edge.rpc.replies[StartTotp] = TotpStarted(user_name="alice@example.org")

    answer = await edge.client.post("/me/second-factor", headers=edge.bearer(account_id="alice"))

    assert answer.status_code == 201
    shown = answer.json()
    assert shown["otpauth_uri"].startswith("otpauth://totp/Acquit:alice%40example.org?secret=")
    [command] = edge.rpc.of(StartTotp)
    assert shown["secret"] not in command.model_dump_json()
    assert opened(edge, command.secret, "alice") == shown["secret"]


@pytest.mark.req("LOG-10")
async def test_confirming_shows_ten_recovery_codes_once_and_sends_them_sealed(edge: Edge) -> None:
    edge.rpc.replies[ConfirmTotp] = Done()

    answer = await edge.client.post(
        "/me/second-factor/confirmation", json={"code": "123 456"}, headers=edge.bearer(account_id="alice")
    )

    codes = answer.json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert all(RECOVERY_CODE.fullmatch(code) for code in codes)
    [command] = edge.rpc.of(ConfirmTotp)
    assert opened(edge, command.code, "alice") == "123456"
    assert opened(edge, command.recovery_codes, "alice").split() == [code.replace("-", "") for code in codes]


@pytest.mark.req("LOG-10", "LOG-1")
async def test_with_an_app_no_mail_goes_out_and_its_code_opens_the_session(edge: Edge) -> None:
    account = with_app()
    accepts(edge, account)
    begun = await edge.client.post("/sign-in", json={"user_name": "alice", "password": "Rivière-Rouge-1870"})
    challenge = begun.json()

    answer = await edge.enter(challenge["challenge_id"], "123456")

    assert (challenge["method"], challenge["reference"], challenge["resend_after_seconds"]) == ("totp", None, None)
    assert edge.unit_of_work.commands == []
    [command] = edge.rpc.of(VerifyTotp)
    assert opened(edge, command.code, account.account_id) == "123456"
    actor = edge.backend.access.verify(answer.json()["access_token"]).actor
    assert actor.assurance == "password+totp"


@pytest.mark.req("LOG-10")
async def test_a_mailed_code_is_named_as_such(edge: Edge) -> None:
    edge.knows(account_view())
    begun = await edge.client.post("/sign-in", json={"user_name": "alice", "password": "Rivière-Rouge-1870"})
    assert begun.json()["method"] == "email"
    assert begun.json()["reference"]


@pytest.mark.parametrize("typed", ["ABCDE-FGH23", "abcde fgh23", "ABCDEFGH23"])
@pytest.mark.req("LOG-10")
async def test_a_recovery_code_stands_in_for_the_app(edge: Edge, typed: str) -> None:
    account = with_app()
    accepts(edge, account)

    answer = await edge.enter(await edge.start_sign_in(), typed)

    assert answer.status_code == 200
    [command] = edge.rpc.of(VerifyTotp)
    assert opened(edge, command.code, account.account_id) == "ABCDEFGH23"


@pytest.mark.req("LOG-10")
async def test_a_recovery_code_is_no_mailed_code(edge: Edge) -> None:
    edge.knows(account_view())

    answer = await edge.enter(await edge.start_sign_in(), "ABCDEFGH23")

    assert (answer.status_code, answer.json()["code"]) == (422, "code.wrong")
    assert edge.rpc.of(VerifyTotp) == []


@pytest.mark.req("LOG-10", "L4")
async def test_five_wrong_codes_of_the_app_use_the_challenge_up(edge: Edge) -> None:
    accepts(edge, with_app())
    edge.rpc.replies[VerifyTotp] = Rejected("identity.second_factor_wrong")
    challenge_id = await edge.start_sign_in()

    answers = [await edge.enter(challenge_id, "123456") for _ in range(6)]

    assert [answer.json()["code"] for answer in answers] == ["code.wrong"] * 5 + ["code.challenge_ended"]
    assert len(edge.rpc.of(VerifyTotp)) == 5
    assert edge.sessions.rows == {}


@pytest.mark.req("LOG-10", "L4")
async def test_tries_are_counted_together_wherever_a_code_is_asked_for(edge: Edge) -> None:
    account = with_app()
    accepts(edge, account)
    refusal = Rejected("identity.second_factor_wrong")
    edge.rpc.replies |= {VerifyTotp: refusal, ConfirmTotp: refusal, RemoveTotp: refusal}
    headers = edge.bearer(account_id=account.account_id)

    async def confirm() -> httpx.Response:
        return await edge.client.post("/me/second-factor/confirmation", json={"code": "123456"}, headers=headers)

    async def remove() -> httpx.Response:
        return await edge.client.request("DELETE", "/me/second-factor", json={"code": "123456"}, headers=headers)

    for _ in range(22):
        assert (await confirm()).status_code == (await remove()).status_code == 422
    challenge_id = await edge.start_sign_in()
    for _ in range(5):
        await edge.enter(challenge_id, "123456")
    assert (await confirm()).status_code == 422

    for answer in (await confirm(), await remove(), await edge.enter(await edge.start_sign_in(), "123456")):
        assert (answer.status_code, answer.json()["code"]) == (429, "code.tries_used_up")


@pytest.mark.req("LOG-10")
async def test_an_app_has_nothing_to_resend(edge: Edge) -> None:
    accepts(edge, with_app())
    challenge_id = await edge.start_sign_in()
    edge.clock.advance(minutes=2)

    answer = await edge.client.post(f"/sign-in/{challenge_id}/resend")

    assert (answer.status_code, answer.json()["code"]) == (409, "code.from_app")


@pytest.mark.req("LOG-10")
async def test_an_app_that_was_removed_meanwhile_ends_the_challenge(edge: Edge) -> None:
    accepts(edge, with_app())
    edge.rpc.replies[VerifyTotp] = Conflict("identity.second_factor_absent")
    assert (await edge.enter(await edge.start_sign_in(), "123456")).json()["code"] == "code.challenge_ended"


@pytest.mark.req("LOG-10")
async def test_who_must_have_an_app_can_set_it_up_and_sign_out_and_nothing_else(edge: Edge) -> None:
    edge.rpc.replies |= {StartTotp: TotpStarted(user_name="rose"), ConfirmTotp: Done()}
    actor = Actor(account_id="rose", session_id="s", roles=("agent",), restrictions=("second_factor", "terms"))
    token = edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))
    headers = {"authorization": f"Bearer {token}"}

    statuses = [
        (await edge.client.get("/ledger", headers=headers)).json().get("code"),
        (await edge.client.post("/me/second-factor", headers=headers)).status_code,
        (
            await edge.client.post("/me/second-factor/confirmation", json={"code": "123456"}, headers=headers)
        ).status_code,
        (await edge.client.post("/sign-out", headers=headers)).status_code,
    ]

    assert statuses == ["access.restricted_second_factor", 201, 200, 204]
