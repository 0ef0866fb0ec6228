"""Locks after wrong passwords (security reference K1 to K10)."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.edge.auth.figures import Limit, LockoutFigures
from services.edge.auth.lockout import Lockout, lock_key
from services.edge.bodies import SignInRequest
from services.edge.sealing import Sealing
from shared.contracts import Done
from shared.contracts.edge import ActRecorded
from shared.contracts.identity import AccountView, GetAccount, VerifyCredentials
from shared.contracts.identity.passwords import ChangePassword
from shared.contracts.identity.security import GetSignInSubject, SignInSubject
from shared.errors import Conflict, NotFound, Rejected
from tests.support.edge_api import PASSWORD, Edge, account_view, subject_of, verified

FIGURES = LockoutFigures()
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WRONG = "Tortue-Verte-88"
NOBODY = "subject-of-a-name-that-nobody-has"


def guards(edge: Edge, account: AccountView) -> None:
    """Identity knows one account under two names and takes one password."""

    def verify(message: VerifyCredentials) -> AccountView:
        known = message.user_name.casefold() in {"alice@example.org", "alice1870"}
        if known and message.password == "right":
            return verified(account)
        raise Rejected("identity.invalid_credentials", subject=subject_of(account) if known else NOBODY)

    edge.rpc.replies |= {
        VerifyCredentials: verify,
        GetAccount: account,
        GetSignInSubject: SignInSubject(subject=subject_of(account)),
    }


def right_or_wrong(sealed: str) -> Done:
    """What identity says of a present password."""
    if sealed != "right":
        raise Rejected("identity.current_password_wrong")
    return Done()


@pytest.fixture(autouse=True)
def passwords_travel_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the identity of these tests can tell right from wrong."""

    def password(_: Sealing, typed: SecretStr, *, subject: str) -> str:
        return "right" if typed.get_secret_value() == PASSWORD else "wrong"

    monkeypatch.setattr(Sealing, "password", password)


async def attempt(
    edge: Edge,
    password: str = WRONG,
    *,
    name: str = "alice@example.org",
    address: str = "",
    device_token: str | None = None,
) -> int:
    headers = {"x-forwarded-for": address} if address else {}
    body = {"user_name": name, "password": password, "device_token": device_token}
    return (await edge.client.post("/sign-in", json=body, headers=headers)).status_code


async def lock(edge: Edge, *, name: str = "alice@example.org", device_token: str | None = None) -> None:
    for _ in range(FIGURES.failures.count):
        assert await attempt(edge, name=name, device_token=device_token) == 401


def the_lock(edge: Edge, account: AccountView) -> Lockout:
    return edge.lockouts.rows[lock_key(subject_of(account), None)]


@pytest.mark.req("LOG-11", "K1")
async def test_k1_locked_says_and_takes_what_a_wrong_password_does(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    await lock(edge)
    answers, asked = [], []
    for password in (WRONG, PASSWORD):
        edge.pauses.clear()
        edge.rpc.asked.clear()
        answer = await edge.client.post("/sign-in", json={"user_name": "alice@example.org", "password": password})
        answers.append((answer.status_code, {**answer.json(), "instance": None}, tuple(edge.pauses)))
        asked.append([type(each.message) for each in edge.rpc.asked])

    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert asked == [[VerifyCredentials]] * 2  # the hash is computed anyway
    assert edge.challenges.rows == {}


@pytest.mark.req("LOG-11")
async def test_the_refusal_is_held_back_from_the_fifth_failure_on_twice_as_long_each_time(edge: Edge) -> None:
    guards(edge, account_view())

    await lock(edge)

    assert edge.pauses == [1, 2, 4, 8, 8, 8]


async def change(edge: Edge, headers: dict[str, str], current: str = WRONG) -> httpx.Response:
    body = {"current_password": current, "new_password": "Tortue-Verte-99"}
    return await edge.client.put("/me/password", json=body, headers=headers)


@pytest.mark.req("LOG-9", "LOG-11", "OPS-7")
async def test_a_wrong_present_password_counts_like_one_at_the_sign_in_and_is_noted(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    edge.rpc.replies[ChangePassword] = lambda message: right_or_wrong(message.current_password)
    signed_in = await edge.sign_in()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    edge.pauses.clear()
    edge.unit_of_work.events.clear()

    answers = [await change(edge, headers) for _ in range(FIGURES.failures.count)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (422, "identity.current_password_wrong")
    }
    assert edge.pauses == [1, 2, 4, 8, 8, 8]
    acts = [event for event in edge.unit_of_work.events if isinstance(event, ActRecorded)]
    assert {(act.act, act.result, act.account_id) for act in acts} == {
        ("authn_password_change_fail", "failure", account.account_id)
    }
    assert len(acts) == FIGURES.failures.count

    edge.rpc.asked.clear()
    locked = await change(edge, headers, PASSWORD)
    assert (locked.status_code, locked.json()["code"]) == (429, "session.locked")
    assert edge.rpc.of(ChangePassword) == []
    assert await attempt(edge, PASSWORD, device_token=signed_in["device_token"]) == 401
    edge.clock.advance(minutes=15)
    assert await attempt(edge, PASSWORD, device_token=signed_in["device_token"]) == 200


@pytest.mark.req("LOG-11")
async def test_the_right_present_password_ends_the_row_of_failures(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    edge.rpc.replies[ChangePassword] = lambda message: right_or_wrong(message.current_password)
    headers = {"authorization": f"Bearer {(await edge.sign_in())['access_token']}"}
    for _ in range(2):
        for _ in range(FIGURES.failures.count - 1):
            await change(edge, headers)
        assert (await change(edge, headers, PASSWORD)).status_code == 200


@pytest.mark.req("LOG-11", "K2")
async def test_k2_failures_while_locked_are_not_counted(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    await lock(edge)
    before = the_lock(edge, account)

    edge.clock.advance(minutes=14)
    for _ in range(8):
        await attempt(edge)

    assert the_lock(edge, account) == before
    edge.clock.advance(minutes=6)
    assert (await edge.sign_in())["access_token"]


@pytest.mark.req("LOG-11", "K3")
async def test_k3_all_names_of_an_account_share_one_counter(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    for name in ("alice@example.org", "ALICE@EXAMPLE.ORG", "alice1870", "Alice1870", "aLiCe1870") * 2:
        assert await attempt(edge, name=name) == 401

    assert await attempt(edge, PASSWORD, name="alice1870") == 401
    assert the_lock(edge, account).consecutive == 10
    assert len(edge.lockouts.rows) == 1


@pytest.mark.req("LOG-11", "K3", "K4")
async def test_whose_failure_it_was_never_reaches_the_caller(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)

    refused = await edge.client.post("/sign-in", json={"user_name": "alice@example.org", "password": WRONG})
    passed = await edge.client.post("/sign-in", json={"user_name": "alice@example.org", "password": PASSWORD})

    for answer in (refused, passed):
        assert subject_of(account) not in json.dumps([answer.text, dict(answer.headers)])


@pytest.mark.req("LOG-11", "K4")
async def test_k4_an_unknown_name_is_locked_alike_and_leaves_nothing_to_who_registers_with_it(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    for _ in range(11):
        assert await attempt(edge, PASSWORD, name="new@example.org") == 401
    assert edge.pauses[-1] == 8

    edge.rpc.replies[VerifyCredentials] = verified(account)  # identity knows the name now

    assert await attempt(edge, PASSWORD, name="new@example.org") == 200
    assert set(edge.lockouts.rows) == {lock_key(NOBODY, None)}


@pytest.mark.req("LOG-11", "K5")
async def test_k5_a_recovery_opens_what_wrong_passwords_locked(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    await lock(edge)

    await edge.backend.unlocking.recovered(account.account_id)

    assert await attempt(edge, PASSWORD) == 200


@pytest.mark.req("LOG-11", "K6")
async def test_k6_right_passwords_side_by_side_never_stand_in_each_others_way(edge: Edge) -> None:
    guards(edge, account_view())
    for _ in range(FIGURES.failures.count - 1):
        await attempt(edge)

    statuses = await asyncio.gather(*(attempt(edge, PASSWORD) for _ in range(10)))

    assert Counter(statuses) == {200: 10}


@pytest.mark.req("LOG-11")
async def test_of_fifty_wrong_passwords_at_once_ten_are_counted_and_the_right_one_comes_too_late(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)

    await asyncio.gather(*(attempt(edge) for _ in range(50)))

    assert the_lock(edge, account).consecutive == FIGURES.failures.count
    assert await attempt(edge, PASSWORD, address="192.0.2.1") in {401, 429}


@pytest.mark.req("LOG-11", "K7")
async def test_k7_a_session_that_cannot_be_opened_is_no_failure(edge: Edge) -> None:
    guards(edge, account_view())
    for _ in range(12):
        challenge_id = await edge.start_sign_in()
        edge.unit_of_work.error = Conflict("session.limit")
        assert (await edge.enter(challenge_id, edge.mailed_codes()[-1])).status_code == 409
        edge.unit_of_work.error = None

    assert edge.lockouts.rows == {}
    assert edge.pauses == []


@pytest.mark.req("LOG-11", "K8")
async def test_k8_a_lock_that_began_after_the_password_stops_the_code(edge: Edge) -> None:
    guards(edge, account_view())
    challenge_id = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]
    await lock(edge)

    refused = await edge.enter(challenge_id, code)

    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in.refused")
    assert edge.sessions.rows == {}


@pytest.mark.req("LOG-11", "K8")
async def test_k8_a_lock_holds_refreshing_up_and_the_session_goes_on_afterwards(edge: Edge) -> None:
    guards(edge, account_view())
    tokens = await edge.sign_in()
    token = tokens["refresh_token"]
    await lock(edge, device_token=tokens["device_token"])

    locked = await edge.refresh(token)

    assert (locked.status_code, locked.json()["code"]) == (429, "session.locked")
    assert locked.headers["retry-after"] == str(15 * 60)
    edge.clock.advance(minutes=15)
    assert (await edge.refresh(token)).status_code == 200


@pytest.mark.req("LOG-11", "K9")
async def test_k9_an_agent_opens_a_locked_account_and_the_audit_keeps_who(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    await lock(edge)
    path = f"/administration/accounts/{account.account_id}/unlock"

    opened = await edge.client.post(path, headers=edge.bearer(roles=("agent",), account_id="rose", dossier_id=None))

    assert opened.status_code == 204
    [act] = edge.unit_of_work.events
    assert isinstance(act, ActRecorded)
    assert (act.act, act.account_id, act.about) == ("user_updated", "rose", account.account_id)
    assert subject_of(account) not in act.model_dump_json()
    assert await attempt(edge, PASSWORD) == 200


@pytest.mark.req("LOG-11", "K9")
async def test_k9_only_agents_open_accounts_that_exist(edge: Edge) -> None:
    path = "/administration/accounts/somebody/unlock"
    edge.rpc.replies[GetSignInSubject] = NotFound("identity.account_unknown")

    assert (await edge.client.post(path, headers=edge.bearer())).status_code == 403
    assert (await edge.client.post(path, headers=edge.bearer(roles=("agent",)))).status_code == 404
    assert edge.unit_of_work.events == []


@pytest.mark.req("LOG-11", "K10")
async def test_k10_whoever_locks_an_account_does_not_stop_its_holder_on_a_known_device(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    known = (await edge.sign_in())["device_token"]
    await lock(edge)
    request = SignInRequest(user_name="alice@example.org", password=PASSWORD, device_token=known)

    for _ in range(3):
        begun = await edge.backend.sign_ins.start(request, address="192.0.2.7")
        assert (await edge.enter(begun.challenge_id, edge.mailed_codes()[-1])).status_code == 200
    assert await attempt(edge, PASSWORD) == 401  # still locked for everybody else


@pytest.mark.req("LOG-11", "K10")
async def test_k10_a_session_on_a_known_device_goes_on_while_others_are_locked_out(edge: Edge) -> None:
    guards(edge, account_view())
    token = (await edge.sign_in())["refresh_token"]
    await lock(edge)
    assert (await edge.refresh(token)).status_code == 200


@pytest.mark.req("LOG-11", "K10")
async def test_k10_a_device_of_somebody_else_brings_no_counter_of_its_own(edge: Edge) -> None:
    stranger = account_view()
    guards(edge, stranger)
    theirs = (await edge.sign_in())["device_token"]
    account = account_view()
    guards(edge, account)
    await lock(edge, device_token=theirs)
    assert the_lock(edge, account).locked(edge.clock(), FIGURES)
    assert await attempt(edge, PASSWORD) == 401


@pytest.mark.req("LOG-11")
async def test_after_a_hundred_failures_in_a_row_waiting_does_not_help(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    for _ in range(FIGURES.hard_stop // FIGURES.failures.count):
        await lock(edge)
        edge.clock.advance(hours=2)

    edge.clock.advance(days=30)

    assert the_lock(edge, account).stopped(FIGURES)
    assert await attempt(edge, PASSWORD) == 401
    await edge.backend.unlocking.recovered(account.account_id)
    assert await attempt(edge, PASSWORD) == 200


@pytest.mark.req("LOG-11")
async def test_signing_in_ends_the_row_of_failures(edge: Edge) -> None:
    account = account_view()
    guards(edge, account)
    for _ in range(9):
        await attempt(edge)
    await edge.sign_in()

    assert the_lock(edge, account).consecutive == 0
    for _ in range(9):
        await attempt(edge)
    assert await attempt(edge, PASSWORD) == 200


def counter(**changes: object) -> Lockout:
    return Lockout(key="a|-", subject="a", **changes)  # type: ignore[arg-type]


@pytest.mark.req("LOG-11")
def test_blocks_grow_to_two_hours_and_are_forgotten_after_twelve() -> None:
    state, now, lengths = counter(), START, []
    for _ in range(6):
        for _ in range(FIGURES.failures.count):
            state = state.failed(now, FIGURES)
        assert state.blocked_until is not None
        lengths.append((state.blocked_until - now).total_seconds() / 60)
        now = state.blocked_until
    assert lengths == [15, 30, 60, 120, 120, 120]

    afterwards = state.failed(now + timedelta(hours=12), FIGURES)
    assert (afterwards.consecutive, afterwards.blocks) == (1, 0)


@pytest.mark.req("LOG-11")
@given(st.lists(st.integers(min_value=0, max_value=40), max_size=120))
def test_never_more_than_ten_failures_count_in_five_minutes_and_a_hundred_in_a_row(gaps: list[int]) -> None:
    state, now, counted = counter(), START, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        after = state.failed(now, FIGURES)
        if after is not state:
            counted.append(now)
        else:
            assert state.locked(now, FIGURES)
        state = after

    window = FIGURES.failures.window
    for at in counted:
        assert sum(at - window < other <= at for other in counted) <= FIGURES.failures.count
    assert state.consecutive <= FIGURES.hard_stop


@given(st.integers(min_value=0, max_value=10_000))
def test_a_refusal_is_held_back_for_eight_seconds_at_most(consecutive: int) -> None:
    figures = LockoutFigures(failures=Limit(10**6, timedelta(minutes=5)), hard_stop=10**6)
    delay = counter(consecutive=consecutive).delay(figures)
    assert timedelta() <= delay <= timedelta(seconds=8)
    assert bool(delay) is (consecutive >= 5)
