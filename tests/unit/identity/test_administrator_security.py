"""Step-up (BNK-3) and administrator security (DEL-9; B4, B5)."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from services.identity.domain.accounts import Account
from services.identity.domain.address_changes import AddressChange
from services.identity.domain.administrator_questions import ADMINISTRATOR_LISTS
from services.identity.domain.errors import AnswerInvalidError, PasswordTooShortError
from services.identity.domain.safeguard_errors import (
    AddressChangeUnknownError,
    AdministratorAddressError,
    AdministratorChangedError,
    AdministratorNeededError,
    AdministratorPasswordError,
    ProvidersOnlyError,
    RecoveryBlockedError,
)
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.banking import DirectDepositChanged
from shared.contracts.identity.safeguards import (
    AdministratorSecurityView,
    ConfirmAdministratorSecurity,
    GetAdministratorSecurity,
    ListAdministratorQuestions,
    ResendAddressChangeCode,
    ResendStepUpCode,
    SetAdministratorSecurity,
    StartStepUp,
    StepUpAction,
    StepUpStarted,
)
from tests.support import identity_builders as build
from tests.support.identity_safeguards import Desk, sealed, sealed_answers

EMAIL = "administratrice@example.org"
PASSWORD = "Glacier-Mauve-73"
ANSWERS = {"practice_founder": "Dr Beaulieu", "thesis_topic": "Émail", "favourite_team": "Nordiques"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def set_aside(
    desk: Desk, actor: Actor, *, password: str = PASSWORD, replaces: int = 0, email: str = EMAIL, **answers: str
) -> str:
    handlers, change_id = desk.safeguards(), new_id()
    message = SetAdministratorSecurity(
        change_id=change_id,
        email=email,
        password=build.sealed(password, change_id),
        answers=sealed_answers(answers or ANSWERS, change_id),
        replaces=replaces,
        code=build.sealed_code(),
    )
    await desk.run(message, handlers.set_administrator_security, prepare=handlers.prepare_administrator, actor=actor)
    return change_id


async def confirm(desk: Desk, actor: Actor, change_id: str) -> AdministratorSecurityView:
    message = ConfirmAdministratorSecurity(change_id=change_id)
    view = await desk.run(message, desk.safeguards().confirm_administrator_security, actor=actor)
    assert isinstance(view, AdministratorSecurityView)
    return view


async def step_up(desk: Desk, actor: Actor, credential: Any = None, **overrides: Any) -> StepUpStarted:
    handlers, step_up_id = desk.safeguards(), new_id()
    secret = None if credential is None else sealed(json.dumps(credential), "administrator", step_up_id)
    values = {"action": "provider_direct_deposit_change", "administrator": secret, "code": build.sealed_code()}
    message = StartStepUp(step_up_id=step_up_id, **(values | overrides))
    view = await desk.run(message, handlers.start_step_up, prepare=handlers.check_step_up, actor=actor)
    assert isinstance(view, StepUpStarted)
    return view


def credential(**changes: Any) -> dict[str, Any]:
    return {"email": EMAIL, "password": PASSWORD, "answers": ANSWERS} | changes


async def guarded(desk: Desk) -> tuple[Account, Actor]:
    """A provider with administrator security."""
    provider = await desk.provider()
    actor = desk.actor(provider)
    await confirm(desk, actor, await set_aside(desk, actor))
    desk.works.clear()
    return provider, actor


@pytest.mark.req("DEL-9", "B5")
async def test_b5_it_counts_once_its_address_is_proved_and_is_shown_masked(desk: Desk) -> None:
    provider = await desk.provider()
    actor = desk.actor(provider)
    change_id = await set_aside(desk, actor)
    assert [(code.purpose, code.email) for code in desk.codes()] == [("email_change", EMAIL)]
    assert desk.administrators.rows == {}

    view = await confirm(desk, actor, change_id)

    shown = await desk.safeguards().get_administrator_security(build.received(GetAdministratorSecurity(), actor))
    assert shown == view
    assert (view.active, view.email, view.version) == (True, "a***@example.org", 1)
    assert PASSWORD not in repr(desk.administrators.rows) + repr(desk.changes.rows)
    assert [(one.kind, one.account_id, one.email) for one in desk.sent()] == [
        ("administrator_security_changed", provider.account_id, None),
        ("administrator_security_changed", None, EMAIL),
    ]
    assert [act.details for act in desk.acts()] == [{"what": "administrator"}]
    with pytest.raises(AddressChangeUnknownError):
        await confirm(desk, actor, change_id)


@pytest.mark.req("DEL-9")
async def test_the_questions_are_shown_in_the_callers_language(desk: Desk) -> None:
    actor = desk.actor(await desk.provider())
    french, english = [
        await desk.safeguards().list_administrator_questions(
            build.received(ListAdministratorQuestions(), actor.model_copy(update={"language": language}))
        )
        for language in ("fr", "en")
    ]
    assert [{question.code for question in one} for one in french.lists] == [set(one) for one in ADMINISTRATOR_LISTS]
    assert {question.code for one in french.lists for question in one} >= ANSWERS.keys()
    texts = [question.text for view in (french, english) for one in view.lists for question in one]
    assert len(set(texts)) == 18
    assert all(text.endswith("?") for text in texts)
    assert (french.lists[0][1].text, english.lists[0][1].text) == (
        "Qui a fondé le cabinet ?",
        "Who founded the practice?",
    )


@pytest.mark.req("DEL-9", "BNK-3")
async def test_without_administrator_the_code_goes_to_the_account(desk: Desk) -> None:
    member, provider = await desk.member(), await desk.provider()
    for account in (member, provider):
        started = await step_up(desk, desk.actor(account))
        assert started.sent_to == "account"
    assert [(code.purpose, code.account_id, code.email) for code in desk.codes()] == [
        ("step_up", member.account_id, None),
        ("step_up", provider.account_id, None),
    ]


@pytest.mark.req("LOG-2", "DEL-9", "BNK-3")
async def test_the_next_code_goes_where_the_first_one_went(desk: Desk) -> None:
    member = await desk.member()
    _, actor = await guarded(desk)
    asked: tuple[tuple[Actor, StepUpAction], ...] = (
        (actor, "provider_direct_deposit_change"),
        (actor, "direct_deposit_change"),
        (desk.actor(member), "direct_deposit_change"),
    )
    told = []
    for who, action in asked:
        message = ResendStepUpCode(step_up_id=new_id(), action=action, code=build.sealed_code())
        view = await desk.run(message, desk.safeguards().resend_step_up_code, actor=who)
        told.append((view.sent_to, view.verdict, desk.codes()[-1].email, desk.codes()[-1].account_id))
    assert told == [
        ("administrator", "right", EMAIL, None),
        ("account", "right", None, actor.account_id),
        ("account", "right", None, member.account_id),
    ]


@pytest.mark.req("LOG-2", "DEL-9")
async def test_the_next_code_for_an_administrators_address_is_for_its_provider_alone(desk: Desk) -> None:
    actor = desk.actor(await desk.provider())
    change_id = await set_aside(desk, actor)
    again = ResendAddressChangeCode(change_id=change_id, code=build.sealed_code())
    handler = desk.safeguards().resend_address_change_code
    await desk.run(again, handler, actor=actor)
    assert [(code.purpose, code.email) for code in desk.codes()] == [("email_change", EMAIL)] * 2
    for other in ({"account_id": new_id()}, {"provider_id": new_id()}, {"on_behalf_of": actor.provider_id}):
        with pytest.raises(AddressChangeUnknownError):
            await desk.run(again, handler, actor=actor.model_copy(update=other))


@pytest.mark.req("DEL-9", "B4")
@pytest.mark.parametrize("action", ["provider_direct_deposit_change", "administrator_change"])
async def test_b4_with_administrator_nothing_goes_without_the_whole_credential(desk: Desk, action: str) -> None:
    _, actor = await guarded(desk)
    with pytest.raises(AdministratorNeededError):
        await step_up(desk, actor, action=action)
    for wrong in ({"email": "x@example.org"}, {"password": "Autre-Mot-55"}):
        assert (await step_up(desk, actor, credential(**wrong), action=action)).verdict == "wrong"
    assert desk.codes() == []

    started = await step_up(desk, actor, credential(email=EMAIL.upper()), action=action)

    assert (started.verdict, started.sent_to) == ("right", "administrator")
    assert [(code.account_id, code.email) for code in desk.codes()] == [(None, EMAIL)]


@pytest.mark.req("DEL-9", "F5", "F6")
async def test_three_wrong_credentials_block_for_a_day_and_both_addresses_are_told(desk: Desk) -> None:
    provider, actor = await guarded(desk)
    wrong = credential(answers=ANSWERS | {"thesis_topic": "Dentine"})
    assert [(await step_up(desk, actor, wrong)).verdict for _ in range(3)] == ["wrong", "wrong", "blocked"]
    with pytest.raises(RecoveryBlockedError):
        await step_up(desk, actor, credential())
    assert [(one.account_id, one.email) for one in desk.sent("recovery_blocked")] == [
        (provider.account_id, None),
        (None, EMAIL),
    ]
    desk.now += timedelta(days=1)
    assert (await step_up(desk, actor, credential())).verdict == "right"
    assert desk.administrators.rows[str(provider.provider_id)].misses == 0


@pytest.mark.req("DEL-9", "F5")
async def test_of_many_guesses_at_once_three_are_compared(desk: Desk) -> None:
    _, actor = await guarded(desk)
    wrong = credential(password="Autre-Mot-55")
    answers = await asyncio.gather(*(step_up(desk, actor, wrong) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, StepUpStarted) for one in answers) == 3


@pytest.mark.parametrize(
    "given", [[], {}, {"email": EMAIL}, credential(answers={}), credential(password=7), credential(email=None)]
)
async def test_a_credential_with_a_part_missing_is_not_counted(desk: Desk, given: Any) -> None:
    provider, actor = await guarded(desk)
    with pytest.raises(AnswerInvalidError):
        await step_up(desk, actor, given)
    assert desk.administrators.rows[str(provider.provider_id)].misses == 0


@pytest.mark.req("DEL-9")
async def test_a_members_own_bank_details_need_no_administrator(desk: Desk) -> None:
    _, actor = await guarded(desk)
    assert (await step_up(desk, actor, action="direct_deposit_change")).sent_to == "account"


@pytest.mark.req("DEL-9", "B4")
async def test_b4_a_change_names_the_version_that_it_replaces(desk: Desk) -> None:
    _, actor = await guarded(desk)
    with pytest.raises(AdministratorChangedError):
        await set_aside(desk, actor, email="autre@example.org")
    first = await set_aside(desk, actor, email="autre@example.org", replaces=1)
    second = await set_aside(desk, actor, email="tierce@example.org", replaces=1)
    assert (await confirm(desk, actor, second)).version == 2
    with pytest.raises(AdministratorChangedError):
        await confirm(desk, actor, first)
    assert {one.email for one in desk.sent() if one.email} == {EMAIL, "tierce@example.org"}


@pytest.mark.req("DEL-9", "BNK-6", "B6")
@pytest.mark.parametrize(
    "overrides", [{"roles": ("delegate",), "on_behalf_of": "p"}, {"roles": ("member",)}, {"provider_id": None}]
)
async def test_b6_delegates_and_others_neither_see_nor_set_it(desk: Desk, overrides: dict[str, Any]) -> None:
    provider, _ = await guarded(desk)
    actor = desk.actor(provider, **overrides)
    with pytest.raises(ProvidersOnlyError):
        await set_aside(desk, actor, replaces=1)
    with pytest.raises(ProvidersOnlyError):
        await desk.safeguards().get_administrator_security(build.received(GetAdministratorSecurity(), actor))
    with pytest.raises(ProvidersOnlyError):
        await confirm(desk, actor, "any")


@pytest.mark.req("DEL-9")
async def test_the_credential_is_really_a_second_one(desk: Desk) -> None:
    provider = await desk.provider()
    actor = desk.actor(provider)
    with pytest.raises(AdministratorAddressError):
        await set_aside(desk, actor, email=provider.email)
    with pytest.raises(AdministratorPasswordError):
        await set_aside(desk, actor, password=build.PASSWORD)
    with pytest.raises(PasswordTooShortError):
        await set_aside(desk, actor, password="abc")
    with pytest.raises(AnswerInvalidError):
        await set_aside(desk, actor, first_pet="aa", first_car="bb", wedding_city="cc")


@pytest.mark.req("BNK-3", "DEL-9")
async def test_changed_bank_details_are_told_to_everybody_who_might_object(desk: Desk) -> None:
    provider, _ = await guarded(desk)
    before = await desk.member()
    moved = AddressChange(
        change_id="c",
        account_id=provider.account_id,
        email=provider.email,
        language="fr",
        started_at=desk.now,
        done_at=desk.now,
        former="ancienne@example.org",
    )
    await desk.changes.save(moved)
    event = DirectDepositChanged(
        payee_id=str(provider.provider_id),
        account_id=provider.account_id,
        former_account_id=before.account_id,
        account_ending="321",
        version=2,
        changed_at=desk.now,
        held_until=desk.now + timedelta(days=2),
    )
    await desk.run(event, desk.safeguards().on_direct_deposit_changed)
    told = desk.sent("direct_deposit_changed")
    assert [one.account_id or one.email for one in told] == [
        provider.account_id,
        "ancienne@example.org",
        before.account_id,
        EMAIL,
    ]
    assert all(one.values == {"account_ending": "321", "held_until": event.held_until} for one in told)
