"""Requests, signatures, forms and decisions (DEL-1 to DEL-7)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.identity.domain.accounts import DELEGATE, Status
from services.identity.domain.delegation_errors import (
    DatesInvalidError,
    DelegateDisabledError,
    DelegationDecidedError,
    DelegationExistsError,
    DelegationNotReceivedError,
    DelegationUnknownError,
    EmailOfAnotherError,
    EmailsAlikeError,
    FormIncompleteError,
    FormUsedError,
    ProviderInPersonError,
    ReasonMismatchError,
    RoleAddressError,
    SigningsUsedUpError,
    SigningUnknownError,
)
from services.identity.domain.errors import AgentsOnlyError
from services.identity.domain.temporary_password import LIFETIME
from shared.clock import new_id
from shared.contracts.identity.access import AccessChanged, ActRecorded, ContactRecorded
from shared.contracts.identity.delegation import (
    ConfirmSigning,
    DecideDelegation,
    DelegationApproved,
    DelegationRefused,
    GetDelegation,
    GetProcessingDate,
    ListDelegationQueue,
    ListDelegations,
    ResendSigningCode,
    StartSigning,
    WithdrawDelegation,
)
from shared.contracts.identity.delegation_forms import GetFormSlice, GetSending, OpenForm, StoreFormSlice
from shared.contracts.identity.grants import GrantChanged
from shared.contracts.notification import SendCode
from shared.errors import AppError
from tests.support import delegation_builders as build
from tests.support import delegation_pdf as pdf
from tests.support import identity_builders
from tests.support.delegation_office import DelegationOffice, notices_of, secret_of


@pytest.fixture
def office() -> DelegationOffice:
    return DelegationOffice()


@pytest.mark.req("DEL-2", "DEL-7", "D6")
async def test_a_draft_says_all_that_will_be_signed_and_is_the_providers_alone(office: DelegationOffice) -> None:
    provider, actor = await office.provider()
    message = build.request_delegation(valid_to=build.TODAY + timedelta(days=9))

    view, work = await office.do(message, actor)

    assert (view.state, view.service, view.signatures) == ("draft", "billing", ())
    assert (view.provider_name, view.delegate_name) == (provider.display_name, "Luc Tremblay")
    assert (await office.do(message, actor))[0] == view
    assert await office.ask(GetDelegation(request_id=view.request_id), actor) == view
    assert (await office.ask(ListDelegations(), actor)).delegations == (view,)
    (act,) = work.events
    assert isinstance(act, ActRecorded)
    assert (act.account_id, act.about) == (provider.account_id, provider.provider_id)
    _, stranger = await office.provider()
    with pytest.raises(DelegationUnknownError):
        await office.ask(GetDelegation(request_id=view.request_id), stranger)


@pytest.mark.req("DEL-2", "BNK-6", "B6")
async def test_delegates_cannot_delegate(office: DelegationOffice) -> None:
    provider, _ = await office.provider()
    delegate = build.delegate_actor(new_id(), provider.provider_id)
    both = delegate.model_copy(update={"roles": ("provider", "delegate")})
    for actor in (delegate, both, identity_builders.agent()):
        with pytest.raises(ProviderInPersonError):
            await office.do(build.request_delegation(), actor)


@pytest.mark.req("DEL-3", "D3")
async def test_addresses_are_compared_with_accounts_and_open_requests(office: DelegationOffice) -> None:
    provider, actor = await office.provider()
    other, rival = await office.provider(display_name="Nadia Belkacem")
    taken, _ = await office.do(build.request_delegation(delegate_name="Ana Roy"), rival)
    cases: list[tuple[type[AppError], dict[str, str]]] = [
        (RoleAddressError, {"delegate_email": "info@example.org"}),
        (EmailsAlikeError, {"delegate_email": "x+a@example.org", "provider_email": "X@example.org"}),
        (EmailOfAnotherError, {"delegate_email": other.email}),
        (EmailOfAnotherError, {"provider_email": other.email}),
        (EmailOfAnotherError, {"delegate_email": taken.delegate_email}),
        (EmailOfAnotherError, {"delegate_email": taken.provider_email}),
    ]
    for error, changes in cases:
        with pytest.raises(error):
            await office.do(build.request_delegation(**changes), actor)
    same_person = build.request_delegation(
        delegate_name="ANA ROY", delegate_email=taken.delegate_email, provider_email=provider.email
    )
    assert (await office.do(same_person, actor))[0].state == "draft"


@pytest.mark.req("DEL-2", "D1")
async def test_a_second_request_for_the_same_delegate_and_service_is_refused(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    message = build.request_delegation()
    first, _ = await office.do(message, actor)
    again = {"delegate_email": message.delegate_email, "provider_email": message.provider_email}
    with pytest.raises(DelegationExistsError):
        await office.do(build.request_delegation(**again), actor)
    other_service, _ = await office.do(build.request_delegation(**again, answers=("provider", "staff", "inbox")), actor)
    assert other_service.service == "inbox"
    await office.do(WithdrawDelegation(request_id=first.request_id), actor)
    renewed, _ = await office.do(build.request_delegation(**again), actor)
    assert renewed.request_id != first.request_id


@pytest.mark.req("DEL-2")
async def test_access_without_end_is_not_asked_for_again_and_access_with_an_end_may_be(
    office: DelegationOffice,
) -> None:
    _, actor = await office.provider()
    approved, _ = await office.approved(actor)
    again = {"delegate_email": approved.delegate_email, "provider_email": approved.provider_email}
    with pytest.raises(DelegationExistsError):
        await office.do(build.request_delegation(**again), actor)
    ending, _ = await office.approved(actor, valid_to=build.TODAY + timedelta(days=3))
    again = {"delegate_email": ending.delegate_email, "provider_email": ending.provider_email}
    renewal, _ = await office.do(build.request_delegation(**again), actor)
    assert renewal.state == "draft"


@pytest.mark.req("DEL-8")
@pytest.mark.parametrize("days", [(-1, None), (5, 4)])
async def test_dates_of_the_past_or_the_wrong_way_round_are_refused(
    office: DelegationOffice, days: tuple[int, int | None]
) -> None:
    _, actor = await office.provider()
    begin, end = (None if each is None else build.TODAY + timedelta(days=each) for each in days)
    with pytest.raises(DatesInvalidError):
        await office.do(build.request_delegation(valid_from=begin, valid_to=end), actor)


@pytest.mark.req("DEL-4")
async def test_both_parties_sign_with_codes_to_their_own_addresses(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    view, _ = await office.do(build.request_delegation(), actor)
    code = identity_builders.sealed_code()
    _, began = await office.do(StartSigning(signing_id="s1", request_id=view.request_id, code=code), actor)
    (command,) = began.commands
    assert command == SendCode(purpose="delegation", code=code, email=view.provider_email, language="fr")
    signed, asked = await office.do(ConfirmSigning(signing_id="s1"), actor)
    assert signed.state == "awaiting_signatures"
    (notice,) = notices_of(asked).values()
    assert (notice.kind, notice.email) == ("delegation_to_sign", view.delegate_email)
    assert notice.values["request_reference"] == view.reference
    assert (await office.do(ConfirmSigning(signing_id="s1"), actor))[0] == signed

    office.now += timedelta(minutes=5)
    _, began = await office.do(StartSigning(signing_id="s2", reference=view.reference.replace("-", ""), code=code))
    (command,) = began.commands
    assert isinstance(command, SendCode)
    assert command.email == view.delegate_email
    _, resent = await office.do(ResendSigningCode(signing_id="s2", code=code))
    assert len(resent.commands) == 1
    complete, work = await office.do(ConfirmSigning(signing_id="s2"))
    assert (complete.state, complete.received_at) == ("submitted", office.now)
    assert {(each.party, each.kind) for each in complete.signatures} == {
        ("provider", "portal"),
        ("delegate", "portal"),
    }
    (act,) = work.events
    assert isinstance(act, ActRecorded)
    assert act.details["party"] == "delegate"


@pytest.mark.req("DEL-4", "REG-21")
async def test_an_unknown_reference_is_answered_alike_mails_nothing_and_signs_nothing(
    office: DelegationOffice,
) -> None:
    _, actor = await office.provider()
    view, _ = await office.do(build.request_delegation(), actor)
    code = identity_builders.sealed_code()
    known, mailed = await office.do(StartSigning(signing_id="s1", reference=view.reference, code=code))
    unknown, silent = await office.do(StartSigning(signing_id="s2", reference="ZZZZ-2222", code=code))
    assert known.model_dump(exclude={"signing_id"}) == unknown.model_dump(exclude={"signing_id"})
    assert (len(mailed.commands), silent.commands) == (1, [])
    assert (await office.do(ResendSigningCode(signing_id="s2", code=code)))[1].commands == []
    with pytest.raises(SigningUnknownError):
        await office.do(ConfirmSigning(signing_id="s2"))
    with pytest.raises(SigningUnknownError):
        await office.do(ConfirmSigning(signing_id="never-begun"))


@pytest.mark.req("DEL-4")
@pytest.mark.parametrize("known", [True, False])
async def test_codes_for_one_reference_are_limited_whether_or_not_it_is_known(
    office: DelegationOffice, *, known: bool
) -> None:
    _, actor = await office.provider()
    view, _ = await office.do(build.request_delegation(), actor)
    reference, code = view.reference if known else "ZZZZ-2222", identity_builders.sealed_code()
    for _ in range(10):
        await office.do(StartSigning(signing_id=new_id(), reference=reference, code=code))
    with pytest.raises(SigningsUsedUpError):
        await office.do(StartSigning(signing_id=new_id(), reference=reference, code=code))
    await office.do(StartSigning(signing_id=new_id(), request_id=view.request_id, code=code), actor)


@pytest.mark.req("DEL-4")
async def test_a_code_that_comes_back_after_the_withdrawal_signs_nothing(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    view, _ = await office.do(build.request_delegation(), actor)
    await office.do(StartSigning(signing_id="s1", reference=view.reference, code=identity_builders.sealed_code()))
    await office.do(WithdrawDelegation(request_id=view.request_id), actor)
    with pytest.raises(DelegationDecidedError):
        await office.do(ConfirmSigning(signing_id="s1"))


@pytest.mark.req("DEL-4")
@pytest.mark.parametrize("kind", ["digital_certificate", "stylus", "scanned"])
async def test_a_form_stands_for_both_signatures(office: DelegationOffice, kind: str) -> None:
    _, actor = await office.provider()
    view, _ = await office.do(build.request_delegation(), actor)
    content = pdf.digitally_signed()
    received, _ = await office.hand_in(view, content, actor, signature=kind, sending_id="sending-1")
    assert received.state == "submitted"
    assert {each.kind for each in received.signatures} == {kind}
    assert received.form is not None
    assert (received.form.size, received.form.pages) == (len(content), 1)
    certificates = [(each.intact, each.trusted) for each in received.form.certificates]
    assert certificates == ([(True, False)] if kind == "digital_certificate" else [])
    assert (await office.hand_in(view, content, actor, signature=kind))[0] == received
    sending = await office.ask(GetSending(sending_id="sending-1"), actor)
    assert [file.request_id for file in sending.files] == [view.request_id]


@pytest.mark.req("DEL-4")
async def test_each_request_has_a_file_of_its_own_that_arrived_whole(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    first, second = [(await office.do(build.request_delegation(), actor))[0] for _ in range(2)]
    content = pdf.scan(padding=600_000)
    for wrong in ({"sha256": "0" * 64}, {"size": 5}, {"slices": 1}, {"upload_id": new_id()}):
        with pytest.raises(FormIncompleteError):
            await office.hand_in(first, content, actor, **wrong)
    await office.hand_in(first, content, actor)
    with pytest.raises(FormUsedError):
        await office.hand_in(second, content, actor)
    with pytest.raises(DelegationDecidedError):
        await office.hand_in(first, pdf.scan("another"), actor)


@pytest.mark.req("DEL-4")
async def test_slices_are_taken_for_own_open_requests_only(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    _, stranger = await office.provider()
    view, _ = await office.do(build.request_delegation(), actor)
    part = StoreFormSlice(request_id=view.request_id, upload_id="u", position=0, data="JVBERi0=")
    with pytest.raises(DelegationUnknownError):
        await office.ask(part, stranger)
    with pytest.raises(FormIncompleteError):
        await office.ask(part.model_copy(update={"data": "no base64!"}), actor)
    await office.do(WithdrawDelegation(request_id=view.request_id), actor)
    with pytest.raises(DelegationDecidedError):
        await office.ask(part, actor)


@pytest.mark.req("DEL-4", "DEL-7", "U5")
async def test_agents_read_forms_and_that_is_noted(office: DelegationOffice) -> None:
    provider, actor = await office.provider()
    agent = identity_builders.agent()
    view, _ = await office.do(build.request_delegation(), actor)
    await office.hand_in(view, pdf.scan(padding=300_000), actor)
    form, work = await office.do(OpenForm(request_id=view.request_id), agent)
    (act,) = work.events
    assert isinstance(act, ActRecorded)
    assert (act.act, act.account_id, act.about) == ("sensitive_read", agent.account_id, provider.provider_id)
    assert form.slices == 2
    slices = [await office.ask(GetFormSlice(request_id=view.request_id, position=at), agent) for at in range(2)]
    assert slices[0].data.startswith("JVBERi0")
    for message in (OpenForm(request_id=view.request_id), GetFormSlice(request_id=view.request_id, position=0)):
        with pytest.raises(AgentsOnlyError):
            await (office.do if isinstance(message, OpenForm) else office.ask)(message, actor)


@pytest.mark.req("DEL-5")
async def test_agents_see_requests_in_order_of_receipt_and_everybody_the_date_of_the_oldest(
    office: DelegationOffice,
) -> None:
    _, actor = await office.provider()
    agent = identity_builders.agent()
    assert (await office.ask(GetProcessingDate())).processing == build.TODAY
    views = []
    for _ in range(3):
        views.append((await office.submitted(actor, valid_from=build.TODAY + timedelta(days=9))).request_id)
        office.now += timedelta(days=1)
    first = await office.ask(ListDelegationQueue(limit=2), agent)
    rest = await office.ask(ListDelegationQueue(limit=2, after=first.next), agent)
    assert [each.request_id for each in (*first.delegations, *rest.delegations)] == views
    assert rest.next is None
    assert (await office.ask(GetProcessingDate())).processing == build.TODAY
    refusal = DecideDelegation(request_id=views[0], approve=False, reason_code="not_staff")
    await office.do(refusal, agent)
    assert (await office.ask(GetProcessingDate())).processing == build.TODAY + timedelta(days=1)
    with pytest.raises(AgentsOnlyError):
        await office.ask(ListDelegationQueue(), actor)
    with pytest.raises(AgentsOnlyError):
        await office.do(refusal, actor)


@pytest.mark.req("DEL-6", "DEL-8", "D1", "D2")
async def test_a_user_name_goes_to_the_provider_alone_and_the_password_to_the_delegate_alone(
    office: DelegationOffice,
) -> None:
    provider, actor = await office.provider()
    approved, work = await office.approved(actor, delegate_name="Éloïse  D’Amours")

    (contact,) = [each for each in work.events if isinstance(each, ContactRecorded)]
    account = await office.accounts.get(contact.account_id)
    assert account is not None
    assert (account.roles, account.email) == ((DELEGATE,), approved.delegate_email)
    assert account.temporary_until == office.now + LIFETIME
    assert account.user_name.startswith("eloisedamour")
    notices = notices_of(work)
    assert set(notices) == {
        f"delegate_user_name>{approved.provider_email}",
        f"delegate_password>{approved.delegate_email}",
    }
    to_provider = notices[f"delegate_user_name>{approved.provider_email}"]
    to_delegate = notices[f"delegate_password>{approved.delegate_email}"]
    assert to_provider.values["user_name"] == account.user_name
    assert to_provider.secret is None
    password = secret_of(to_delegate)
    assert await identity_builders.hashing().verify(password, account.password)
    assert account.user_name not in to_delegate.model_dump_json()
    assert password not in to_provider.model_dump_json() + to_delegate.model_dump_json()

    (grant,) = [each for each in work.events if isinstance(each, GrantChanged)]
    (event,) = [each for each in work.events if isinstance(each, DelegationApproved)]
    assert (grant.provider_id, grant.account_id, grant.service, grant.status) == (
        provider.provider_id,
        account.account_id,
        "billing",
        "active",
    )
    assert (event.grant_id, event.request_id) == (grant.grant_id, approved.request_id)
    acts = {each.act for each in work.events if isinstance(each, ActRecorded)}
    assert acts == {"sensitive_update", "user_created", "privilege_permissions_changed"}


@pytest.mark.req("DEL-6", "DEL-8", "D1")
async def test_somebody_with_a_delegate_account_gets_just_the_grant(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    first, opened = await office.approved(actor)
    person = {"delegate_name": first.delegate_name, "delegate_email": first.delegate_email}
    _, second_actor = await office.provider(display_name="Nadia Belkacem")
    second, work = await office.approved(second_actor, **person)

    (account_id,) = {each.account_id for each in opened.events if isinstance(each, ContactRecorded)}
    assert not [each for each in work.events if isinstance(each, ContactRecorded)]
    assert set(notices_of(work)) == {
        f"delegation_granted>{second.provider_email}",
        f"delegation_granted>{second.delegate_email}",
    }
    (changed,) = [each for each in work.events if isinstance(each, AccessChanged)]
    assert changed.account_id == account_id
    view = await office.view_of(account_id)
    assert [(grant.provider_id, grant.services) for grant in view.grants] == [
        (first.provider_id, ("billing",)),
        (second.provider_id, ("billing",)),
    ]


@pytest.mark.req("DEL-6")
async def test_nothing_is_granted_to_a_disabled_account(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    first, opened = await office.approved(actor)
    (contact,) = [each for each in opened.events if isinstance(each, ContactRecorded)]
    account = await office.accounts.get(contact.account_id)
    assert account is not None
    await office.accounts.save(replace(account, status=Status.DISABLED))
    again = {"delegate_name": first.delegate_name, "delegate_email": first.delegate_email}
    with pytest.raises(DelegateDisabledError):
        await office.approved(actor, **again, answers=("provider", "staff", "inbox"))


@pytest.mark.req("DEL-5")
async def test_a_refusal_has_a_reason_that_the_provider_is_told(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    view, agent = await office.submitted(actor), identity_builders.agent()
    for approve, reason in ((False, None), (True, "not_staff")):
        with pytest.raises(ReasonMismatchError):
            await office.do(
                DecideDelegation.model_validate(
                    {"request_id": view.request_id, "approve": approve, "reason_code": reason}
                ),
                agent,
            )
    refusal = DecideDelegation(request_id=view.request_id, approve=False, reason_code="email_shared")
    refused, work = await office.do(refusal, agent)
    assert (refused.state, refused.reason_code, refused.decided_at) == ("refused", "email_shared", office.now)
    (notice,) = notices_of(work).values()
    assert (notice.email, notice.values["reason_code"]) == (view.provider_email, "email_shared")
    (event,) = [each for each in work.events if isinstance(each, DelegationRefused)]
    assert event.reason_code == "email_shared"
    with pytest.raises(DelegationDecidedError):
        await office.do(DecideDelegation(request_id=view.request_id, approve=True), agent)
    with pytest.raises(DelegationDecidedError):
        await office.do(WithdrawDelegation(request_id=view.request_id), actor)


@pytest.mark.req("DEL-4", "DEL-5")
async def test_nothing_is_decided_before_both_have_signed(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    view, _ = await office.do(build.request_delegation(), actor)
    decision = DecideDelegation(request_id=view.request_id, approve=True)
    with pytest.raises(DelegationNotReceivedError):
        await office.do(decision, identity_builders.agent())
    await office.sign(view, actor)
    with pytest.raises(DelegationNotReceivedError):
        await office.do(decision, identity_builders.agent())
    with pytest.raises(DelegationUnknownError):
        await office.do(DecideDelegation(request_id="unknown", approve=True), identity_builders.agent())


@pytest.mark.req("DEL-3", "D3")
async def test_an_address_that_became_somebody_elses_meanwhile_stops_the_approval(office: DelegationOffice) -> None:
    _, actor = await office.provider()
    view = await office.submitted(actor)
    await office.accounts.add(identity_builders.account(email=view.delegate_email, display_name="Nadia Belkacem"))
    with pytest.raises(EmailOfAnotherError):
        await office.do(DecideDelegation(request_id=view.request_id, approve=True), identity_builders.agent())
