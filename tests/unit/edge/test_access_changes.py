"""What the edge does when identity says that rights changed (D5, D8, T8, K8)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import new_id
from shared.contracts.edge import SignedOut
from shared.contracts.identity import GetAccount
from shared.contracts.identity.access import AccessChanged
from shared.envelopes import Received
from tests.support.edge_api import Edge, account_view


async def hear(edge: Edge, account_id: str, **changes: Any) -> None:
    """Handle the event as the process that got it does, and make it known."""
    event = AccessChanged(**({"account_id": account_id, "changed_at": edge.clock()} | changes))
    changed = edge.backend.reactions.access_changes

    await edge.unit_of_work.run(new_id(), lambda work: changed.on_access_changed(Received(event, "m", "c"), work))
    await edge.backend.reactions.denials.tell()


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


@pytest.mark.req("T8", "D5")
async def test_t8_a_change_shows_at_the_next_request_and_the_refresh_brings_what_holds_now(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.clock.advance(seconds=1)
    edge.rpc.replies[GetAccount] = account.model_copy(update={"roles": ("member", "agent")})

    await hear(edge, account.account_id)
    refused = await edge.client.get("/sessions", headers=bearer(tokens))
    refreshed = (await edge.refresh(tokens["refresh_token"])).json()

    assert (refused.status_code, refused.json()["code"]) == (401, "token.outdated")
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert (await edge.client.get("/sessions", headers=bearer(refreshed))).status_code == 200
    assert edge.backend.access.verify(refreshed["access_token"]).actor.roles == ("member", "agent")


@pytest.mark.req("D8", "F3", "K8")
async def test_ending_sessions_spares_the_one_kept_and_those_of_others(edge: Edge) -> None:
    account, other = account_view(), account_view()
    edge.knows(other)
    stranger = await edge.sign_in()
    edge.knows(account)
    kept, ended = await edge.sign_in(), await edge.sign_in()
    edge.clock.advance(seconds=1)

    await hear(edge, account.account_id, end_sessions=True, kept_session_id=kept["session_id"])

    assert (await edge.client.get("/sessions", headers=bearer(ended))).json()["code"] == "session.ended"
    assert (await edge.refresh(ended["refresh_token"])).status_code == 401
    assert (await edge.refresh(kept["refresh_token"])).status_code == 200
    assert (await edge.client.get("/sessions", headers=bearer(stranger))).status_code == 200
    out = [event for event in edge.unit_of_work.events if isinstance(event, SignedOut)]
    assert [(event.session_id, event.reason) for event in out] == [(ended["session_id"], "access_changed")]


@pytest.mark.req("K8")
async def test_k8_a_sign_in_that_began_before_the_change_opens_nothing(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    challenge_id = await edge.start_sign_in()
    edge.clock.advance(seconds=1)

    await hear(edge, account.account_id, end_sessions=True)

    assert (await edge.enter(challenge_id, edge.mailed_codes()[-1])).json()["code"] == "code.challenge_ended"
    assert edge.sessions.rows == {}


@pytest.mark.req("F3")
async def test_a_session_that_was_proved_after_the_change_stays(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    changed_at = edge.clock()
    edge.clock.advance(seconds=1)
    later = await edge.sign_in()  # with the new password, before the event arrives here

    await hear(edge, account.account_id, changed_at=changed_at, end_sessions=True)

    assert (await edge.client.get("/sessions", headers=bearer(later))).status_code == 200
    assert (await edge.refresh(later["refresh_token"])).status_code == 200


@pytest.mark.req("F3")
async def test_a_session_that_was_proved_before_the_change_ends_though_it_was_opened_after_it(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    challenge_id = await edge.start_sign_in()
    changed_at = edge.clock()
    edge.clock.advance(seconds=2)
    opened = (await edge.enter(challenge_id, edge.mailed_codes()[-1])).json()

    await hear(edge, account.account_id, changed_at=changed_at, end_sessions=True)

    assert (await edge.refresh(opened["refresh_token"])).status_code == 401


async def test_a_change_told_twice_is_one_change(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    await edge.sign_in()
    edge.clock.advance(seconds=1)
    for _ in range(2):
        await hear(edge, account.account_id, end_sessions=True)

    assert len([event for event in edge.unit_of_work.events if isinstance(event, SignedOut)]) == 1


@pytest.mark.req("T8")
async def test_a_change_while_identity_is_asked_outdates_the_answer(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.clock.advance(minutes=5)
    changed_at = edge.clock() + timedelta(milliseconds=500)

    def slow(_message: GetAccount) -> Any:
        edge.clock.advance(seconds=1)
        return account

    edge.rpc.replies[GetAccount] = slow
    refreshed = (await edge.refresh(tokens["refresh_token"])).json()
    await hear(edge, account.account_id, changed_at=changed_at)

    assert (await edge.client.get("/sessions", headers=bearer(refreshed))).json()["code"] == "token.outdated"
