"""Recovery at the edge (LOG-3, LOG-4, LOG-5; F1, F2, F3, F6)."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from services.edge.auth.figures import LockoutFigures
from services.edge.auth.lockout import Lockout, lock_key
from shared.contracts.identity import AccountView, GetAccount
from shared.contracts.identity.recovery import (
    AnswerRecovery,
    AnswersChecked,
    ConfirmRecovery,
    GetRecovery,
    PasswordRecovered,
    RecoveryStarted,
    RecoveryView,
    ResendRecoveryCode,
    SetRecoveredPassword,
    StartRecovery,
)
from shared.contracts.identity.security import GetSignInSubject, SignInSubject
from shared.errors import Transient
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import PASSWORD, Edge, account_view, other_than

ANSWERS = {"first_pet": "Pâquerette", "first_car": "Civic", "wedding_city": "Laval"}


@pytest.fixture
def recovering(edge: Edge) -> Edge:
    """Identity lets anybody recover, as a provider."""

    def started(message: Any) -> RecoveryStarted:
        return RecoveryStarted(recovery_id=message.recovery_id)

    def view(message: Any) -> RecoveryView:
        return RecoveryView(
            recovery_id=message.recovery_id, step="answers", questions=tuple(ANSWERS), expires_at=edge.clock()
        )

    edge.rpc.replies |= {
        StartRecovery: started,
        ResendRecoveryCode: started,
        ConfirmRecovery: started,
        GetRecovery: view,
        AnswerRecovery: AnswersChecked(verdict="right", tries_left=2),
        SetRecoveredPassword: PasswordRecovered(account_id="account-1"),
        GetSignInSubject: SignInSubject(subject="subject-1"),
    }
    return edge


async def start(edge: Edge, **changes: str) -> httpx.Response:
    body = {"method": "provider", "email": "alice@example.org", "number": "012345678", "language": "fr"}
    return await edge.client.post("/recoveries", json=body | changes)


async def begun(edge: Edge) -> str:
    return str((await start(edge)).json()["recovery_id"])


async def confirm(edge: Edge, recovery_id: str, code: str) -> httpx.Response:
    return await edge.client.post(f"/recoveries/{recovery_id}/code", json={"code": code})


@pytest.mark.req("LOG-5", "F2")
async def test_f2_code_answers_password_and_no_session(recovering: Edge) -> None:
    recovery_id = await begun(recovering)
    confirmed = await confirm(recovering, recovery_id, recovering.mailed_codes()[-1])
    path = f"/recoveries/{recovery_id}"
    answered = await recovering.client.post(f"{path}/answers", json={"answers": ANSWERS})
    done = await recovering.client.put(f"{path}/password", json={"new_password": PASSWORD})

    assert confirmed.json()["questions"] == list(ANSWERS)
    assert confirmed.json()["recovery_id"] == recovery_id
    assert (confirmed.status_code, answered.status_code, done.status_code) == (200, 200, 204)
    assert "token" not in confirmed.text + answered.text + done.text
    assert recovering.sessions.rows == {}
    key = recovering.rpc.of(StartRecovery)[0].recovery_id
    [answer], [password] = recovering.rpc.of(AnswerRecovery), recovering.rpc.of(SetRecoveredPassword)
    opener, now = keys.opener("identity"), recovering.clock()
    assert orjson.loads(opener.open(answer.answers, binding=Binding("answers", key), now=now)) == ANSWERS
    assert opener.open(password.password, binding=Binding("password", key), now=now) == PASSWORD
    wire = "".join(asked.message.model_dump_json() for asked in recovering.rpc.asked)
    assert not [secret for secret in (recovery_id, PASSWORD, "Pâquerette") if secret in wire]


@pytest.mark.req("LOG-3", "LOG-11", "K5")
async def test_k5_a_recovery_goes_through_while_sign_in_is_locked_and_opens_it(recovering: Edge) -> None:
    key = lock_key("subject-1", None)
    failures = LockoutFigures().failures.count
    stopped = Lockout(key=key, subject="subject-1", consecutive=100, recent=(recovering.clock(),) * failures)
    assert await recovering.lockouts.save(stopped, purge_at=recovering.clock() + timedelta(days=1))
    recovery_id = await begun(recovering)
    await confirm(recovering, recovery_id, recovering.mailed_codes()[-1])
    path = f"/recoveries/{recovery_id}"
    await recovering.client.post(f"{path}/answers", json={"answers": ANSWERS})
    assert (await recovering.client.put(f"{path}/password", json={"new_password": PASSWORD})).status_code == 204
    opened = await recovering.lockouts.get(key)
    assert opened is None or not opened.locked(recovering.clock(), LockoutFigures())


@pytest.mark.req("LOG-3", "REG-21", "F1")
async def test_f1_the_answer_has_the_same_shape_for_everybody(recovering: Edge) -> None:
    answers = [
        await start(recovering, **changes)
        for changes in ({}, {"method": "member"}, {"method": "hint"}, {"email": "nobody@example.org"}, {"number": "9"})
    ]
    assert {(answer.status_code, tuple(answer.json()), len(answer.content)) for answer in answers} == {
        (202, tuple(answers[0].json()), len(answers[0].content))
    }


@pytest.mark.req("LOG-3", "F1", "F8")
async def test_five_requests_a_day_for_one_mailbox_known_or_not(recovering: Edge) -> None:
    written = ("alice@example.org", "Alice@Example.org", " ALICE@EXAMPLE.ORG")
    answers = [await start(recovering, email=written[turn % 3]) for turn in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert answers[-1].json()["code"] == "recovery.requests_used_up"
    assert (await start(recovering, email="bob@example.org")).status_code == 202
    recovering.clock.advance(days=1)
    assert (await start(recovering)).status_code == 202


@pytest.mark.req("LOG-2", "LOG-3")
async def test_another_code_after_a_minute(recovering: Edge) -> None:
    recovery_id = await begun(recovering)
    assert (await recovering.client.post(f"/recoveries/{recovery_id}/resend")).status_code == 429
    recovering.clock.advance(seconds=60)
    again = await recovering.client.post(f"/recoveries/{recovery_id}/resend")
    assert (again.status_code, again.json()["recovery_id"]) == (202, recovery_id)
    assert (await confirm(recovering, recovery_id, recovering.mailed_codes()[0])).status_code == 200


@pytest.mark.req("LOG-3", "F2")
async def test_twenty_codes_at_once_confirm_once(recovering: Edge) -> None:
    recovery_id = await begun(recovering)
    code = recovering.mailed_codes()[-1]
    answers = await asyncio.gather(*(confirm(recovering, recovery_id, code) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert len(recovering.rpc.of(ConfirmRecovery)) == 1


@pytest.mark.req("LOG-3")
async def test_the_code_stays_good_when_identity_was_away(recovering: Edge) -> None:
    recovery_id = await begun(recovering)
    code, reply = recovering.mailed_codes()[-1], recovering.rpc.replies[ConfirmRecovery]
    recovering.rpc.replies[ConfirmRecovery] = Transient("bus.no_answer")
    assert (await confirm(recovering, recovery_id, code)).status_code == 503
    recovering.rpc.replies[ConfirmRecovery] = reply
    assert (await confirm(recovering, recovery_id, code)).status_code == 200


@pytest.mark.req("LOG-1", "LOG-3", "F2")
async def test_f2_a_recovery_is_no_sign_in_and_no_registration(recovering: Edge) -> None:
    recovering.knows(account_view())
    recovery_id = await begun(recovering)
    code = recovering.mailed_codes()[-1]
    assert (await recovering.enter(recovery_id, code)).status_code == 409
    confirmation = await recovering.client.post(f"/enrolments/{recovery_id}/code", json={"code": code})
    assert confirmation.status_code == 409
    assert (await confirm(recovering, recovery_id, other_than(code))).json()["code"] == "code.wrong"
    assert recovering.sessions.rows == {}


@pytest.mark.req("LOG-5", "F5", "F6")
@pytest.mark.parametrize(
    ("verdict", "left", "status", "code"),
    [("wrong", 2, 422, "recovery.answers_wrong"), ("blocked", 0, 429, "identity.recovery_blocked")],
)
async def test_f6_wrong_answers_have_one_verdict(
    recovering: Edge, verdict: Any, left: int, status: int, code: str
) -> None:
    recovering.rpc.replies[AnswerRecovery] = AnswersChecked(verdict=verdict, tries_left=left)
    recovery_id = await begun(recovering)
    answer = await recovering.client.post(f"/recoveries/{recovery_id}/answers", json={"answers": ANSWERS})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not [word for word in (*ANSWERS, *ANSWERS.values()) if word in answer.text]


@pytest.mark.req("LOG-3", "F3")
async def test_f3_a_session_from_before_the_recovery_is_not_continued(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    tokens = await edge.sign_in()
    edge.clock.advance(seconds=5)
    assert isinstance(edge.rpc.replies[GetAccount], AccountView)
    edge.rpc.replies[GetAccount] = account.model_copy(update={"sessions_since": edge.clock()})

    refused = await edge.refresh(tokens["refresh_token"])

    assert (refused.status_code, refused.json()["code"]) == (401, "session.ended")
    edge.clock.advance(seconds=61)
    assert (await edge.refresh((await edge.sign_in())["refresh_token"])).status_code == 200
