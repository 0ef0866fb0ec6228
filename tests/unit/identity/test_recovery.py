"""Recovery (LOG-3, LOG-4, LOG-5): the steps, what they tell, and what they leave alone (F1..F8, K5)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.identity.domain.accounts import Status
from services.identity.domain.answers import MOTHERS_FIRST_NAME, RecoveryRecord
from services.identity.domain.errors import AnswerInvalidError, PasswordCommonError, PasswordPersonalError
from services.identity.domain.recovery import LIFETIME
from services.identity.domain.safeguard_errors import NoAnswersError, RecoveryBlockedError, RecoveryUnknownError
from services.identity.handlers.accounts import verify_credentials
from services.identity.handlers.views import AccountViews
from services.identity.wiring.credentials import recovery_over
from shared.contracts.identity import AccountView
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.recovery import RecoveryStarted, ResendRecoveryCode, StartRecovery
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_safeguards import ANSWERS, NEW_PASSWORD, NUMBER, WRONG, Desk, hashed, sealed


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def signs_in(desk: Desk, user_name: str, password: str) -> AccountView:
    return await verify_credentials(
        build.received(build.verify_credentials(user_name, password)),
        accounts=desk.accounts,
        opener=keys.opener("identity"),
        hashing=build.hashing(),
        views=AccountViews(clock=desk.clock),
        subjects=build.subjects(),
        clock=desk.clock,
    )


@pytest.mark.req("LOG-3", "F3", "F4")
async def test_f3_f4_a_new_password_ends_all_sessions_and_tells_the_owner(desk: Desk) -> None:
    member = await desk.member()
    recovery_id = await desk.start(member.email.upper(), f" {member.dossiers[0].certificate.lower()} ")
    assert (await desk.confirm(recovery_id)).step == "password"
    desk.now += timedelta(minutes=1)

    await desk.set_password(recovery_id)

    assert desk.access_changes() == [
        AccessChanged(account_id=member.account_id, changed_at=desk.now, end_sessions=True)
    ]
    view = await signs_in(desk, member.user_name, NEW_PASSWORD)
    assert view.sessions_since == desk.now
    assert [(one.kind, one.account_id) for one in desk.sent()] == [("password_changed", member.account_id)]
    assert [(act.act, act.about, act.details) for act in desk.acts()] == [
        ("authn_password_change", member.account_id, {"how": "recovery_member"})
    ]


@pytest.mark.req("LOG-3", "F1", "REG-21")
async def test_f1_the_answer_is_one_and_the_mail_tells_its_reader_alone(desk: Desk) -> None:
    member = await desk.member()
    certificate = member.dossiers[0].certificate
    for email, number in (
        (member.email, certificate),
        (member.email, "999"),
        (build.random_email(), certificate),
        (build.random_email(), "999"),
    ):
        await desk.start(email, number)
    assert [code.account_id for code in desk.codes()] == [member.account_id]
    notices = desk.sent()
    assert [one.kind for one in notices] == ["recovery_not_matched"] * 3
    assert notices[0].email == member.email
    assert all(len(work.outgoing) == 1 for work in desk.works)
    assert len(desk.recoveries.rows) == 4


@pytest.mark.req("LOG-3", "F1")
async def test_f1_a_start_delivered_twice_mails_once(desk: Desk) -> None:
    member = await desk.member()
    message = StartRecovery(
        recovery_id="recovery-1",
        method="member",
        email=member.email,
        number=member.dossiers[0].certificate,
        language="fr",
        code=build.sealed_code(),
    )
    handler = recovery_over(desk.credentials).start_recovery
    assert [await desk.run(message, handler) for _ in range(2)] == [RecoveryStarted(recovery_id="recovery-1")] * 2
    assert len(desk.codes()) == 1


@pytest.mark.req("LOG-2", "LOG-3")
async def test_a_code_or_the_same_notice_goes_out_again(desk: Desk) -> None:
    member = await desk.member()
    handler = recovery_over(desk.credentials).resend_recovery_code
    for number in (member.dossiers[0].certificate, "999"):
        recovery_id = await desk.start(member.email, number)
        await desk.run(ResendRecoveryCode(recovery_id=recovery_id, code=build.sealed_code()), handler)
    assert len(desk.codes()) == 2
    assert len(desk.sent("recovery_not_matched")) == 2


@pytest.mark.req("LOG-3", "F8")
async def test_f8_asking_changes_nothing_of_the_account(desk: Desk) -> None:
    member = await desk.member()
    for _ in range(10):
        await desk.confirm(await desk.start(member.email, member.dossiers[0].certificate))
    assert await desk.accounts.get(member.account_id) == member
    assert (desk.access_changes(), desk.sent(), desk.acts()) == ([], [], [])


@pytest.mark.req("LOG-3", "F2", "F8")
async def test_f2_no_password_before_the_code_nor_after_the_end(desk: Desk) -> None:
    member = await desk.member()
    recovery_id = await desk.start(member.email, member.dossiers[0].certificate)
    with pytest.raises(RecoveryUnknownError):
        await desk.set_password(recovery_id)
    with pytest.raises(RecoveryUnknownError):
        await desk.view(recovery_id)
    await desk.confirm(recovery_id)
    await desk.set_password(recovery_id)
    with pytest.raises(RecoveryUnknownError):
        await desk.set_password(recovery_id, "Un-Autre-Mot-77")
    with pytest.raises(RecoveryUnknownError):
        await desk.confirm(recovery_id)
    assert await desk.has_password(member, NEW_PASSWORD)


@pytest.mark.req("LOG-3")
async def test_a_recovery_ends_after_half_an_hour(desk: Desk) -> None:
    member = await desk.member()
    recovery_id = await desk.start(member.email, member.dossiers[0].certificate)
    await desk.confirm(recovery_id)
    desk.now += LIFETIME
    with pytest.raises(RecoveryUnknownError):
        await desk.set_password(recovery_id)
    assert await desk.has_password(member, build.PASSWORD)


@pytest.mark.req("LOG-3")
async def test_nobodys_recovery_cannot_go_on_even_with_a_code(desk: Desk) -> None:
    recovery_id = await desk.start(build.random_email(), "123")
    with pytest.raises(RecoveryUnknownError):
        await desk.confirm(recovery_id)


@pytest.mark.req("LOG-3")
async def test_a_disabled_account_is_not_recovered(desk: Desk) -> None:
    gone = await desk.member(status=Status.DISABLED)
    await desk.start(gone.email, gone.dossiers[0].certificate)
    assert (desk.codes(), len(desk.sent("recovery_not_matched"))) == ([], 1)

    member = await desk.member()
    recovery_id = await desk.start(member.email, member.dossiers[0].certificate)
    await desk.confirm(recovery_id)
    await desk.accounts.save(replace(member, status=Status.DISABLED))
    with pytest.raises(RecoveryUnknownError):
        await desk.set_password(recovery_id)


@pytest.mark.req("LOG-3", "REG-4")
@pytest.mark.parametrize(("password", "error"), [("P@ssw0rd", PasswordCommonError)])
async def test_the_new_password_follows_the_policy(desk: Desk, password: str, error: type[Exception]) -> None:
    member = await desk.member()
    recovery_id = await desk.start(member.email, member.dossiers[0].certificate)
    await desk.confirm(recovery_id)
    with pytest.raises(error):
        await desk.set_password(recovery_id, password)
    with pytest.raises(PasswordPersonalError):
        await desk.set_password(recovery_id, f"Ab-{member.dossiers[0].certificate}")
    await desk.set_password(recovery_id)


@pytest.mark.req("LOG-5", "REG-15")
async def test_a_temporary_password_is_replaced_for_good(desk: Desk) -> None:
    provider = await desk.provider(temporary_until=build.NOW + timedelta(days=15))
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    await desk.confirm(recovery_id)
    await desk.answer(recovery_id, ANSWERS)
    await desk.set_password(recovery_id)
    known = await desk.accounts.get(provider.account_id)
    assert known is not None
    assert known.temporary_until is None


@pytest.mark.req("LOG-5", "F5", "F6")
async def test_f6_a_provider_answers_everything_and_gets_the_user_name_by_mail(desk: Desk) -> None:
    provider = await desk.provider()
    recovery_id = await desk.start(provider.email, "012 345 678", method="provider")
    first = await desk.confirm(recovery_id)
    assert (first.step, set(first.questions)) == ("answers", set(ANSWERS))
    with pytest.raises(RecoveryUnknownError):
        await desk.set_password(recovery_id)

    retyped = {"first_pet": "paquerette", "first_car": " CIVIC-bleue", "parents_met": "trois rivieres"}
    checked = await desk.answer(recovery_id, retyped)

    assert checked.verdict == "right"
    [told] = desk.sent("user_name")
    assert (told.account_id, told.values) == (provider.account_id, {"user_name": "D-012345678"})
    assert (await desk.view(recovery_id)).step == "password"
    await desk.set_password(recovery_id)
    assert await desk.has_password(provider, NEW_PASSWORD)


@pytest.mark.req("LOG-5", "F6")
async def test_f6_one_wrong_answer_is_like_three_and_the_questions_stay(desk: Desk) -> None:
    provider = await desk.provider()
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    questions = (await desk.confirm(recovery_id)).questions
    one_wrong = await desk.answer(recovery_id, WRONG)
    again = await desk.start(provider.email, NUMBER, method="provider")
    assert (await desk.confirm(again)).questions == questions
    all_wrong = await desk.answer(again, dict.fromkeys(ANSWERS, "rien du tout"))
    assert one_wrong.model_dump() == {"verdict": "wrong", "tries_left": 2}
    assert all_wrong.model_dump() == {"verdict": "wrong", "tries_left": 1}


@pytest.mark.req("LOG-4", "LOG-5", "F5")
async def test_f5_three_wrong_answers_block_for_a_day_and_the_owner_is_told(desk: Desk) -> None:
    provider = await desk.provider()
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    await desk.confirm(recovery_id)
    verdicts = [(await desk.answer(recovery_id, WRONG)).verdict for _ in range(3)]
    assert verdicts == ["wrong", "wrong", "blocked"]
    with pytest.raises(RecoveryBlockedError):
        await desk.answer(recovery_id, ANSWERS)
    again = await desk.start(provider.email, NUMBER, method="provider")
    with pytest.raises(RecoveryBlockedError) as refusal:
        await desk.confirm(again)
    assert refusal.value.params["retry_after_seconds"] == 86_400
    assert [one.account_id for one in desk.sent("recovery_blocked")] == [provider.account_id]
    assert [act.act for act in desk.acts()] == ["authn_login_fail", "authn_login_fail", "authn_login_fail_max"]
    assert await desk.has_password(provider, build.PASSWORD)

    desk.now += timedelta(days=1)
    later = await desk.start(provider.email, NUMBER, method="provider")
    await desk.confirm(later)
    assert (await desk.answer(later, ANSWERS)).verdict == "right"
    assert desk.records.rows[provider.account_id].misses == 0


@pytest.mark.req("LOG-5", "F5")
async def test_f5_of_fifty_attempts_at_once_three_are_compared(desk: Desk) -> None:
    provider = await desk.provider()
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    await desk.confirm(recovery_id)
    answers = await asyncio.gather(*(desk.answer(recovery_id, WRONG) for _ in range(50)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 3
    assert sum(isinstance(one, RecoveryBlockedError) for one in answers) == 47
    assert len(desk.sent("recovery_blocked")) == 1


@pytest.mark.req("LOG-5", "F6")
@pytest.mark.parametrize(
    "answers", [{}, {"first_pet": "Pâquerette"}, ANSWERS | {"first_flight": "Gaspé"}, ANSWERS | {"first_pet": "-"}]
)
async def test_answers_to_other_questions_are_not_even_counted(desk: Desk, answers: dict[str, str]) -> None:
    provider = await desk.provider()
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    await desk.confirm(recovery_id)
    with pytest.raises(AnswerInvalidError):
        await desk.answer(recovery_id, answers)
    assert desk.records.rows[provider.account_id].misses == 0


@pytest.mark.req("LOG-5")
async def test_a_provider_without_answers_is_helped_by_a_person(desk: Desk) -> None:
    provider = await desk.provider(answers={})
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    with pytest.raises(NoAnswersError):
        await desk.confirm(recovery_id)


@pytest.mark.req("LOG-5")
async def test_a_members_certificate_is_no_provider_number(desk: Desk) -> None:
    member, provider = await desk.member(), await desk.provider()
    await desk.start(member.email, member.dossiers[0].certificate, method="provider")
    await desk.start(provider.email, NUMBER, method="member")
    assert desk.codes() == []


async def with_hint(desk: Desk, *, allowed: bool) -> str:
    dossier = build.dossier(plan_code="HINTED")
    await desk.dossiers.save_all([dossier])
    if allowed:
        plans = dict(desk.rules.plans) | {"HINTED": replace(desk.rules.plan("default"), code="HINTED", hint=True)}
        desk.rules = replace(desk.rules, plans=plans)
    member = await desk.member(dossiers=(dossier.number,))
    record = RecoveryRecord(
        account_id=member.account_id,
        hint=sealed("la rivière de mon enfance", "hint", member.account_id),
        answers=await hashed({MOTHERS_FIRST_NAME: "Émilie-Rose"}),
    )
    await desk.records.save(record)
    return await desk.start(member.email, dossier.number.certificate, method="hint")


@pytest.mark.req("LOG-4", "F5")
async def test_f5_hint_and_mothers_first_name_come_after_the_code(desk: Desk) -> None:
    recovery_id = await with_hint(desk, allowed=True)
    with pytest.raises(RecoveryUnknownError):
        await desk.view(recovery_id)
    view = await desk.confirm(recovery_id)
    assert (view.step, view.questions, view.hint) == ("answers", (MOTHERS_FIRST_NAME,), "la rivière de mon enfance")
    assert "rivière" not in repr(view)
    assert (await desk.answer(recovery_id, {MOTHERS_FIRST_NAME: "emilie rose"})).verdict == "right"
    assert desk.sent("user_name") == []
    await desk.set_password(recovery_id)


@pytest.mark.req("LOG-4", "F5")
async def test_f5_no_plan_shows_hints_unless_it_says_so(desk: Desk) -> None:
    view = await desk.confirm(await with_hint(desk, allowed=False))
    assert (view.questions, view.hint) == ((MOTHERS_FIRST_NAME,), None)
