"""REG-2: the contact address is a separate, consented choice that counts once a code came back from it."""

from typing import Any

import pytest

from services.identity.domain.accounts import Account
from services.identity.domain.errors import ConsentMissingError, ContactNotPendingError, EmailInvalidError
from shared.contracts.identity.own_account import (
    ChooseContact,
    ConfirmContact,
    ContactChosen,
    ContactView,
    GetContact,
    ResendContactCode,
    WithdrawContact,
)
from shared.contracts.notification import SendCode
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support.identity_enrolment import Desk

pytestmark = pytest.mark.req("REG-2")


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def do(desk: Desk, account: Account, message: Any) -> tuple[ContactView, Work]:
    received = build.received(message, build.member_actor(None, account_id=account.account_id))
    work = build.work_for(received)
    match message:
        case ChooseContact():
            return await desk.own.choose_contact(received, work), work
        case ResendContactCode():
            return await desk.own.resend_contact_code(received, work), work
        case ConfirmContact():
            return await desk.own.confirm_contact(received, work), work
        case WithdrawContact():
            return await desk.own.withdraw_contact(received, work), work
        case _:
            return await desk.own.get_contact(received), work


def choice(email: str = "Avis@Example.org", **changes: Any) -> ChooseContact:
    return ChooseContact(**({"email": email, "consent": True, "code": build.sealed_code()} | changes))


async def test_nobody_has_a_contact_address_without_choosing_one(desk: Desk) -> None:
    account = await desk.registered()
    view, _ = await do(desk, account, GetContact())
    assert view == ContactView(access_email=account.email)


async def test_an_address_counts_after_its_code_and_the_access_address_stays(desk: Desk) -> None:
    account, message = await desk.registered(language="en"), choice()
    view, work = await do(desk, account, message)
    assert (view.email, view.pending) == (None, "avis@example.org")
    assert work.commands == [SendCode(purpose="contact", code=message.code, email="avis@example.org", language="en")]
    assert work.events == []

    desk.advance(minutes=1)
    view, work = await do(desk, account, ConfirmContact(challenge_id=message.code.challenge_id))
    assert (view.email, view.consented_at, view.pending) == ("avis@example.org", desk.now, None)
    assert view.access_email == account.email
    assert work.events[0] == ContactChosen(account_id=account.account_id, email="avis@example.org", chosen_at=desk.now)


async def test_there_is_no_address_without_consent(desk: Desk) -> None:
    account = await desk.registered()
    with pytest.raises(ConsentMissingError):
        await do(desk, account, choice(consent=False))
    with pytest.raises(EmailInvalidError):
        await do(desk, account, choice("nowhere"))
    assert desk.choices.rows == {}


async def test_the_code_of_an_address_that_was_replaced_confirms_nothing(desk: Desk) -> None:
    account, first, second = await desk.registered(), choice("a@example.org"), choice("b@example.org")
    await do(desk, account, first)
    await do(desk, account, second)
    with pytest.raises(ContactNotPendingError):
        await do(desk, account, ConfirmContact(challenge_id=first.code.challenge_id))
    view, _ = await do(desk, account, ConfirmContact(challenge_id=second.code.challenge_id))
    assert view.email == "b@example.org"


async def test_consent_can_be_withdrawn(desk: Desk) -> None:
    account, message = await desk.registered(), choice()
    await do(desk, account, message)
    await do(desk, account, ConfirmContact(challenge_id=message.code.challenge_id))
    view, work = await do(desk, account, WithdrawContact())
    assert (view.email, view.consented_at) == (None, None)
    assert work.events[0] == ContactChosen(account_id=account.account_id, email=None, chosen_at=desk.now)


@pytest.mark.req("LOG-2")
async def test_the_next_code_goes_to_the_address_that_waits_for_it(desk: Desk) -> None:
    account, message = await desk.registered(language="en"), choice()
    await do(desk, account, message)
    again = ResendContactCode(code=build.sealed_code(challenge_id=message.code.challenge_id))
    view, work = await do(desk, account, again)
    assert view.pending == "avis@example.org"
    assert work.commands == [SendCode(purpose="contact", code=again.code, email="avis@example.org", language="en")]
    await do(desk, account, choice("other@example.org"))
    with pytest.raises(ContactNotPendingError):
        await do(desk, account, again)
