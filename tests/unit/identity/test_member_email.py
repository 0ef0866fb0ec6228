"""REG-1, REG-21: registering by e-mail, and what it tells to whom."""

from datetime import date, timedelta

import pytest

from services.identity.domain.errors import (
    EmailInvalidError,
    FlowUnknownError,
    PasswordCommonError,
    PasswordPersonalError,
    PasswordTooSimpleError,
    RegistrationNotConfirmedError,
)
from services.identity.domain.matching import MISSES_WITHIN
from services.identity.domain.roster import Dossier
from shared.clock import new_id
from shared.contracts.identity import DossierView, MemberRegistered
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.errors import AppError
from shared.outbox import Work
from shared.tokens import UnreadableSecret
from tests.support import identity_builders as build
from tests.support.identity_enrolment import MISSES_ALLOWED, Desk, credentials_email, facts, sealed


@pytest.fixture
def desk() -> Desk:
    return Desk()


def only_command(work: Work) -> SendCode | SendAccessNotice:
    (command,) = work.commands
    assert isinstance(command, SendCode | SendAccessNotice)
    assert work.events == []
    return command


def unknown() -> Dossier:
    """A dossier that the roster does not have."""
    return build.dossier()


@pytest.mark.req("REG-1")
async def test_facts_that_match_the_roster_have_a_code_mailed_that_expires_with_its_message(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id = await desk.start("member_email", language="en")
    await desk.submit(enrolment_id, "roster_facts", **facts(dossier))
    code = build.sealed_code()
    _, work = await desk.submit(
        enrolment_id,
        "credentials_email",
        code=code,
        **credentials_email(enrolment_id, email="Ana.Roy@Example.org"),
    )
    assert only_command(work) == SendCode(purpose="registration", email="ana.roy@example.org", language="en", code=code)
    assert work.outgoing[0].expires_at == code.expires_at


@pytest.mark.req("REG-1")
async def test_the_code_makes_the_account_and_says_so(desk: Desk) -> None:
    dossier = await desk.on_roster(build.person(), build.spouse())
    email = build.random_email()
    enrolment_id, _ = await desk.walk_member_email(dossier, email=email)
    finished, work = await desk.submit(enrolment_id, "code")
    view = finished.account
    assert view is not None
    assert (view.user_name, view.display_name, view.language, view.roles) == (email, "Zoé D’Amours", "fr", ("member",))
    assert view.dossiers == (
        DossierView(
            dossier_id=dossier.dossier_id,
            contract_number=dossier.number.contract,
            certificate_number=dossier.number.certificate,
            features=desk.rules.plan("STANDARD").features,
        ),
    )
    assert work.events[0] == MemberRegistered(
        account_id=view.account_id,
        dossier_id=dossier.dossier_id,
        email=email,
        language="fr",
        holder_name="Zoé D’Amours",
        registered_at=build.NOW,
    )
    account = await desk.accounts.get(view.account_id)
    assert account is not None
    assert await build.hashing().verify(build.PASSWORD, account.password)


@pytest.mark.req("REG-1", "R3")
async def test_r3_there_is_no_account_before_the_code(desk: Desk) -> None:
    dossier = await desk.on_roster()
    email = build.random_email()
    await desk.walk_member_email(dossier, email=email)
    assert await desk.accounts.get_by_user_name(email) is None
    assert await desk.accounts.get_by_dossier(dossier.dossier_id) is None


@pytest.mark.req("REG-1")
async def test_contract_and_certificate_may_be_typed_in_small_letters(desk: Desk) -> None:
    dossier = await desk.on_roster()
    _, work = await desk.walk_member_email(dossier, contract_number=dossier.number.contract.lower())
    assert isinstance(only_command(work), SendCode)


@pytest.mark.req("REG-1", "REG-21", "R1")
@pytest.mark.parametrize("known", [True, False], ids=["wrong birth date", "unknown certificate"])
async def test_facts_that_do_not_match_are_told_by_mail_only(desk: Desk, known: bool) -> None:  # noqa: FBT001
    dossier = await desk.on_roster() if known else unknown()
    enrolment_id, work = await desk.walk_member_email(dossier, birth_date="1980-02-28", email="ana@example.org")
    command = only_command(work)
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email, command.language) == ("registration_not_matched", "ana@example.org", "fr")
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("REG-21")
async def test_the_holder_of_a_registered_certificate_is_told_at_the_address_of_the_account(desk: Desk) -> None:
    dossier = await desk.on_roster()
    holder = await desk.registered(dossiers=(dossier.number,), language="en")
    enrolment_id, work = await desk.walk_member_email(dossier)
    command = only_command(work)
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email, command.language) == ("already_registered", holder.email, "en")
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("REG-21")
@pytest.mark.parametrize("birth_date", ["1980-02-29", "1999-01-01"])
@pytest.mark.parametrize("user_name", ["beatrice84", None], ids=["user code", "e-mail"])
async def test_the_owner_of_a_registered_address_is_told(desk: Desk, birth_date: str, user_name: str | None) -> None:
    dossier = await desk.on_roster()
    owner = await desk.registered(**({} if user_name is None else {"user_name": user_name}))
    enrolment_id, work = await desk.walk_member_email(dossier, email=owner.email.upper(), birth_date=birth_date)
    command = only_command(work)
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email) == ("already_registered", owner.email)
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("REG-21")
async def test_a_stranger_without_the_birth_date_does_not_bother_the_holder(desk: Desk) -> None:
    dossier = await desk.on_roster()
    await desk.registered(dossiers=(dossier.number,))
    _, work = await desk.walk_member_email(dossier, birth_date="1999-01-01", email="ana@example.org")
    command = only_command(work)
    assert isinstance(command, SendAccessNotice)
    assert (command.kind, command.email) == ("registration_not_matched", "ana@example.org")


@pytest.mark.req("REG-21")
async def test_guessing_birth_dates_ends_after_some_misses_and_opens_again_a_day_later(desk: Desk) -> None:
    dossier = await desk.on_roster()
    for day in range(1, MISSES_ALLOWED + 1):
        await desk.walk_member_email(dossier, birth_date=date(1970, 1, day).isoformat())
    _, blocked = await desk.walk_member_email(dossier)
    assert isinstance(only_command(blocked), SendAccessNotice)
    desk.now += MISSES_WITHIN + timedelta(seconds=1)
    _, opened = await desk.walk_member_email(dossier)
    assert isinstance(only_command(opened), SendCode)


@pytest.mark.req("REG-21")
async def test_guessing_again_in_one_enrolment_counts_as_often(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id = await desk.start("member_email")
    for day in range(1, MISSES_ALLOWED + 1):
        await desk.submit(enrolment_id, "roster_facts", **facts(dossier, birth_date=f"1970-01-0{day}"))
    await desk.submit(enrolment_id, "roster_facts", **facts(dossier))
    _, work = await desk.submit(enrolment_id, "credentials_email", **credentials_email(enrolment_id))
    assert isinstance(only_command(work), SendAccessNotice)


@pytest.mark.req("REG-1", "R3")
async def test_of_two_enrolments_for_one_certificate_the_first_confirmed_wins(desk: Desk) -> None:
    dossier = await desk.on_roster()
    (first, _), (second, _) = [await desk.walk_member_email(dossier) for _ in range(2)]
    await desk.submit(second, "code")
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(first, "code")


@pytest.mark.req("REG-1", "R3")
async def test_of_two_enrolments_with_one_address_the_first_confirmed_wins(desk: Desk) -> None:
    email = build.random_email()
    first, _ = await desk.walk_member_email(await desk.on_roster(), email=email)
    second, _ = await desk.walk_member_email(await desk.on_roster(), email=email.upper())
    await desk.submit(first, "code")
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(second, "code")


@pytest.mark.req("REG-1", "REG-21")
async def test_resending_does_for_each_outcome_what_the_step_did(desk: Desk) -> None:
    matching, _ = await desk.walk_member_email(await desk.on_roster(), email="ana@example.org")
    missing, _ = await desk.walk_member_email(unknown())
    code = build.sealed_code(reference="M4X")
    sent, noticed = await desk.resend(matching, code), await desk.resend(missing, code)
    assert only_command(sent) == SendCode(purpose="registration", email="ana@example.org", language="fr", code=code)
    notice = only_command(noticed)
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.delivery_id, notice.reference) == ("registration_not_matched", code.delivery_id, "M4X")


@pytest.mark.req("REG-1")
async def test_a_finished_enrolment_gets_no_more_codes(desk: Desk) -> None:
    enrolment_id, _ = await desk.walk_member_email(await desk.on_roster())
    await desk.submit(enrolment_id, "code")
    with pytest.raises(FlowUnknownError):
        await desk.resend(enrolment_id)


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
    desk: Desk,
    password: str,
    refusal: type[AppError],
    known: bool,  # noqa: FBT001
) -> None:
    dossier = await desk.on_roster() if known else unknown()
    with pytest.raises(refusal):
        await desk.walk_member_email(dossier, password=password, email="denise@example.org")


@pytest.mark.req("REG-1")
async def test_a_wrong_address_is_refused(desk: Desk) -> None:
    with pytest.raises(EmailInvalidError):
        await desk.walk_member_email(unknown(), email="ana@@example.org")


@pytest.mark.req("REG-1")
async def test_a_password_sealed_for_another_enrolment_is_not_opened(desk: Desk) -> None:
    enrolment_id = await desk.start("member_email")
    await desk.submit(enrolment_id, "roster_facts", **facts(await desk.on_roster()))
    stolen = sealed(build.PASSWORD, new_id(), use="password")
    with pytest.raises(UnreadableSecret):
        await desk.submit(enrolment_id, "credentials_email", email=build.random_email(), password=stolen)


@pytest.mark.req("REG-18", "REG-1")
async def test_nobody_waits_on_a_path_without_a_waiting_time(desk: Desk) -> None:
    enrolment_id, _ = await desk.walk_member_email(await desk.on_roster())
    finished, _ = await desk.submit(enrolment_id, "code")
    assert finished.account is not None
    assert finished.account.opens_at is None
