"""One's own sessions and devices (LOG-10, L11, K7)."""

from typing import Any

import pytest

from shared.clock import new_id
from shared.contracts.edge import ActRecorded, SignedOut
from shared.contracts.notification import SendAccessNotice
from tests.support.edge_api import Edge, account_view

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


def notices(edge: Edge, kind: str) -> list[SendAccessNotice]:
    return [c for c in edge.unit_of_work.commands if isinstance(c, SendAccessNotice) and c.kind == kind]


async def listed(edge: Edge, tokens: dict[str, Any], what: str) -> list[dict[str, Any]]:
    answer = await edge.client.get(f"/{what}", headers=bearer(tokens))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()[what]
    return found


@pytest.mark.req("LOG-10")
async def test_own_sessions_are_listed_with_place_browser_and_which_is_this_one(edge: Edge) -> None:
    edge.knows(account_view())
    await edge.sign_in(user_agent=FIREFOX)
    edge.clock.advance(minutes=7)
    mine = await edge.sign_in(user_agent=SAFARI)

    here, there = await listed(edge, mine, "sessions")

    assert (here["session_id"], here["current"], here["browser"]) == (mine["session_id"], True, "Safari, iPhone")
    assert (there["current"], there["browser"], there["network"]) == (False, "Firefox, Windows", "127.0.0.0/24")
    assert here["device_id"] != there["device_id"]


@pytest.mark.req("LOG-10", "D5")
async def test_one_session_is_ended_from_another_at_once(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    lost, mine = await edge.sign_in(), await edge.sign_in()

    answer = await edge.client.delete(f"/sessions/{lost['session_id']}", headers=bearer(mine))

    assert answer.status_code == 204
    assert (await edge.client.get("/sessions", headers=bearer(lost))).json()["code"] == "session.ended"
    assert (await edge.refresh(lost["refresh_token"])).status_code == 401
    assert [each["session_id"] for each in await listed(edge, mine, "sessions")] == [mine["session_id"]]
    again = await edge.client.delete(f"/sessions/{lost['session_id']}", headers=bearer(mine))
    assert (again.status_code, again.json()["code"]) == (404, "session.unknown")
    act = edge.unit_of_work.events[-1]
    assert isinstance(act, ActRecorded)
    assert (act.act, act.about) == ("authn_token_revoked", account.account_id)


@pytest.mark.req("LOG-10")
async def test_all_other_sessions_are_ended_together(edge: Edge) -> None:
    edge.knows(account_view())
    others = [await edge.sign_in() for _ in range(2)]
    mine = await edge.sign_in()

    answer = await edge.client.delete("/sessions", headers=bearer(mine))

    assert (answer.status_code, answer.json()) == (200, {"ended": 2})
    for tokens in others:
        assert (await edge.refresh(tokens["refresh_token"])).status_code == 401
    assert (await edge.refresh(mine["refresh_token"])).status_code == 200


@pytest.mark.req("LOG-10", "R7")
async def test_what_belongs_to_others_does_not_exist(edge: Edge) -> None:
    edge.knows(account_view())
    theirs = await edge.sign_in()
    [device] = await listed(edge, theirs, "devices")
    edge.knows(account_view())
    mine = await edge.sign_in()

    for path in (f"/sessions/{theirs['session_id']}", f"/devices/{device['device_id']}", "/devices/unknown"):
        assert (await edge.client.delete(path, headers=bearer(mine))).status_code == 404
    assert (await edge.refresh(theirs["refresh_token"])).status_code == 200
    assert len(await listed(edge, mine, "sessions")) == len(await listed(edge, mine, "devices")) == 1


@pytest.mark.req("LOG-10", "L11")
async def test_l11_a_new_browser_is_told_about_and_a_known_one_is_not(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    first = await edge.sign_in(user_agent=FIREFOX)
    assert notices(edge, "new_device") == []

    known = await edge.sign_in(device_token=first["device_token"], user_agent=FIREFOX)
    assert notices(edge, "new_device") == []
    new = await edge.sign_in(user_agent=SAFARI)

    [notice] = notices(edge, "new_device")
    assert notice.account_id == account.account_id
    assert notice.values == {"browser": "Safari, iPhone", "network": "127.0.0.0/24"}
    assert known["device_token"] is None
    assert len({first["device_token"], new["device_token"]}) == 2
    assert len(await listed(edge, new, "devices")) == 2


@pytest.mark.req("LOG-10")
@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"), lambda t: t.split(".")[0], str.lower]
)
async def test_an_invented_device_token_is_a_new_device(edge: Edge, spoil: Any) -> None:
    edge.knows(account_view())
    first = await edge.sign_in()

    second = await edge.sign_in(device_token=spoil(first["device_token"]))

    assert second["device_token"] is not None
    assert len(edge.devices.rows) == 2


@pytest.mark.req("LOG-10")
async def test_device_tokens_are_stored_as_digests_only(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()

    secret = tokens["device_token"].partition(".")[0]
    assert secret not in repr((edge.devices.rows, edge.sessions.rows, edge.challenges.rows))


@pytest.mark.req("LOG-10")
async def test_one_browser_of_two_people_is_a_device_of_each(edge: Edge) -> None:
    edge.knows(account_view())
    first = await edge.sign_in()
    edge.knows(account_view())

    second = await edge.sign_in(device_token=first["device_token"])

    assert len(edge.devices.rows) == 2
    assert len(await listed(edge, second, "devices")) == 1
    assert notices(edge, "new_device") == []


@pytest.mark.req("LOG-10")
async def test_a_forgotten_device_takes_its_sessions_along_and_is_new_when_it_comes_back(edge: Edge) -> None:
    edge.knows(account_view())
    old, mine = await edge.sign_in(user_agent=FIREFOX), await edge.sign_in(user_agent=SAFARI)
    devices = {each["browser"]: each for each in await listed(edge, mine, "devices")}
    assert devices["Safari, iPhone"]["current"]

    path = f"/devices/{devices['Firefox, Windows']['device_id']}"
    assert (await edge.client.delete(path, headers=bearer(mine))).status_code == 204

    assert (await edge.refresh(old["refresh_token"])).status_code == 401
    assert [each["browser"] for each in await listed(edge, mine, "devices")] == ["Safari, iPhone"]
    before = len(notices(edge, "new_device"))
    await edge.sign_in(device_token=old["device_token"])
    assert len(notices(edge, "new_device")) == before + 1


@pytest.mark.req("LOG-10", "K7")
async def test_k7_a_sixth_session_is_no_failure_and_the_one_unused_for_longest_makes_room(edge: Edge) -> None:
    edge.knows(account_view())
    first = await edge.sign_in()
    token = first["device_token"]
    sessions = [first]
    for _ in range(4):
        edge.clock.advance(minutes=1)
        sessions.append(await edge.sign_in(device_token=token))
    edge.clock.advance(minutes=1)
    used = (await edge.refresh(first["refresh_token"])).json()
    edge.clock.advance(minutes=1)

    sixth = await edge.sign_in(device_token=token)

    assert len(await listed(edge, sixth, "sessions")) == 5
    assert (await edge.refresh(sessions[1]["refresh_token"])).status_code == 401
    assert (await edge.client.get("/sessions", headers=bearer(used))).status_code == 200
    [out] = [event for event in edge.unit_of_work.events if isinstance(event, SignedOut)]
    assert (out.session_id, out.reason) == (sessions[1]["session_id"], "session_limit")
    assert sixth["restrictions"] == []


@pytest.mark.parametrize(
    ("roles", "minutes", "status"),
    [
        (("member",), 29, 200),
        (("member",), 30, 401),
        (("provider",), 14, 200),
        (("provider",), 15, 401),
        (("delegate",), 15, 401),
        (("agent",), 15, 401),
        (("member", "agent"), 15, 401),
    ],
)
@pytest.mark.req("LOG-10")
async def test_whoever_sees_other_peoples_affairs_is_signed_out_sooner(
    edge: Edge, roles: tuple[str, ...], minutes: int, status: int
) -> None:
    edge.knows(account_view(roles=roles))
    tokens = await edge.sign_in()

    edge.clock.advance(minutes=minutes)

    assert (await edge.refresh(tokens["refresh_token"])).status_code == status


@pytest.mark.req("T6")
async def test_the_list_needs_a_session_that_still_lives(edge: Edge) -> None:
    headers = edge.bearer(account_id=new_id())

    assert (await edge.client.get("/devices", headers=headers)).json()["code"] == "session.ended"
