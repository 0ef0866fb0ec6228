"""Signing in (security reference L1 to L6 and L8)."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from services.edge.auth.codes import challenge_key
from shared.contracts.edge import SignedIn
from shared.contracts.identity import GetAccount, VerifyCredentials
from shared.contracts.notification import SendCode
from shared.errors import Forbidden, NotFound, Rejected, Throttled, Transient
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import PASSWORD, Edge, account_view, other_than


@pytest.mark.req("LOG-1", "L1")
async def test_l1_the_right_password_alone_opens_nothing(edge: Edge) -> None:
    edge.knows(account_view())

    challenge_id = await edge.start_sign_in()

    answer = await edge.client.get("/me", headers={"authorization": f"Bearer {challenge_id}"})
    assert answer.status_code == 401
    assert edge.sessions.rows == {}
    assert edge.unit_of_work.events == []


@pytest.mark.req("LOG-1")
async def test_password_and_code_open_a_session_for_the_first_dossier(edge: Edge) -> None:
    account = account_view(dossiers=2, language="en")
    edge.knows(account)

    tokens = await edge.sign_in()

    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600
    assert tokens["dossier_id"] == account.dossiers[0].dossier_id
    actor = edge.backend.access.verify(tokens["access_token"]).actor
    assert (actor.account_id, actor.roles, actor.language) == (account.account_id, ("member",), "en")
    assert actor.dossier_id == account.dossiers[0].dossier_id
    [event] = edge.unit_of_work.events
    assert event == SignedIn(account_id=account.account_id, session_id=tokens["session_id"], signed_in_at=edge.clock())


@pytest.mark.req("LOG-1")
async def test_the_password_travels_sealed_for_identity_and_this_user_name_only(edge: Edge) -> None:
    edge.knows(account_view())

    await edge.start_sign_in()

    [command] = edge.rpc.of(VerifyCredentials)
    assert PASSWORD not in command.model_dump_json()
    binding = Binding("password", command.user_name)
    assert keys.opener("identity").open(command.password, binding=binding, now=edge.clock()) == PASSWORD


@pytest.mark.req("LOG-1")
async def test_the_code_goes_to_the_account_and_dies_in_the_queue_when_it_expires(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)

    await edge.start_sign_in()

    [command] = edge.unit_of_work.commands
    assert isinstance(command, SendCode)
    assert (command.purpose, command.account_id, command.email) == ("sign_in", account.account_id, None)
    [outgoing] = edge.unit_of_work.outgoing
    assert outgoing.persistent
    assert outgoing.expires_at == command.code.expires_at == edge.clock() + timedelta(minutes=10)


@pytest.mark.parametrize(
    "refusal",
    [
        Rejected("identity.invalid_credentials"),
        NotFound("identity.account_unknown"),
        Forbidden("identity.account_disabled"),
    ],
)
@pytest.mark.req("LOG-1")
async def test_every_refusal_of_credentials_looks_the_same(edge: Edge, refusal: Rejected) -> None:
    edge.rpc.replies[VerifyCredentials] = refusal

    answer = await edge.client.post("/sign-in", json={"user_name": "nobody", "password": "wrong"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in.refused"
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_busy_identity_is_told_with_the_time_to_wait(edge: Edge) -> None:
    edge.rpc.replies[VerifyCredentials] = Throttled("identity.busy", retry_after_seconds=7)

    answer = await edge.client.post("/sign-in", json={"user_name": "alice", "password": PASSWORD})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


@pytest.mark.req("LOG-1", "L2")
async def test_l2_a_code_is_worth_nothing_in_another_browsers_challenge(edge: Edge) -> None:
    edge.knows(account_view())
    first = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]
    second = await edge.start_sign_in()
    if edge.mailed_codes()[-1] == code:
        pytest.skip("one chance in a million: both codes are the same")

    assert (await edge.enter(second, code)).json()["code"] == "code.wrong"
    assert (await edge.enter(challenge_key(first), code)).json()["code"] == "code.challenge_ended"
    assert (await edge.enter(first, code)).status_code == 200


@pytest.mark.req("LOG-1", "L3")
async def test_l3_twenty_right_codes_at_once_open_exactly_one_session(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]

    answers = await asyncio.gather(*(edge.enter(challenge_id, code) for _ in range(20)))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert len(edge.sessions.rows) == 1
    assert len(edge.unit_of_work.events) == 1


@pytest.mark.req("LOG-1", "L4")
async def test_l4_of_fifty_wrong_codes_five_are_looked_at_and_the_right_one_comes_too_late(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]

    answers = await asyncio.gather(*(edge.enter(challenge_id, other_than(code)) for _ in range(50)))

    assert Counter(answer.json()["code"] for answer in answers) == {"code.wrong": 5, "code.challenge_ended": 45}
    assert (await edge.enter(challenge_id, code)).status_code == 409
    assert edge.sessions.rows == {}


@pytest.mark.req("LOG-1", "L4")
async def test_l4_the_tries_left_are_told(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()

    answer = await edge.enter(challenge_id, other_than(edge.mailed_codes()[-1]))

    assert answer.status_code == 422
    assert "4" in answer.json()["detail"]


@pytest.mark.req("LOG-2", "L4")
async def test_l4_a_new_code_buys_no_new_tries(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    for _ in range(4):
        await edge.enter(challenge_id, other_than(edge.mailed_codes()[-1]))
    edge.clock.advance(seconds=61)
    assert (await edge.client.post(f"/sign-in/{challenge_id}/resend")).status_code == 202
    known = set(edge.mailed_codes())

    wrong = next(code for code in ("111111", "222222", "333333") if code not in known)
    assert (await edge.enter(challenge_id, wrong)).json()["code"] == "code.wrong"
    assert (await edge.enter(challenge_id, edge.mailed_codes()[-1])).json()["code"] == "code.challenge_ended"


@pytest.mark.req("LOG-2", "L4")
async def test_l4_fifty_tries_a_day_hold_across_challenges(edge: Edge) -> None:
    edge.knows(account_view())
    for _ in range(10):
        challenge_id = await edge.start_sign_in()
        for _ in range(5):
            await edge.enter(challenge_id, other_than(edge.mailed_codes()[-1]))
    challenge_id = await edge.start_sign_in()

    refused = await edge.enter(challenge_id, edge.mailed_codes()[-1])

    assert (refused.status_code, refused.json()["code"]) == (429, "code.tries_used_up")
    assert refused.headers["retry-after"] == str(24 * 3600)
    edge.clock.advance(days=1)
    assert (await edge.sign_in())["access_token"]


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 409), (601, 409)])
@pytest.mark.req("LOG-1", "L5")
async def test_l5_a_code_lives_ten_minutes(edge: Edge, seconds: int, status: int) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]

    edge.clock.advance(seconds=seconds)

    assert (await edge.enter(challenge_id, code)).status_code == status


@pytest.mark.req("LOG-2", "L5")
async def test_l5_the_last_two_codes_work_until_each_expires(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    for _ in range(2):
        edge.clock.advance(seconds=61)
        assert (await edge.client.post(f"/sign-in/{challenge_id}/resend")).status_code == 202
    second, third = (edge.opened(command.code) for command in edge.unit_of_work.commands[1:])  # type: ignore[attr-defined]
    [stored] = edge.challenges.rows.values()
    assert len(stored.codes) == 2

    edge.clock.advance(seconds=540)  # the second code has expired, the third has not
    if second != third:
        assert (await edge.enter(challenge_id, second)).json()["code"] == "code.wrong"
    assert (await edge.enter(challenge_id, third)).status_code == 200


@pytest.mark.req("LOG-2")
async def test_the_code_before_the_last_is_still_good(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    edge.clock.advance(seconds=61)
    await edge.client.post(f"/sign-in/{challenge_id}/resend")

    assert (await edge.enter(challenge_id, edge.mailed_codes()[0])).status_code == 200


@pytest.mark.req("LOG-2", "L6")
async def test_l6_a_resend_after_59_seconds_is_too_early_and_after_61_a_new_mail(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()

    edge.clock.advance(seconds=59)
    early = await edge.client.post(f"/sign-in/{challenge_id}/resend")
    edge.clock.advance(seconds=2)
    late = await edge.client.post(f"/sign-in/{challenge_id}/resend")

    assert (early.status_code, early.headers["retry-after"]) == (429, "1")
    assert late.status_code == 202
    assert late.json()["reference"] == edge.unit_of_work.commands[-1].code.reference  # type: ignore[attr-defined]
    assert len(edge.unit_of_work.commands) == 2


@pytest.mark.req("LOG-2", "L6")
async def test_l6_two_resends_at_once_send_one_mail(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    edge.clock.advance(seconds=61)

    answers = await asyncio.gather(*(edge.client.post(f"/sign-in/{challenge_id}/resend") for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [202, 429]
    assert len(edge.unit_of_work.commands) == 2


@pytest.mark.req("LOG-2", "L6")
async def test_l6_five_resends_per_quarter_hour(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    for _ in range(5):
        edge.clock.advance(seconds=60)
        assert (await edge.client.post(f"/sign-in/{challenge_id}/resend")).status_code == 202

    edge.clock.advance(seconds=60)
    refused = await edge.client.post(f"/sign-in/{challenge_id}/resend")

    assert (refused.status_code, refused.json()["code"]) == (429, "code.resends_used_up")
    assert refused.headers["retry-after"] == str(15 * 60 - 5 * 60)


@pytest.mark.req("LOG-2", "L6")
async def test_l6_the_twenty_first_resend_of_a_day_is_refused_with_a_clear_text(edge: Edge) -> None:
    edge.knows(account_view())
    for _ in range(20):
        challenge_id = await edge.start_sign_in()
        edge.clock.advance(minutes=16)
        assert (await edge.client.post(f"/sign-in/{challenge_id}/resend")).status_code == 202
    challenge_id = await edge.start_sign_in()
    edge.clock.advance(minutes=16)

    refused = await edge.client.post(f"/sign-in/{challenge_id}/resend", headers={"accept-language": "en"})

    assert (refused.status_code, refused.json()["title"]) == (429, "Too many codes requested")


@pytest.mark.req("LOG-1", "L8")
async def test_l8_a_code_shows_in_no_stored_row_answer_log_or_message(
    edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]

    wrong = other_than(code)
    refused = await edge.enter(challenge_id, wrong)
    malformed = await edge.enter(challenge_id, f"{code}9")
    opened = await edge.enter(challenge_id, code)

    shown = capsys.readouterr()
    everything = "".join(
        [
            repr(edge.challenges.rows),
            repr(edge.budgets.rows),
            *(repr(outgoing) for outgoing in edge.unit_of_work.outgoing),
            refused.text,
            malformed.text,
            opened.text,
            shown.out.replace(challenge_id, ""),
            shown.err,
        ]
    )
    assert opened.status_code == 200
    assert f"{code}9" not in everything
    assert all(f'"{secret}"' not in everything and f"'{secret}'" not in everything for secret in (code, wrong))


@pytest.mark.parametrize("typed", ["{0}-{1}", " {0} {1} ", "{0}\u202f{1}", "{0}\u2013{1}"])
@pytest.mark.req("LOG-1", "L9")
async def test_l9_spaces_and_dashes_in_a_typed_code_do_not_matter(edge: Edge, typed: str) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    code = edge.mailed_codes()[-1]

    assert (await edge.enter(challenge_id, typed.format(code[:3], code[3:]))).status_code == 200


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "١٢٣٤٥٦"])
@pytest.mark.req("LOG-1", "L9")
async def test_l9_what_is_not_six_digits_costs_no_try(edge: Edge, typed: str) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()

    answer = await edge.enter(challenge_id, typed)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "validation.code_shape")
    assert [row.tries for row in edge.challenges.rows.values()] == [0]


@pytest.mark.req("K8")
async def test_an_account_closed_after_the_password_gets_no_session(edge: Edge) -> None:
    edge.knows(account_view())
    challenge_id = await edge.start_sign_in()
    edge.rpc.replies[GetAccount] = NotFound("identity.account_unknown")

    answer = await edge.enter(challenge_id, edge.mailed_codes()[-1])

    assert answer.status_code == 401
    assert edge.sessions.rows == {}


async def test_a_code_survives_an_outage_between_code_and_session(edge: Edge) -> None:
    account = account_view()
    edge.knows(account)
    challenge_id = await edge.start_sign_in()
    edge.unit_of_work.error = Transient("database.unavailable")
    assert (await edge.enter(challenge_id, edge.mailed_codes()[-1])).status_code == 503

    edge.unit_of_work.error = None

    assert (await edge.enter(challenge_id, edge.mailed_codes()[-1])).status_code == 200
