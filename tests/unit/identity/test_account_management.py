"""Security questions and the access address (LOG-9): proved by the password, told to everybody concerned."""

from typing import Any

import pytest

from services.identity.domain.accounts import Account
from services.identity.domain.address_changes import LIFETIME
from services.identity.domain.errors import AnswerInvalidError, EmailInvalidError
from services.identity.domain.safeguard_errors import (
    AddressChangeUnknownError,
    CurrentPasswordError,
    EmailUnchangedError,
)
from shared.clock import new_id
from shared.contracts.identity.access import ContactRecorded
from shared.contracts.identity.safeguards import (
    ConfirmEmailChange,
    ResendAddressChangeCode,
    SetSecurityQuestions,
    StartEmailChange,
)
from tests.support import identity_builders as build
from tests.support.identity_safeguards import NUMBER, Desk, sealed_answers

OTHERS = {"childhood_street": "rue des Érables", "first_concert": "Beau Dommage", "favourite_film": "Mon oncle Antoine"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def choose(desk: Desk, account: Account, answers: dict[str, str], *, password: str = build.PASSWORD) -> Any:
    handlers = desk.safeguards()
    message = SetSecurityQuestions(
        current_password=build.sealed(password, account.account_id),
        answers=sealed_answers(answers, account.account_id),
    )
    return await desk.run(
        message, handlers.set_security_questions, prepare=handlers.prepare_questions, actor=desk.actor(account)
    )


async def ask(desk: Desk, account: Account, email: str, *, password: str = build.PASSWORD) -> str:
    handlers = desk.safeguards()
    message = StartEmailChange(
        change_id=new_id(),
        email=email,
        current_password=build.sealed(password, account.account_id),
        code=build.sealed_code(),
    )
    await desk.run(
        message, handlers.start_email_change, prepare=handlers.prepare_email_change, actor=desk.actor(account)
    )
    return message.change_id


async def confirm(desk: Desk, account: Account, change_id: str) -> None:
    message = ConfirmEmailChange(change_id=change_id)
    await desk.run(message, desk.safeguards().confirm_email_change, actor=desk.actor(account))


@pytest.mark.req("LOG-9", "LOG-5")
async def test_other_questions_are_asked_from_now_on_and_the_owner_is_told(desk: Desk) -> None:
    provider = await desk.provider()
    await choose(desk, provider, OTHERS)
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    assert set((await desk.confirm(recovery_id)).questions) == set(OTHERS)
    assert (await desk.answer(recovery_id, OTHERS)).verdict == "right"
    assert [one.kind for one in desk.sent()] == ["security_questions_changed", "user_name"]
    assert desk.acts()[0].details == {"what": "security_questions"}


@pytest.mark.req("LOG-9", "F5")
async def test_f5_other_questions_lift_no_block(desk: Desk) -> None:
    provider = await desk.provider()
    recovery_id = await desk.start(provider.email, NUMBER, method="provider")
    await desk.confirm(recovery_id)
    for _ in range(3):
        await desk.answer(recovery_id, {"first_pet": "xx", "first_car": "yy", "parents_met": "zz"})
    await choose(desk, provider, OTHERS)
    assert desk.records.rows[provider.account_id].blocked_until is not None


@pytest.mark.req("LOG-9")
async def test_nothing_changes_without_the_present_password(desk: Desk) -> None:
    provider = await desk.provider()
    before = desk.records.rows[provider.account_id]
    with pytest.raises(CurrentPasswordError):
        await choose(desk, provider, OTHERS, password="Autre-Chose-12")
    with pytest.raises(CurrentPasswordError):
        await ask(desk, provider, build.random_email(), password="Autre-Chose-12")
    assert desk.records.rows[provider.account_id] is before
    assert (desk.changes.rows, desk.works) == ({}, [])


@pytest.mark.req("LOG-9", "REG-14")
@pytest.mark.parametrize(
    "answers",
    [
        {"childhood_street": "aa", "first_pet": "bb", "first_concert": "cc"},
        {"childhood_street": "aa", "first_concert": "bb"},
        OTHERS | {"favourite_film": "RUE des erables"},
        {"childhood_street": "aa", "first_concert": "bb", "shoe_size": "cc"},
    ],
)
async def test_one_question_of_each_list_each_answered_differently(desk: Desk, answers: dict[str, str]) -> None:
    provider = await desk.provider()
    with pytest.raises(AnswerInvalidError):
        await choose(desk, provider, answers)


@pytest.mark.req("LOG-9")
async def test_the_new_address_counts_once_its_code_came_back_and_both_are_told(desk: Desk) -> None:
    member, new = await desk.member(), build.random_email()
    change_id = await ask(desk, member, new.upper())
    assert await desk.accounts.get(member.account_id) == member
    assert [(code.purpose, code.email) for code in desk.codes()] == [("email_change", new)]

    await confirm(desk, member, change_id)

    known = await desk.accounts.get_by_user_name(new)
    assert known is not None
    assert (known.account_id, known.email) == (member.account_id, new)
    assert [(one.kind, one.email) for one in desk.sent()] == [("email_changed", member.email), ("email_changed", new)]
    assert desk.sent()[0].values == {"new_address": f"{new[0]}***@example.org"}
    [contact] = [event for event in desk.works[-1].events if isinstance(event, ContactRecorded)]
    assert (contact.email, contact.dossier_ids) == (new, (member.dossiers[0].dossier_id,))
    with pytest.raises(AddressChangeUnknownError):
        await confirm(desk, member, change_id)


@pytest.mark.req("LOG-9")
async def test_a_user_name_that_is_no_address_stays(desk: Desk) -> None:
    provider = await desk.provider()
    await confirm(desk, provider, await ask(desk, provider, build.random_email()))
    known = await desk.accounts.get(provider.account_id)
    assert known is not None
    assert known.user_name == provider.user_name


@pytest.mark.req("LOG-9", "REG-21")
async def test_an_address_of_another_account_is_told_to_its_owner_alone(desk: Desk) -> None:
    member, other = await desk.member(), await desk.member()
    change_id = await ask(desk, member, other.email)
    assert desk.codes() == []
    assert [(one.kind, one.email) for one in desk.sent()] == [("already_registered", other.email)]
    with pytest.raises(AddressChangeUnknownError):
        await confirm(desk, member, change_id)


@pytest.mark.req("LOG-2", "LOG-9", "REG-21")
async def test_the_next_code_goes_to_the_new_address_or_its_owner_is_told_again(desk: Desk) -> None:
    member, other, new = await desk.member(), await desk.member(), build.random_email()
    handler = desk.safeguards().resend_address_change_code
    for email in (new, other.email):
        again = ResendAddressChangeCode(change_id=await ask(desk, member, email), code=build.sealed_code())
        view = await desk.run(again, handler, actor=desk.actor(member))
        assert view.change_id == again.change_id
    assert [(code.purpose, code.email) for code in desk.codes()] == [("email_change", new)] * 2
    assert [(one.kind, one.email) for one in desk.sent()] == [("already_registered", other.email)] * 2
    with pytest.raises(AddressChangeUnknownError):
        await desk.run(again, handler, actor=desk.actor(other))
    desk.now += LIFETIME
    with pytest.raises(AddressChangeUnknownError):
        await desk.run(again, handler, actor=desk.actor(member))


@pytest.mark.req("LOG-9")
async def test_somebody_who_took_the_address_meanwhile_keeps_it(desk: Desk) -> None:
    member, new = await desk.member(), build.random_email()
    change_id = await ask(desk, member, new)
    await desk.member(email=new, user_name=new)
    with pytest.raises(AddressChangeUnknownError):
        await confirm(desk, member, change_id)


@pytest.mark.req("LOG-9")
async def test_a_change_is_confirmed_by_who_asked_and_in_time(desk: Desk) -> None:
    member, thief = await desk.member(), await desk.member()
    change_id = await ask(desk, member, build.random_email())
    with pytest.raises(AddressChangeUnknownError):
        await confirm(desk, thief, change_id)
    desk.now += LIFETIME
    with pytest.raises(AddressChangeUnknownError):
        await confirm(desk, member, change_id)


@pytest.mark.parametrize(("email", "error"), [("nobody", EmailInvalidError), ("same", EmailUnchangedError)])
async def test_the_new_address_is_another_and_an_address(desk: Desk, email: str, error: type[Exception]) -> None:
    member = await desk.member()
    with pytest.raises(error):
        await ask(desk, member, member.email.upper() if email == "same" else email)
