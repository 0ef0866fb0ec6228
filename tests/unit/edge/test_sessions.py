"""Sessions and their tokens (security reference T1, T2, T4, T5, T6, T8)."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from services.edge.auth.refresh_tokens import RefreshTokens
from shared.contracts.edge import ActRecorded, SignedOut
from shared.contracts.identity import GetAccount
from shared.contracts.notification import SendAccessNotice
from shared.errors import NotFound, Transient
from tests.support.edge_api import PEPPER, Edge, account_view


def _part(content: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _header(token: str) -> dict[str, object]:
    part = token.split(".", maxsplit=1)[0]
    header: dict[str, object] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return header


@pytest.mark.parametrize(
    "changes",
    [{"alg": "none"}, {"alg": "HS256"}, {"alg": "RS512"}, {"kid": "another"}, {"jku": "https://evil.example/keys"}],
)
@pytest.mark.req("T1")
async def test_t1_a_token_with_another_header_is_refused(edge: Edge, changes: dict[str, object]) -> None:
    edge.knows(account_view())
    token = (await edge.sign_in())["access_token"]
    _, payload, signature = token.split(".")

    forged = f"{_part(_header(token) | changes)}.{payload}.{'' if changes.get('alg') == 'none' else signature}"
    answer = await edge.client.get("/me", headers={"authorization": f"Bearer {forged}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "token.invalid")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("header", [{}, {"authorization": "Basic QTpC"}, {"authorization": "Bearer "}])
@pytest.mark.req("T1")
async def test_t1_without_a_bearer_token_nothing_is_sent(edge: Edge, header: dict[str, str]) -> None:
    answer = await edge.client.get("/me", headers=header)

    assert (answer.status_code, answer.json()["code"]) == (401, "token.missing")
    assert edge.rpc.asked == []


@pytest.mark.req("T1")
async def test_t1_an_access_token_works_for_ten_minutes_even_when_it_is_remembered(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    headers = {"authorization": f"Bearer {(await edge.sign_in())['access_token']}"}

    edge.clock.advance(seconds=599)
    assert (await edge.client.get("/me", headers=headers)).status_code == 200
    edge.clock.advance(seconds=32)  # ten minutes and the leeway of half a minute
    assert (await edge.client.get("/me", headers=headers)).status_code == 401


@pytest.mark.req("T1")
async def test_t1_a_refresh_token_is_no_access_token(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()

    answer = await edge.client.get("/me", headers={"authorization": f"Bearer {tokens['refresh_token']}"})

    assert answer.status_code == 401


@pytest.mark.req("LOG-12")
async def test_the_published_keys_verify_our_tokens(edge: Edge) -> None:
    edge.knows(account_view())
    token = (await edge.sign_in())["access_token"]

    answer = await edge.client.get("/.well-known/jwks.json")

    [published] = answer.json()["keys"]
    assert published["kid"] == _header(token)["kid"]
    assert set(published) == {"kty", "n", "e", "kid", "use", "alg"}
    assert answer.headers["cache-control"] == "public, max-age=300"


@pytest.mark.req("T2")
async def test_t2_a_refresh_token_used_again_after_the_grace_ends_the_session(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    first = await edge.sign_in()
    second = (await edge.refresh(first["refresh_token"])).json()
    edge.clock.advance(seconds=31)

    stolen = await edge.refresh(first["refresh_token"])

    assert stolen.status_code == 401
    assert (await edge.refresh(second["refresh_token"])).status_code == 401
    bearer = {"authorization": f"Bearer {second['access_token']}"}
    assert (await edge.client.get("/me", headers=bearer)).status_code == 401
    signed_out, act = edge.unit_of_work.events[1:]
    assert signed_out == SignedOut(
        account_id=account.account_id,
        session_id=first["session_id"],
        reason="refresh_token_reused",
        signed_out_at=edge.clock(),
    )
    assert isinstance(act, ActRecorded)
    assert (act.act, act.result, act.about) == ("authn_token_reuse", "failure", account.account_id)
    notice = edge.unit_of_work.commands[-1]
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.account_id) == ("session_ended_reuse", account.account_id)


@pytest.mark.req("T3")
async def test_t3_ten_tabs_that_refresh_at_once_all_stay_in_with_the_same_token(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()

    answers = await asyncio.gather(*(edge.refresh(tokens["refresh_token"]) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


@pytest.mark.req("T4")
async def test_t4_after_a_lost_answer_the_old_token_gives_the_same_successor(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()
    lost = await edge.refresh(tokens["refresh_token"])
    edge.clock.advance(seconds=30)

    again = await edge.refresh(tokens["refresh_token"])

    assert again.status_code == 200
    assert again.json()["refresh_token"] == lost.json()["refresh_token"]
    assert (await edge.refresh(again.json()["refresh_token"])).status_code == 200


@pytest.mark.req("T5")
async def test_t5_a_token_two_generations_old_ends_the_session_even_within_the_grace(edge: Edge) -> None:
    edge.knows(account_view())
    first = (await edge.sign_in())["refresh_token"]
    second = (await edge.refresh(first)).json()["refresh_token"]
    third = (await edge.refresh(second)).json()["refresh_token"]

    assert (await edge.refresh(first)).status_code == 401
    assert (await edge.refresh(third)).status_code == 401


@pytest.mark.req("T2")
async def test_an_invented_token_of_a_known_session_is_refused_and_harms_nobody(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()
    invented = RefreshTokens(b"another pepper of another edge").first(tokens["session_id"]).text

    for text in (invented, "x", "a.b.c", "é" * 100, tokens["refresh_token"] + "x"):
        assert (await edge.refresh(text)).status_code == 401

    assert (await edge.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.req("T4")
async def test_refresh_tokens_are_stored_as_digests_only(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()

    secret = tokens["refresh_token"].split(".")[1]
    assert secret not in repr(edge.sessions.rows)
    genuine = RefreshTokens(PEPPER.encode()).read(tokens["refresh_token"])
    assert genuine is not None
    assert edge.sessions.rows[tokens["session_id"]].current == genuine.digest


@pytest.mark.req("LOG-10", "T6")
async def test_t6_signing_out_ends_access_refresh_and_grace_at_once(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    first = await edge.sign_in()
    second = (await edge.refresh(first["refresh_token"])).json()
    bearer = {"authorization": f"Bearer {second['access_token']}"}

    assert (await edge.client.post("/sign-out", headers=bearer)).status_code == 204

    assert (await edge.client.get("/me", headers=bearer)).json()["code"] == "session.ended"
    for token in (first["refresh_token"], second["refresh_token"]):
        assert (await edge.refresh(token)).status_code == 401
    [signed_out] = edge.unit_of_work.events[1:]
    assert isinstance(signed_out, SignedOut)
    assert signed_out.reason == "sign_out"


@pytest.mark.req("LOG-10")
async def test_another_session_of_the_same_account_stays(edge: Edge) -> None:
    edge.knows(account_view())
    one, other = await edge.sign_in(), await edge.sign_in()

    await edge.client.post("/sign-out", headers={"authorization": f"Bearer {one['access_token']}"})

    assert (await edge.refresh(other["refresh_token"])).status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 401)])
async def test_a_session_unused_for_thirty_minutes_is_over(edge: Edge, minutes: int, status: int) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()

    edge.clock.advance(minutes=minutes)

    assert (await edge.refresh(tokens["refresh_token"])).status_code == status


async def test_a_session_ends_after_twelve_hours_however_busy(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()
    for _ in range(35):
        edge.clock.advance(minutes=20)
        tokens = (await edge.refresh(tokens["refresh_token"])).json()
    edge.clock.advance(minutes=15)

    last = (await edge.refresh(tokens["refresh_token"])).json()
    assert last["expires_in"] == last["refresh_expires_in"] == 300
    edge.clock.advance(minutes=5)
    assert (await edge.refresh(last["refresh_token"])).status_code == 401


@pytest.mark.req("T8")
async def test_t8_a_refresh_brings_the_roles_of_now(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.rpc.replies[GetAccount] = account.model_copy(update={"roles": ("member", "agent")})

    refreshed = (await edge.refresh(tokens["refresh_token"])).json()

    assert edge.backend.access.verify(refreshed["access_token"]).actor.roles == ("member", "agent")


@pytest.mark.req("K8")
async def test_a_closed_account_loses_its_session_at_the_next_refresh(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.rpc.replies[GetAccount] = NotFound("identity.account_unknown")

    assert (await edge.refresh(tokens["refresh_token"])).status_code == 401

    edge.knows(account)
    assert (await edge.refresh(tokens["refresh_token"])).status_code == 401


@pytest.mark.req("T4")
async def test_an_outage_during_a_refresh_uses_no_token_up(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.rpc.replies[GetAccount] = Transient("bus.no_answer")
    assert (await edge.refresh(tokens["refresh_token"])).status_code == 503
    edge.clock.advance(minutes=5)

    edge.knows(account)

    assert (await edge.refresh(tokens["refresh_token"])).status_code == 200
