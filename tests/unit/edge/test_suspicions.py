"""An account that looks shared: the code, the question, the end (LOG-8)."""

from typing import Any

import pytest

from shared.contracts.edge import ActRecorded
from shared.contracts.identity.cases import DisableAccount
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge, account_view, other_than


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


def sent(edge: Edge, kind: type[Any]) -> list[Any]:
    return [command for command in edge.unit_of_work.commands if isinstance(command, kind)]


def questions(edge: Edge) -> list[SendAccessNotice]:
    return [notice for notice in sent(edge, SendAccessNotice) if notice.kind == "was_it_you"]


def key_in(edge: Edge, notice: SendAccessNotice) -> str:
    """The key as the reader of the mail sees it."""
    assert notice.secret is not None
    binding = Binding("secret", notice.delivery_id)
    return keys.opener("notification").open(notice.secret, binding=binding, now=edge.clock())


def acts(edge: Edge) -> list[str]:
    return [event.act for event in edge.unit_of_work.events if isinstance(event, ActRecorded)]


async def overlapping(edge: Edge, first: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two browsers take turns; the tokens of the first, refreshed, and of the second."""
    token = None if first is None else first["device_token"]
    one = await edge.sign_in(device_token=token)
    edge.clock.advance(minutes=1)
    two = await edge.sign_in()
    edge.clock.advance(minutes=1)
    answer = await edge.refresh(one["refresh_token"])
    assert answer.status_code == 200, answer.text
    return {**one, **answer.json(), "device_token": one["device_token"] or token}, two


async def enter_extra(edge: Edge, tokens: dict[str, Any], code: str) -> Any:
    return await edge.client.post("/security/extra-code", json={"code": code}, headers=bearer(tokens))


@pytest.mark.req("LOG-8")
async def test_two_browsers_in_turns_are_asked_for_an_extra_code_and_the_owner_is_asked(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)

    one, two = await overlapping(edge)

    assert one["restrictions"] == ["suspicion"]
    closed = await edge.client.get("/me", headers=bearer(one))
    assert (closed.status_code, closed.json()["code"]) == (403, "access.restricted_suspicion")
    [question] = questions(edge)
    assert question.account_id == account.account_id
    code = sent(edge, SendCode)[-1]
    assert (code.purpose, code.account_id) == ("suspicion", account.account_id)
    assert acts(edge) == ["excess_sessions_exceeded"]
    assert sent(edge, DisableAccount) == []
    assert two["restrictions"] == []


@pytest.mark.req("LOG-8")
async def test_the_extra_code_makes_the_session_work_again_from_its_next_refresh(edge: Edge) -> None:
    edge.knows(account_view())
    one, _ = await overlapping(edge)
    code = edge.mailed_codes()[-1]

    wrong = await enter_extra(edge, one, other_than(code))
    right = await enter_extra(edge, one, code)

    assert (wrong.status_code, right.status_code) == (422, 204)
    refreshed = (await edge.refresh(one["refresh_token"])).json()
    assert refreshed["restrictions"] == []
    assert (await edge.client.get("/sessions", headers=bearer(refreshed))).status_code == 200
    assert (await enter_extra(edge, refreshed, code)).json()["code"] == "code.challenge_ended"


@pytest.mark.req("LOG-8", "L2")
async def test_l2_an_extra_code_is_of_its_session_alone(edge: Edge) -> None:
    edge.knows(account_view())
    one, two = await overlapping(edge)
    of_one = edge.mailed_codes()[-1]
    two = (await edge.refresh(two["refresh_token"])).json()
    assert two["restrictions"] == ["suspicion"]  # the same incident: every browser of the day enters a code
    of_two = edge.mailed_codes()[-1]
    if of_one == of_two:
        pytest.skip("one chance in a million: both codes are the same")

    assert (await enter_extra(edge, two, of_one)).json()["code"] == "code.wrong"
    assert (await enter_extra(edge, one, of_one)).status_code == 204
    assert (await enter_extra(edge, two, of_two)).status_code == 204
    assert len(questions(edge)) == 1


@pytest.mark.req("LOG-8")
async def test_signing_in_anew_is_no_way_around_the_extra_code(edge: Edge) -> None:
    edge.knows(account_view())
    one, _ = await overlapping(edge)
    edge.clock.advance(minutes=20)

    again = await edge.sign_in(device_token=one["device_token"])

    assert again["restrictions"] == ["suspicion"]


@pytest.mark.req("LOG-8", "L6")
async def test_another_extra_code_may_be_asked_for_after_a_minute(edge: Edge) -> None:
    edge.knows(account_view())
    one, _ = await overlapping(edge)
    path = "/security/extra-code/resend"

    early = await edge.client.post(path, headers=bearer(one))
    edge.clock.advance(seconds=60)
    late = await edge.client.post(path, headers=bearer(one))

    assert (early.status_code, late.status_code) == (429, 202)
    assert (await enter_extra(edge, one, edge.mailed_codes()[-1])).status_code == 204
    nothing = await edge.client.post(path, headers=bearer(one))
    assert (nothing.status_code, nothing.json()["code"]) == (409, "code.challenge_ended")


@pytest.mark.req("LOG-8")
async def test_a_second_incident_within_thirty_days_disables_the_account(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    one, _ = await overlapping(edge)
    edge.clock.advance(days=29)

    one, _ = await overlapping(edge, one)

    [command] = sent(edge, DisableAccount)
    assert (command.account_id, command.reason) == (account.account_id, "shared_again")
    assert command.signals == ("overlap",)
    assert one["restrictions"] == ["suspicion"]
    assert len(questions(edge)) == 1


@pytest.mark.req("LOG-8")
async def test_an_incident_after_thirty_days_is_a_first_one_again(edge: Edge) -> None:
    edge.knows(account_view())
    one, _ = await overlapping(edge)
    edge.clock.advance(days=31)

    await overlapping(edge, one)

    assert sent(edge, DisableAccount) == []
    assert len(questions(edge)) == 2


@pytest.mark.req("LOG-8")
async def test_no_from_the_mail_disables_the_account_without_signing_in(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    await overlapping(edge)
    key = key_in(edge, questions(edge)[0])
    body = {"answer": "no", "key": key.lower().replace("-", " ")}

    answer = await edge.client.post("/security/was-it-you/by-mail", json=body)

    assert answer.status_code == 204
    [command] = sent(edge, DisableAccount)
    assert (command.account_id, command.reason) == (account.account_id, "owner_said_no")
    again = await edge.client.post("/security/was-it-you/by-mail", json=body)
    assert (again.status_code, again.json()["code"]) == (404, "security.nothing_suspected")
    assert len(sent(edge, DisableAccount)) == 1


@pytest.mark.req("LOG-8")
async def test_an_invented_key_answers_nothing_and_is_stored_nowhere(edge: Edge) -> None:
    edge.knows(account_view())
    await overlapping(edge)
    key = key_in(edge, questions(edge)[0])

    answer = await edge.client.post("/security/was-it-you/by-mail", json={"answer": "no", "key": "AAAA-AAAA-AAAA-AAAA"})

    assert answer.status_code == 404
    assert key not in repr(edge.suspicions.rows)
    assert key.replace("-", "") not in repr((edge.suspicions.rows, edge.unit_of_work.outgoing))


@pytest.mark.req("LOG-8")
async def test_yes_from_the_owner_vouches_for_the_browsers_from_then_on(edge: Edge) -> None:
    edge.knows(account_view())
    one, two = await overlapping(edge)
    await enter_extra(edge, one, edge.mailed_codes()[-1])
    mine = (await edge.refresh(one["refresh_token"])).json()

    answer = await edge.client.post("/security/was-it-you", json={"answer": "yes"}, headers=bearer(mine))

    assert answer.status_code == 204
    edge.clock.advance(days=2)
    again = await edge.sign_in(device_token=one["device_token"])
    edge.clock.advance(minutes=1)
    await edge.sign_in(device_token=two["device_token"])
    edge.clock.advance(minutes=1)
    assert (await edge.refresh(again["refresh_token"])).json()["restrictions"] == []
    assert sent(edge, DisableAccount) == []


@pytest.mark.req("LOG-8")
async def test_a_session_under_suspicion_cannot_answer_for_the_owner(edge: Edge) -> None:
    edge.knows(account_view())
    one, _ = await overlapping(edge)

    answer = await edge.client.post("/security/was-it-you", json={"answer": "yes"}, headers=bearer(one))

    assert (answer.status_code, answer.json()["code"]) == (403, "access.restricted_suspicion")


@pytest.mark.req("LOG-8")
async def test_who_was_not_asked_has_nothing_to_answer(edge: Edge) -> None:
    edge.knows(account_view())
    tokens = await edge.sign_in()

    answer = await edge.client.post("/security/was-it-you", json={"answer": "no"}, headers=bearer(tokens))

    assert (answer.status_code, sent(edge, DisableAccount)) == (404, [])


@pytest.mark.req("LOG-8")
async def test_two_of_a_practice_behind_one_address_with_own_accounts_are_left_alone(edge: Edge) -> None:
    one, two = account_view(), account_view()
    edge.knows(one)
    first = await edge.sign_in()
    edge.knows(two)
    second = await edge.sign_in()
    for _ in range(10):
        for account, tokens in ((one, first), (two, second)):
            edge.knows(account)
            edge.clock.advance(minutes=1)
            answer = (await edge.refresh(tokens["refresh_token"])).json()
            assert answer["restrictions"] == []
            tokens |= {"refresh_token": answer["refresh_token"]}

    assert (edge.suspicions.rows, questions(edge), acts(edge)) == ({}, [], [])


@pytest.mark.req("LOG-8")
async def test_the_fourth_browser_of_a_day_is_asked_for_a_code_at_once(edge: Edge) -> None:
    edge.knows(account_view())
    for _ in range(3):
        assert (await edge.sign_in())["restrictions"] == []
        edge.clock.advance(hours=2)

    fourth = await edge.sign_in()

    assert fourth["restrictions"] == ["suspicion"]
    assert (await enter_extra(edge, fourth, edge.mailed_codes()[-1])).status_code == 204


@pytest.mark.req("LOG-8")
async def test_a_leap_to_another_network_in_another_browser_is_noted_as_such(edge: Edge) -> None:
    edge.knows(account_view())
    await edge.sign_in()
    edge.clock.advance(minutes=9)
    transport = edge.client._transport
    transport.client = ("198.51.100.7", 4711)  # type: ignore[attr-defined]

    second = await edge.sign_in()

    assert second["restrictions"] == ["suspicion"]
    assert acts(edge) == ["authn_impossible_travel"]


@pytest.mark.req("LOG-8")
async def test_the_telephone_that_was_at_home_before_may_be_elsewhere(edge: Edge) -> None:
    edge.knows(account_view())
    telephone = await edge.sign_in()
    edge.clock.advance(days=3)
    computer = await edge.sign_in()
    edge.clock.advance(minutes=9)
    edge.client._transport.client = ("198.51.100.7", 4711)  # type: ignore[attr-defined]

    away = await edge.sign_in(device_token=telephone["device_token"])
    assert (away["restrictions"], acts(edge)) == ([], [])

    edge.clock.advance(days=91)
    await edge.sign_in(device_token=telephone["device_token"])
    edge.clock.advance(minutes=9)
    edge.client._transport.client = ("127.0.0.1", 4711)  # type: ignore[attr-defined]
    later = await edge.sign_in(device_token=computer["device_token"])
    assert (later["restrictions"], acts(edge)) == (["suspicion"], ["authn_impossible_travel"])


@pytest.mark.req("LOG-8", "T6")
async def test_whoever_is_asked_for_an_extra_code_may_leave_instead(edge: Edge) -> None:
    edge.knows(account_view())
    one, _ = await overlapping(edge)

    assert (await edge.client.post("/sign-out", headers=bearer(one))).status_code == 204
    assert (await edge.refresh(one["refresh_token"])).status_code == 401
