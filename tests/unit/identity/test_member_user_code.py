"""REG-3 to REG-6 and REG-8: user code, policies of plans, hint, recovery answer, display name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.identity.data import load_rules
from services.identity.domain.answers import MOTHERS_FIRST_NAME
from services.identity.domain.errors import (
    AnswerInvalidError,
    HintNotOfferedError,
    HintRevealingError,
    NameInvalidError,
    PasswordPersonalError,
    PasswordsDifferError,
    PasswordTooShortError,
    RegistrationNotConfirmedError,
    StepOutOfOrderError,
    UserCodeInvalidError,
    UserCodeTakenError,
)
from services.identity.domain.hints import HINT_PURPOSE
from services.identity.domain.plans import PlanRules, Rules
from services.identity.domain.roster import Dossier
from shared.contracts.identity.enrolment import EnrolmentView
from shared.contracts.notification import SendAccessNotice
from shared.errors import AppError
from shared.tokens import Binding
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_enrolment import Desk, facts, sealed

LONG = "une longue phrase de tortues"


def rules(**plan: Any) -> Rules:
    """The rules with another default plan."""
    loaded = load_rules()
    return replace(loaded, plans={"default": replace(loaded.plans["default"], **plan)})


@pytest.fixture
def desk() -> Desk:
    return Desk(rules=rules(hint=True))


async def proved(desk: Desk, dossier: Dossier, *, path: str = "member_user_code", **steps: str) -> str:
    """An enrolment whose mailbox is proved."""
    enrolment_id = await desk.start(path)
    await desk.submit(enrolment_id, "roster_facts", **facts(dossier))
    if path == "member_mobile":
        await desk.submit(enrolment_id, "display_name", display_name=steps.get("display_name", "Béa"))
    await desk.submit(enrolment_id, "mailbox", email=steps.get("email") or build.random_email())
    await desk.submit(enrolment_id, "code")
    return enrolment_id


async def choose(desk: Desk, enrolment_id: str, **changes: str | None) -> EnrolmentView:
    """The last step."""
    values: dict[str, str | None] = {
        "user_code": build.random_user_code(),
        "password": build.PASSWORD,
        "recovery_answer": "Émile-Jeanne",
        **changes,
    }
    data: dict[str, Any] = {
        name: value if name == "user_code" else sealed(value, enrolment_id, use=name)
        for name, value in values.items()
        if value is not None
    }
    view, _ = await desk.submit(enrolment_id, "user_code", **data)
    return view


@pytest.mark.req("REG-3")
async def test_the_confirmation_shows_the_user_code_which_signs_in(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id = await proved(desk, dossier, email="ana@example.org")
    view = await choose(desk, enrolment_id, user_code="Beatrice84")
    assert view.account is not None
    assert (view.current, view.account.user_name) == (None, "Beatrice84")
    account = await desk.accounts.get_by_user_name("BEATRICE84")
    assert account is not None
    assert (account.email, account.display_name) == ("ana@example.org", dossier.member.display_name)
    assert await build.hashing().verify(build.PASSWORD, account.password)


@pytest.mark.req("REG-3", "R3")
async def test_r3_there_is_no_account_and_no_code_to_choose_before_the_mailbox_is_proved(desk: Desk) -> None:
    enrolment_id = await desk.start("member_user_code")
    await desk.submit(enrolment_id, "roster_facts", **facts(await desk.on_roster()))
    with pytest.raises(StepOutOfOrderError):
        await choose(desk, enrolment_id)
    await desk.submit(enrolment_id, "mailbox", email=build.random_email())
    with pytest.raises(StepOutOfOrderError):
        await choose(desk, enrolment_id)


@pytest.mark.req("R2", "REG-3")
async def test_r2_what_the_mailbox_vouched_for_does_not_change_any_more(desk: Desk) -> None:
    enrolment_id = await proved(desk, await desk.on_roster())
    with pytest.raises(StepOutOfOrderError):
        await desk.submit(enrolment_id, "roster_facts", **facts(await desk.on_roster()))
    with pytest.raises(StepOutOfOrderError):
        await desk.submit(enrolment_id, "mailbox", email=build.random_email())
    assert (await desk.get(enrolment_id)).current == "user_code"


@pytest.mark.req("REG-3")
@pytest.mark.parametrize("code", ["abcd", "a" * 37, "béatrice84", "bea 84", "bea-84", "bea84@x", "bea84\n5", "béa_84"])
async def test_a_user_code_has_5_to_36_letters_and_digits_and_nothing_else(desk: Desk, code: str) -> None:
    enrolment_id = await proved(desk, await desk.on_roster())
    with pytest.raises(UserCodeInvalidError):
        await choose(desk, enrolment_id, user_code=code)


@pytest.mark.req("REG-3")
@pytest.mark.parametrize("code", ["abcde", "A1b2C" + "9" * 31])
async def test_the_shortest_and_the_longest_user_code_are_taken(desk: Desk, code: str) -> None:
    view = await choose(desk, await proved(desk, await desk.on_roster()), user_code=code)
    assert view.account is not None
    assert view.account.user_name == code


@pytest.mark.req("REG-3")
async def test_a_user_code_that_somebody_has_is_refused_and_another_can_be_chosen(desk: Desk) -> None:
    await desk.registered(user_name="beatrice84")
    enrolment_id = await proved(desk, await desk.on_roster())
    with pytest.raises(UserCodeTakenError):
        await choose(desk, enrolment_id, user_code="BEATRICE84")
    assert (await choose(desk, enrolment_id, user_code="beatrice85")).account is not None


@pytest.mark.req("REG-4")
async def test_the_password_may_be_typed_twice_and_must_be_the_same(desk: Desk) -> None:
    enrolment_id = await proved(desk, await desk.on_roster())
    with pytest.raises(PasswordsDifferError):
        await choose(desk, enrolment_id, password_repeat="Tortue-Verte-89")
    assert (await choose(desk, enrolment_id, password_repeat=build.PASSWORD)).account is not None


@pytest.mark.req("REG-4")
async def test_a_plan_may_ask_for_the_modern_policy(desk: Desk) -> None:
    modern = Desk(rules=rules(password_policy="modern", paths=frozenset({"member_user_code"})))
    enrolment_id = await proved(modern, await modern.on_roster())
    with pytest.raises(PasswordTooShortError):
        await choose(modern, enrolment_id, password="Tortue-88")
    assert (await choose(modern, enrolment_id, password=LONG)).account is not None
    source = await proved(desk, await desk.on_roster())
    assert (await choose(desk, source, password="Tortue-88")).account is not None


@pytest.mark.req("REG-4")
@pytest.mark.parametrize(
    "password",
    ["Beatrice84!x", "1980-02-29Abc", "Lachance-2026", "Xx-Noemie-77"],
    ids=["code", "birth", "last", "first"],
)
async def test_the_password_holds_nothing_that_others_know_of_the_person(desk: Desk, password: str) -> None:
    dossier = await desk.on_roster(build.person(first_name="Noémie", last_name="Lachance"))
    enrolment_id = await proved(desk, dossier)
    with pytest.raises(PasswordPersonalError):
        await choose(desk, enrolment_id, user_code="beatrice84", password=password)


@pytest.mark.req("REG-5")
async def test_a_hint_is_kept_sealed_for_identity_alone_where_the_plan_keeps_hints(desk: Desk) -> None:
    view = await choose(desk, await proved(desk, await desk.on_roster()), hint="l’animal de mon enfance")
    assert view.account is not None
    recovery = await desk.recoveries.get(view.account.account_id)
    assert recovery is not None
    assert recovery.hint is not None
    assert "animal" not in recovery.hint
    binding = Binding(HINT_PURPOSE, view.account.account_id)
    assert keys.opener("identity").open(recovery.hint, binding=binding, now=desk.now) == "l’animal de mon enfance"


@pytest.mark.req("REG-5")
@pytest.mark.parametrize("hint", ["c’est ma TORTUE", "t o r t u e", "88-etreV-eutroT"])
async def test_a_hint_that_gives_the_password_away_is_refused(desk: Desk, hint: str) -> None:
    enrolment_id = await proved(desk, await desk.on_roster())
    with pytest.raises(HintRevealingError):
        await choose(desk, enrolment_id, hint=hint)


@pytest.mark.req("REG-5")
async def test_plans_keep_no_hints_unless_they_say_so() -> None:
    assert not PlanRules(code="X", paths=frozenset()).hint
    desk = Desk(rules=rules(hint=False))
    enrolment_id = await proved(desk, await desk.on_roster())
    with pytest.raises(HintNotOfferedError):
        await choose(desk, enrolment_id, hint="l’animal de mon enfance")
    view = await choose(desk, enrolment_id)
    assert view.account is not None
    recovery = await desk.recoveries.get(view.account.account_id)
    assert recovery is not None
    assert recovery.hint is None


@pytest.mark.req("REG-6")
async def test_the_recovery_answer_is_hashed_in_the_form_in_which_it_is_compared(desk: Desk) -> None:
    view = await choose(desk, await proved(desk, await desk.on_roster()), recovery_answer=" ÉMILE - Jeanne ")
    assert view.account is not None
    recovery = await desk.recoveries.get(view.account.account_id)
    assert recovery is not None
    ((question, encoded),) = recovery.answers
    assert (question, encoded[:10]) == (MOTHERS_FIRST_NAME, "$argon2id$")
    assert await build.hashing().verify("emilejeanne", encoded)


@pytest.mark.req("REG-6")
async def test_an_empty_recovery_answer_is_refused(desk: Desk) -> None:
    enrolment_id = await proved(desk, await desk.on_roster())
    with pytest.raises(AnswerInvalidError):
        await choose(desk, enrolment_id, recovery_answer=" - ")


@pytest.mark.req("REG-8")
async def test_the_name_to_show_personalises_the_account_and_not_the_roster(desk: Desk) -> None:
    dossier = await desk.on_roster()
    view = await choose(desk, await proved(desk, dossier, path="member_mobile", display_name="  Béa   la  grande "))
    assert view.account is not None
    assert view.account.display_name == "Béa la grande"
    assert await desk.dossiers.get(dossier.dossier_id) == dossier


@pytest.mark.req("REG-8")
@pytest.mark.parametrize("name", ["   ", "1234", "Béa\u202eGnal", "Béa\x00"])
async def test_a_name_that_no_screen_can_show_is_refused(desk: Desk, name: str) -> None:
    enrolment_id = await desk.start("member_mobile")
    await desk.submit(enrolment_id, "roster_facts", **facts(await desk.on_roster()))
    with pytest.raises(NameInvalidError):
        await desk.submit(enrolment_id, "display_name", display_name=name)


@pytest.mark.req("REG-8", "REG-21")
async def test_wrong_facts_lead_to_a_mail_with_what_to_say_and_to_no_account(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id = await desk.start("member_mobile")
    await desk.submit(enrolment_id, "roster_facts", **facts(dossier, birth_date="1931-01-01"))
    await desk.submit(enrolment_id, "display_name", display_name="Béa")
    _, work = await desk.submit(enrolment_id, "mailbox", email="ana@example.org")
    [command] = work.commands
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email) == ("registration_not_matched", "ana@example.org")
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("REG-21")
async def test_a_plan_that_does_not_open_the_path_looks_like_wrong_facts() -> None:
    desk = Desk(rules=rules(paths=frozenset({"member_email"})))
    enrolment_id = await desk.start("member_user_code")
    await desk.submit(enrolment_id, "roster_facts", **facts(await desk.on_roster()))
    _, work = await desk.submit(enrolment_id, "mailbox", email=build.random_email())
    [command] = work.commands
    assert isinstance(command, SendAccessNotice)
    assert command.kind == "registration_not_matched"


@pytest.mark.req("REG-3", "R3")
@pytest.mark.parametrize("taken", ["dossier", "address"])
async def test_r3_whoever_was_faster_with_the_dossier_or_the_address_wins(desk: Desk, taken: str) -> None:
    dossier = await desk.on_roster()
    enrolment_id = await proved(desk, dossier, email="ana@example.org")
    faster = {"dossiers": (dossier.number,)} if taken == "dossier" else {"email": "ana@example.org"}
    await desk.registered(**faster)
    with pytest.raises(RegistrationNotConfirmedError):
        await choose(desk, enrolment_id)


@pytest.mark.req("REG-18")
async def test_online_services_open_after_the_waiting_time_of_the_plan() -> None:
    desk = Desk(rules=rules(wait=timedelta(minutes=30)))
    view = await choose(desk, await proved(desk, await desk.on_roster()))
    assert view.account is not None
    assert view.account.opens_at == desk.now + timedelta(minutes=30)
    assert "not_open_yet" in view.account.restrictions


async def test_refusals_write_nothing(desk: Desk) -> None:
    enrolment_id = await proved(desk, await desk.on_roster())
    before = await desk.flows.get(enrolment_id)
    with pytest.raises(AppError):
        await choose(desk, enrolment_id, password="short")
    assert await desk.flows.get(enrolment_id) == before
    assert desk.recoveries.rows == {}
