"""Hygienists: reference number, credentials, code, six steps, signature."""

import io
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from pypdf import PdfReader

from services.identity.domain.addresses import PostalCodeInvalidError
from services.identity.domain.agreements import (
    AgreementUnknownError,
    BankDetailsLapsedError,
    EffectiveDateInFutureError,
    EffectiveDateLapsedError,
    EffectiveDateTooEarlyError,
    MayNotPractiseError,
    ProfessionalFactsChangedError,
)
from services.identity.domain.errors import (
    FlowChangedError,
    FlowUnknownError,
    PasswordPersonalError,
    PathUnknownError,
    RegistrationNotConfirmedError,
    StepOutOfOrderError,
    UserNameTakenError,
)
from services.identity.domain.flows import own_flow_id
from services.identity.domain.professionals import Standing
from services.identity.domain.providers import Provider
from services.identity.handlers.agreements import get_agreement
from services.identity.handlers.hygienist_steps import OWN_PATH
from shared.contracts.identity.access import AccessChanged, ActRecorded, ContactRecorded
from shared.contracts.identity.agreements import AgreementSigned, GetAgreement
from shared.contracts.identity.enrolment import StartEnrolment, SubmitStep
from shared.contracts.identity.providers import ProviderRecorded, ProviderRegistered
from shared.contracts.notification import PutInboxMessage, SendAccessNotice, SendCode
from tests.support import hygienist_builders as hygienists
from tests.support import identity_builders as build
from tests.support.hygienist_desk import Desk, actor_of

SIX = ("commitment", "professional_facts", "correspondence_address", "practice_address", "bank_transfer", "billing")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.req("REG-16", "REG-18")
async def test_the_code_makes_an_account_that_is_enrolling_and_tells_when_services_open(desk: Desk) -> None:
    professional = await desk.known()
    enrolment_id, sent = await desk.walk_to_code(professional, user_name="zoe2026")
    assert [type(command) for command in sent.commands] == [SendCode]
    view, work = await desk.submit(enrolment_id, "code")
    opens_at = build.NOW + timedelta(minutes=30)
    assert view.account is not None
    assert (view.account.user_name, view.account.roles, view.account.opens_at) == ("zoe2026", ("provider",), opens_at)
    assert view.account.restrictions == ("enrolment", "not_open_yet")
    assert view.account.provider_id == professional.number.provider_id
    assert {type(event) for event in work.events} == {ContactRecorded, ProviderRecorded, ActRecorded}
    (notice,) = work.commands
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.values) == (
        "hygienist_account_created",
        {"user_name": "zoe2026", "opens_at": opens_at},
    )


@pytest.mark.req("REG-16")
@pytest.mark.parametrize("known", ["office@example.org", None])
async def test_an_address_that_the_register_knows_hears_of_the_account(desk: Desk, known: str | None) -> None:
    professional = await desk.known()
    registered = Provider(
        number=professional.number,
        name=professional.display_name,
        practice_name=hygienists.PRACTICE_NAME,
        language="en",
        province="ON",
        email=known,
    )
    await desk.providers.save_all([registered])
    enrolment_id, _ = await desk.walk_to_code(professional)
    _, work = await desk.submit(enrolment_id, "code")
    told = [command.email for command in work.commands if isinstance(command, SendAccessNotice) and command.email]
    assert told == ([known] if known else [])
    assert await desk.providers.get(registered.provider_id) == registered
    assert ProviderRecorded not in {type(event) for event in work.events}


@pytest.mark.req("REG-21", "R1")
async def test_an_unknown_number_a_suspended_member_and_a_taken_number_answer_alike_and_differ_by_mail(
    desk: Desk,
) -> None:
    free, taken = await desk.known(), await desk.known()
    suspended = await desk.known(standing=Standing.SUSPENDED)
    holder = await desk.account_of(taken)
    numbers = {
        "unknown": hygienists.professional().reference_number,
        "no number": "not a number",
        "suspended": suspended.reference_number,
        "taken": taken.reference_number,
        "free": free.reference_number,
    }
    answers, mails = set(), {}
    for name, number in numbers.items():
        enrolment_id = await desk.start()
        first, _ = await desk.submit(enrolment_id, "reference", reference_number=number)
        second, work = await desk.submit(enrolment_id, "credentials_provider", **hygienists.credentials(enrolment_id))
        same = {"enrolment_id": "x"}
        answers.add(first.model_copy(update=same).model_dump_json() + second.model_copy(update=same).model_dump_json())
        (command,) = work.commands
        mails[name] = command
    assert len(answers) == 1
    assert isinstance(mails["free"], SendCode)
    kinds = {name: mail.kind for name, mail in mails.items() if isinstance(mail, SendAccessNotice)}
    assert kinds == {
        "unknown": "hygienist_not_matched",
        "no number": "hygienist_not_matched",
        "suspended": "hygienist_not_matched",
        "taken": "already_registered",
    }
    assert isinstance(mails["taken"], SendAccessNotice)
    assert mails["taken"].email == holder.email


@pytest.mark.req("REG-21", "R3")
async def test_without_a_match_a_code_makes_no_account(desk: Desk) -> None:
    enrolment_id, _ = await desk.walk_to_code(hygienists.professional())
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("R3")
async def test_of_two_who_use_one_number_one_gets_the_account(desk: Desk) -> None:
    professional = await desk.known()
    first, _ = await desk.walk_to_code(professional)
    second, _ = await desk.walk_to_code(professional)
    await desk.submit(first, "code")
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(second, "code")


@pytest.mark.req("R3", "REG-21")
async def test_an_e_mail_that_another_provider_has_is_told_there_and_makes_no_account(desk: Desk) -> None:
    known = await desk.account_of(await desk.known())
    enrolment_id, work = await desk.walk_to_code(await desk.known(), email=known.email.upper())
    (notice,) = work.commands
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.email) == ("already_registered", known.email)
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("R3")
async def test_of_two_who_use_one_e_mail_one_gets_an_account_and_a_member_s_e_mail_may_be_used(desk: Desk) -> None:
    email = build.random_email()
    await desk.accounts.add(build.account(email=email, user_name=email))
    first, second = [(await desk.walk_to_code(await desk.known(), email=email))[0] for _ in range(2)]
    await desk.submit(first, "code")
    with pytest.raises(RegistrationNotConfirmedError):
        await desk.submit(second, "code")


@pytest.mark.req("REG-16")
async def test_a_user_name_is_taken_once_whatever_its_case_and_another_can_be_chosen(desk: Desk) -> None:
    await desk.accounts.add(build.account(user_name="Zoe2026"))
    enrolment_id = await desk.start()
    await desk.submit(enrolment_id, "reference", reference_number=(await desk.known()).reference_number)
    with pytest.raises(UserNameTakenError):
        await desk.submit(
            enrolment_id, "credentials_provider", **hygienists.credentials(enrolment_id, user_name="zoe2026")
        )
    view, _ = await desk.submit(enrolment_id, "credentials_provider", **hygienists.credentials(enrolment_id))
    assert view.current == "code"


@pytest.mark.req("REG-4")
async def test_a_password_must_not_hold_the_user_name(desk: Desk) -> None:
    professional = await desk.known()
    with pytest.raises(PasswordPersonalError):
        await desk.walk_to_code(professional, user_name="tortue", password="Verte-Tortue-88")


@pytest.mark.req("R2", "REG-16")
@pytest.mark.parametrize("done", range(6))
async def test_r2_of_the_six_steps_only_the_next_one_can_be_done(desk: Desk, done: int) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    if done:
        await desk.walk_six_steps(account, professional, until=SIX[done])
    key, actor = own_flow_id(account.account_id), actor_of(account)
    before = await desk.flows.get(key)
    steps = hygienists.six_steps(professional)
    for later in SIX[done + 1 :]:
        with pytest.raises(StepOutOfOrderError):
            await desk.submit(key, later, actor=actor, **steps[later])
    assert await desk.flows.get(key) == before
    assert desk.agreements.rows == {}
    assert (await desk.get(key, actor=actor)).current == SIX[done]


@pytest.mark.req("R2", "REG-16")
async def test_the_six_steps_are_somebody_s_own_and_nobody_begins_them_without_an_account(desk: Desk) -> None:
    professional, other = await desk.known(), await desk.known()
    account, stranger = await desk.account_of(professional), await desk.account_of(other)
    key = own_flow_id(account.account_id)
    data = hygienists.six_steps(professional)["commitment"]
    for actor in (None, actor_of(stranger)):
        with pytest.raises(FlowUnknownError):
            await desk.submit(key, "commitment", actor=actor, **data)
        with pytest.raises(FlowUnknownError):
            await desk.get(key, actor=actor)
    received = build.received(StartEnrolment(enrolment_id="x", path=OWN_PATH, language="fr"))
    with pytest.raises(PathUnknownError):
        await desk.enrolments.start(received, build.work_for(received))


@pytest.mark.req("REG-16")
async def test_the_steps_are_left_for_months_and_resumed(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    await desk.walk_six_steps(account, professional, until="practice_address")
    desk.advance(days=20)
    view = await desk.get(own_flow_id(account.account_id), actor=actor_of(account))
    assert (view.done, view.current) == (SIX[:3], "practice_address")
    desk.advance(days=400)
    view = await desk.get(own_flow_id(account.account_id), actor=actor_of(account))
    assert view.current == "practice_address"


@pytest.mark.req("REG-17", "R6")
@pytest.mark.parametrize(
    ("day", "refusal"),
    [("2026-10-22", EffectiveDateTooEarlyError), ("2026-11-23", EffectiveDateInFutureError)],
)
async def test_r6_the_first_step_refuses_other_days_and_says_which_are_allowed(
    desk: Desk, day: str, refusal: type[Exception]
) -> None:
    account = await desk.account_of(await desk.known())
    key, actor = own_flow_id(account.account_id), actor_of(account)
    shown = (await desk.get(key, actor=actor)).shown
    assert (shown["earliest"], shown["latest"]) == ("2026-10-23", "2026-11-22")
    assert shown["text_sha256"] == sha256(shown["text"].encode()).hexdigest()
    with pytest.raises(refusal):
        await desk.submit(key, "commitment", actor=actor, effective_date=day, committed=True)
    view, _ = await desk.submit(key, "commitment", actor=actor, effective_date=shown["earliest"], committed=True)
    assert view.current == "professional_facts"


@pytest.mark.req("REG-16")
async def test_the_facts_of_the_order_are_shown_with_how_to_correct_them(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    view, _ = await desk.walk_six_steps(account, professional, until="professional_facts")
    assert view.shown["permit_number"] == professional.permit_number
    assert view.shown["first_name"] == "Zoé"
    assert "ordre" in view.shown["correction"]


@pytest.mark.req("REG-16")
async def test_facts_that_changed_at_the_order_are_looked_at_again_even_at_the_very_end(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    await desk.walk_six_steps(account, professional, until="billing")
    corrected = replace(professional, last_name="D’Amour", version=2)
    await desk.professionals.save_all([corrected])
    key, actor = own_flow_id(account.account_id), actor_of(account)
    with pytest.raises(ProfessionalFactsChangedError):
        await desk.submit(key, "billing", actor=actor, no_accreditation=True)
    with pytest.raises(ProfessionalFactsChangedError):
        await desk.submit(key, "professional_facts", actor=actor, facts_version=1, confirmed=True)
    view, _ = await desk.submit(key, "professional_facts", actor=actor, facts_version=2, confirmed=True)
    assert view.current == "correspondence_address"


@pytest.mark.req("REG-16")
async def test_somebody_suspended_meanwhile_neither_confirms_nor_signs(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    await desk.walk_six_steps(account, professional, until="billing")
    await desk.professionals.save_all([replace(professional, standing=Standing.SUSPENDED)])
    key, actor = own_flow_id(account.account_id), actor_of(account)
    for step, data in (
        ("billing", {"no_accreditation": True}),
        ("professional_facts", {"facts_version": 1, "confirmed": True}),
    ):
        with pytest.raises(MayNotPractiseError):
            await desk.submit(key, step, actor=actor, **data)
    assert desk.agreements.rows == {}


async def test_a_wrong_postal_code_is_told(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    wrong = {"address": hygienists.TYPED_ADDRESS | {"postal_code": "12345-6789"}}
    with pytest.raises(PostalCodeInvalidError):
        await desk.walk_six_steps(account, professional, correspondence_address=wrong)


@pytest.mark.req("REG-16", "REG-17", "REG-19")
async def test_the_last_step_signs_and_everybody_learns_of_it(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    desk.advance(minutes=10)
    view, work = await desk.walk_six_steps(account, professional)
    assert view.current is None
    assert view.account is not None
    assert view.account.restrictions == ("not_open_yet",)
    (agreement,) = desk.agreements.rows.values()
    assert agreement.facts.effective_date == date(2026, 11, 1)
    assert agreement.facts.statements == agreement.facts.correspondence
    assert agreement.facts.correspondence.postal_code == "G9A 1B2"
    assert agreement.signing.signed_at == desk.now
    assert agreement.signing.session_id == "session-1"
    by_type = {type(event): event for event in work.events}
    assert set(by_type) == {AgreementSigned, ProviderRegistered, AccessChanged, ActRecorded, ProviderRecorded}
    signed = by_type[AgreementSigned]
    assert isinstance(signed, AgreementSigned)
    assert (signed.services_billable_from, signed.billable_from) == (date(2026, 11, 1), desk.now)
    assert signed.provider_id == professional.number.provider_id
    assert hygienists.STREET not in signed.model_dump_json(), "the confidential address is told to nobody"
    registered = by_type[ProviderRegistered]
    assert isinstance(registered, ProviderRegistered)
    assert (registered.direct_deposit, registered.flow_key) == (False, None)
    provider = await desk.providers.get(professional.number.provider_id)
    assert provider is not None
    assert (provider.practice_name, provider.version) == (hygienists.PRACTICE_NAME, 2)
    located = by_type[ProviderRecorded]
    assert isinstance(located, ProviderRecorded)
    assert {name: getattr(located, name) for name in hygienists.TYPED_PRACTICE} == hygienists.TYPED_PRACTICE


@pytest.mark.req("REG-19", "MSG-2")
async def test_agreement_letter_and_confirmation_go_to_the_inbox_and_the_mail_says_nothing_of_them(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    _, work = await desk.walk_six_steps(account, professional)
    (agreement,) = desk.agreements.rows.values()
    messages = {command.kind: command for command in work.commands if isinstance(command, PutInboxMessage)}
    assert set(messages) == {"agreement", "registration_confirmed"}
    assert all(message.provider_id == agreement.provider_id for message in messages.values())
    files = {file.name: file.content for file in messages["agreement"].attachments}
    assert set(files) == {"lettre.pdf", "accord-signe.pdf"}
    assert sha256(files["accord-signe.pdf"]).hexdigest() == agreement.document_digest
    letter = PdfReader(io.BytesIO(files["lettre.pdf"])).pages[0].extract_text()
    assert agreement.document_digest in letter
    assert account.user_name in messages["registration_confirmed"].body.fr
    (notice,) = [command for command in work.commands if isinstance(command, SendAccessNotice)]
    assert (notice.kind, notice.values, notice.account_id) == ("agreement_signed", {}, account.account_id)


@pytest.mark.req("REG-17", "R6")
async def test_a_day_that_lapsed_while_the_steps_were_left_has_to_be_chosen_again(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    await desk.walk_six_steps(account, professional, until="billing")
    desk.advance(days=9, hours=14)  # the first instant of December 2 in Toronto
    key, actor = own_flow_id(account.account_id), actor_of(account)
    with pytest.raises(EffectiveDateLapsedError):
        await desk.submit(key, "billing", actor=actor, no_accreditation=True)
    view, _ = await desk.walk_six_steps(
        account, professional, commitment={"effective_date": "2026-11-05", "committed": True}
    )
    assert view.current is None


@pytest.mark.req("R2")
async def test_signing_again_answers_as_before_and_signs_nothing(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    first, _ = await desk.walk_six_steps(account, professional)
    key, actor = own_flow_id(account.account_id), actor_of(account)
    again, work = await desk.submit(key, "billing", actor=actor, no_accreditation=True)
    assert again == first
    assert work.outgoing == []
    assert len(desk.agreements.rows) == 1
    with pytest.raises(StepOutOfOrderError):
        await desk.submit(key, "commitment", actor=actor, effective_date="2026-11-02", committed=True)


@pytest.mark.req("R2")
async def test_what_is_signed_is_what_the_documents_say_or_nothing(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    await desk.walk_six_steps(account, professional, until="billing")
    key, actor = own_flow_id(account.account_id), actor_of(account)
    message = SubmitStep.model_validate(
        {"enrolment_id": key, "data": {"step": "billing", "no_accreditation": True}, "code": None}
    )
    received = build.received(message, actor)
    prepared = await desk.enrolments.prepare(received)
    await desk.walk_six_steps(
        account, professional, until="billing", commitment={"effective_date": "2026-11-20", "committed": True}
    )
    with pytest.raises(FlowChangedError):
        await desk.enrolments.submit(prepared, build.work_for(received))
    assert desk.agreements.rows == {}


@pytest.mark.req("BNK-2", "REG-16")
async def test_banking_learns_at_signing_under_which_key_it_holds_details_and_lapsed_ones_are_asked_for_again(
    desk: Desk,
) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    held_until = desk.now + timedelta(days=1)
    given = {"bank_transfer": True, "details_held_until": held_until.isoformat()}
    await desk.walk_six_steps(account, professional, until="billing", bank_transfer=given)
    desk.advance(days=1)
    key, actor = own_flow_id(account.account_id), actor_of(account)
    with pytest.raises(BankDetailsLapsedError):
        await desk.submit(key, "billing", actor=actor, no_accreditation=True)
    given = {"bank_transfer": True, "details_held_until": (desk.now + timedelta(days=1)).isoformat()}
    await desk.submit(key, "bank_transfer", actor=actor, **given)
    _, work = await desk.submit(key, "billing", actor=actor, no_accreditation=True)
    (registered,) = [event for event in work.events if isinstance(event, ProviderRegistered)]
    assert (registered.direct_deposit, registered.flow_key) == (True, key)


@pytest.mark.req("REG-16")
async def test_the_signatory_sees_the_agreement_and_nobody_else_does(desk: Desk) -> None:
    professional = await desk.known()
    account = await desk.account_of(professional)
    actor = actor_of(account)
    query = build.received(GetAgreement(), actor)
    with pytest.raises(AgreementUnknownError):
        await get_agreement(query, agreements=desk.agreements, accounts=desk.accounts)
    await desk.walk_six_steps(account, professional)
    view = await get_agreement(query, agreements=desk.agreements, accounts=desk.accounts)
    assert view.signed_as == account.user_name
    assert view.opens_at == account.opens_at
    assert view.correspondence_address.street == hygienists.STREET
    delegate = actor.model_copy(update={"account_id": "d", "roles": ("delegate",), "on_behalf_of": actor.provider_id})
    other = actor_of(await desk.account_of(await desk.known()))
    for stranger in (delegate, other, build.member_actor("dossier")):
        with pytest.raises(AgreementUnknownError):
            await get_agreement(
                build.received(GetAgreement(), stranger), agreements=desk.agreements, accounts=desk.accounts
            )
