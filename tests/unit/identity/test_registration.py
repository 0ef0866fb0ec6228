"""REG-1, REG-21: registering, and what it tells to whom."""

from datetime import date, timedelta

import pytest

from services.identity.domain.errors import (
    EmailInvalidError,
    PasswordCommonError,
    PasswordPersonalError,
    PasswordTooSimpleError,
    RegistrationNotConfirmedError,
    RegistrationUnknownError,
)
from services.identity.domain.registration import LIFETIME
from services.identity.domain.roster import DossierNumber
from shared.clock import new_id
from shared.contracts.identity import DossierView, MemberRegistered, RegistrationStarted
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.errors import AppError
from shared.outbox import Work
from shared.tokens import UnreadableSecret
from tests.support import identity_builders as build
from tests.support.identity_office import MISSES_ALLOWED, Office


@pytest.fixture
def office() -> Office:
    return Office()


def only_command(work: Work) -> SendCode | SendAccessNotice:
    (command,) = work.commands
    assert isinstance(command, SendCode | SendAccessNotice)
    assert work.events == []
    return command


@pytest.mark.req("REG-1")
async def test_facts_that_match_the_roster_have_a_code_mailed_that_expires_with_its_message(office: Office) -> None:
    dossier = await office.on_roster()
    message = build.start_registration(dossier.number, email="Ana.Roy@Example.org", language="en")
    view, work = await office.start(message)
    assert view == RegistrationStarted(registration_id=message.registration_id)
    assert only_command(work) == SendCode(
        purpose="registration", email="ana.roy@example.org", language="en", code=message.code
    )
    assert work.outgoing[0].expires_at == message.code.expires_at


@pytest.mark.req("REG-1")
async def test_confirming_makes_the_account_and_says_so(office: Office) -> None:
    dossier = await office.on_roster(build.person(), build.spouse())
    message = build.start_registration(dossier.number)
    await office.start(message)
    view, work = await office.confirm(message.registration_id)
    assert (view.user_name, view.display_name, view.language, view.roles) == (
        message.email,
        "Zoé D’Amours",
        "fr",
        ("member",),
    )
    assert view.dossiers == (
        DossierView(
            dossier_id=dossier.dossier_id,
            contract_number=dossier.number.contract,
            certificate_number=dossier.number.certificate,
        ),
    )
    assert build.told(work) == [
        MemberRegistered(
            account_id=view.account_id,
            dossier_id=dossier.dossier_id,
            email=message.email,
            language="fr",
            holder_name="Zoé D’Amours",
            registered_at=build.NOW,
        )
    ]
    account = await office.accounts.get(view.account_id)
    assert account is not None
    assert await build.hashing().verify(build.PASSWORD, account.password)


@pytest.mark.req("REG-1")
async def test_there_is_no_account_before_the_code(office: Office) -> None:
    dossier = await office.on_roster()
    message = build.start_registration(dossier.number)
    await office.start(message)
    assert await office.accounts.get_by_user_name(message.email) is None
    assert await office.accounts.get_by_dossier(dossier.dossier_id) is None


@pytest.mark.req("REG-1")
async def test_contract_and_certificate_may_be_typed_in_small_letters(office: Office) -> None:
    dossier = await office.on_roster()
    typed = DossierNumber(dossier.number.contract.lower(), dossier.number.certificate)
    _, work = await office.start(build.start_registration(typed))
    assert isinstance(only_command(work), SendCode)


@pytest.mark.req("REG-1")
async def test_confirming_again_answers_the_same_and_publishes_nothing(office: Office) -> None:
    dossier = await office.on_roster()
    message = build.start_registration(dossier.number)
    await office.start(message)
    first, _ = await office.confirm(message.registration_id)
    office.now += timedelta(hours=1)
    second, work = await office.confirm(message.registration_id)
    assert second == first
    assert work.events == []


@pytest.mark.req("REG-1", "REG-21")
@pytest.mark.parametrize("known", [True, False], ids=["wrong birth date", "unknown certificate"])
async def test_facts_that_do_not_match_are_told_by_mail_only(office: Office, known: bool) -> None:  # noqa: FBT001
    number = (await office.on_roster()).number if known else build.random_number()
    message = build.start_registration(number, birth_date=date(1980, 2, 28))
    view, work = await office.start(message)
    assert view == RegistrationStarted(registration_id=message.registration_id)
    assert only_command(work) == SendAccessNotice(
        delivery_id=message.code.delivery_id,
        kind="registration_not_matched",
        email=message.email,
        language="fr",
        reference=message.code.reference,
        occurred_at=build.NOW,
    )
    with pytest.raises(RegistrationNotConfirmedError):
        await office.confirm(message.registration_id)


@pytest.mark.req("REG-21")
async def test_the_holder_of_a_registered_certificate_is_told_at_the_address_of_the_account(office: Office) -> None:
    dossier = await office.on_roster()
    holder = await office.registered(dossiers=(dossier.number,), language="en")
    view, work = await office.start(build.start_registration(dossier.number))
    command = only_command(work)
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email, command.language) == ("already_registered", holder.email, "en")
    with pytest.raises(RegistrationNotConfirmedError):
        await office.confirm(view.registration_id)


@pytest.mark.req("REG-21")
@pytest.mark.parametrize("birth_date", [build.person().birth_date, date(1999, 1, 1)])
async def test_the_owner_of_a_registered_address_is_told(office: Office, birth_date: date) -> None:
    dossier = await office.on_roster()
    owner = await office.registered()
    message = build.start_registration(dossier.number, email=owner.email.upper(), birth_date=birth_date)
    view, work = await office.start(message)
    command = only_command(work)
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email) == ("already_registered", owner.email)
    with pytest.raises(RegistrationNotConfirmedError):
        await office.confirm(view.registration_id)


@pytest.mark.req("REG-21")
async def test_a_stranger_without_the_birth_date_does_not_bother_the_holder(office: Office) -> None:
    dossier = await office.on_roster()
    await office.registered(dossiers=(dossier.number,))
    message = build.start_registration(dossier.number, birth_date=date(1999, 1, 1))
    _, work = await office.start(message)
    command = only_command(work)
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email) == ("registration_not_matched", message.email)


@pytest.mark.req("REG-21")
async def test_guessing_birth_dates_ends_after_some_misses_and_opens_again_a_day_later(office: Office) -> None:
    dossier = await office.on_roster()
    for day in range(1, MISSES_ALLOWED + 1):
        await office.start(build.start_registration(dossier.number, birth_date=date(1970, 1, day)))
    _, blocked = await office.start(build.start_registration(dossier.number))
    assert isinstance(only_command(blocked), SendAccessNotice)
    office.now += LIFETIME + timedelta(seconds=1)
    _, opened = await office.start(build.start_registration(dossier.number))
    assert isinstance(only_command(opened), SendCode)


@pytest.mark.req("REG-1")
async def test_starting_the_same_registration_again_mails_nothing_more(office: Office) -> None:
    message = build.start_registration((await office.on_roster()).number)
    first, _ = await office.start(message)
    second, work = await office.start(message)
    assert second == first
    assert work.commands == []


@pytest.mark.req("REG-1")
async def test_of_two_registrations_for_one_certificate_the_first_confirmed_wins(office: Office) -> None:
    dossier = await office.on_roster()
    first, second = build.start_registration(dossier.number), build.start_registration(dossier.number)
    await office.start(first)
    await office.start(second)
    await office.confirm(second.registration_id)
    with pytest.raises(RegistrationNotConfirmedError):
        await office.confirm(first.registration_id)


@pytest.mark.req("REG-1")
async def test_of_two_registrations_with_one_address_the_first_confirmed_wins(office: Office) -> None:
    email = build.random_email()
    first = build.start_registration((await office.on_roster()).number, email=email)
    second = build.start_registration((await office.on_roster()).number, email=email.upper())
    await office.start(first)
    await office.start(second)
    await office.confirm(first.registration_id)
    with pytest.raises(RegistrationNotConfirmedError):
        await office.confirm(second.registration_id)


@pytest.mark.req("REG-1")
async def test_a_registration_is_over_after_a_day(office: Office) -> None:
    message = build.start_registration((await office.on_roster()).number)
    await office.start(message)
    office.now += LIFETIME
    with pytest.raises(RegistrationNotConfirmedError):
        await office.confirm(message.registration_id)
    with pytest.raises(RegistrationUnknownError):
        await office.resend(message.registration_id, build.sealed_code())


@pytest.mark.req("REG-1")
async def test_unknown_registrations_are_refused(office: Office) -> None:
    with pytest.raises(RegistrationNotConfirmedError):
        await office.confirm(new_id())
    with pytest.raises(RegistrationUnknownError):
        await office.resend(new_id(), build.sealed_code())


@pytest.mark.req("REG-1", "REG-21")
async def test_resending_does_for_each_outcome_what_starting_did(office: Office) -> None:
    matching = build.start_registration((await office.on_roster()).number)
    missing = build.start_registration(build.random_number())
    for message in (matching, missing):
        await office.start(message)
    code = build.sealed_code(reference="M4X")
    view, sent = await office.resend(matching.registration_id, code)
    _, noticed = await office.resend(missing.registration_id, code)
    assert view == RegistrationStarted(registration_id=matching.registration_id)
    assert only_command(sent) == SendCode(purpose="registration", email=matching.email, language="fr", code=code)
    notice = only_command(noticed)
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.delivery_id, notice.reference) == (
        "registration_not_matched",
        code.delivery_id,
        "M4X",
    )


@pytest.mark.req("REG-1")
async def test_a_completed_registration_gets_no_more_codes(office: Office) -> None:
    message = build.start_registration((await office.on_roster()).number)
    await office.start(message)
    await office.confirm(message.registration_id)
    with pytest.raises(RegistrationUnknownError):
        await office.resend(message.registration_id, build.sealed_code())


@pytest.mark.req("REG-4", "REG-21")
@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("tortueverte", PasswordTooSimpleError),
        ("Tr0ub4dor&3", PasswordCommonError),
        ("Denise-1", PasswordPersonalError),
    ],
)
@pytest.mark.parametrize("known", [True, False])
async def test_bad_passwords_are_refused_alike_for_known_and_unknown_certificates(
    office: Office,
    password: str,
    refusal: type[AppError],
    known: bool,  # noqa: FBT001
) -> None:
    number = (await office.on_roster()).number if known else build.random_number()
    message = build.start_registration(number, password=password, email="denise@example.org")
    with pytest.raises(refusal):
        await office.start(message)
    assert await office.registrations.get(message.registration_id) is None


@pytest.mark.req("REG-1")
async def test_a_wrong_address_is_refused(office: Office) -> None:
    with pytest.raises(EmailInvalidError):
        await office.start(build.start_registration(build.random_number(), email="ana@@example.org"))


@pytest.mark.req("REG-1")
async def test_a_password_sealed_for_another_registration_is_not_opened(office: Office) -> None:
    stolen = build.sealed(build.PASSWORD, new_id())
    message = build.start_registration((await office.on_roster()).number).model_copy(update={"password": stolen})
    with pytest.raises(UnreadableSecret):
        await office.start(message)
