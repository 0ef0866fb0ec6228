"""Administrator security: added, replaced and shown (DEL-9, B4, B5); and who hears of changed bank details (BNK-3)."""

from dataclasses import replace
from datetime import datetime

from services.identity.domain.address_changes import AddressChange, masked_address
from services.identity.domain.administrator_questions import ADMINISTRATOR_LISTS, require_one_of_each
from services.identity.domain.administrators import AdministratorCredential
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import AccountUnknownError
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from services.identity.domain.safeguard_errors import (
    AddressChangeUnknownError,
    AdministratorAddressError,
    AdministratorChangedError,
    AdministratorPasswordError,
    ProvidersOnlyError,
)
from services.identity.handlers.account_management import send_code_or_notice
from services.identity.handlers.acts import note
from services.identity.handlers.proofs import answers_in, hashed_answers
from services.identity.handlers.step_up import guarded_provider
from services.identity.ports import (
    AccountRepository,
    AddressChangeRepository,
    AdministratorRepository,
    PasswordHasher,
)
from shared.clock import Clock
from shared.contracts import Actor, Command
from shared.contracts.banking import DirectDepositChanged
from shared.contracts.identity.safeguards import (
    AddressChangeStarted,
    AdministratorSecurityView,
    ConfirmAdministratorSecurity,
    GetAdministratorSecurity,
    SetAdministratorSecurity,
)
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


class PreparedAdministrator(Command):
    """``SetAdministratorSecurity`` after its costly part: never on the wire."""

    wire_type = "local.prepared_administrator.v1"
    request: SetAdministratorSecurity
    email: str
    password: str
    answers: tuple[tuple[str, str], ...]


async def prepare_administrator(
    received: Received[SetAdministratorSecurity],
    *,
    accounts: AccountRepository,
    opener: SecretOpener,
    policy: PasswordPolicy,
    hashing: PasswordHasher,
    clock: Clock,
) -> Received[PreparedAdministrator]:
    """Check address, password and questions, and hash them, outside any transaction.

    Raises:
        ProvidersOnlyError: the caller is not a provider in person.
        AdministratorAddressError, AdministratorPasswordError: the same as the account's.
        EmailInvalidError, AnswerInvalidError: or one of the password errors of ``PasswordPolicy.check``.
        UnreadableSecret: not sealed for this change.
    """
    message, now = received.message, clock()
    actor = received.require_actor()
    provider_in_person(actor)
    account = await accounts.get(actor.account_id)
    if account is None:
        raise AccountUnknownError
    email = email_address(message.email)
    if email == account.email:
        raise AdministratorAddressError
    password = normalised(opener.open(message.password, binding=Binding("password", message.change_id), now=now))
    policy.check(password, personal=(*personal_data(email=email, numbers=()), account.user_name))
    if await hashing.verify(password, account.password):
        raise AdministratorPasswordError
    given = answers_in(opener.open(message.answers, binding=Binding("answers", message.change_id), now=now))
    require_one_of_each(given.keys(), ADMINISTRATOR_LISTS)
    prepared = PreparedAdministrator(
        request=message,
        email=email,
        password=await hashing.hash(password),
        answers=await hashed_answers(given, hashing=hashing),
    )
    return Received(prepared, received.message_id, received.correlation_id, actor, received.trace)


async def set_administrator_security(
    received: Received[PreparedAdministrator],
    work: Work,
    *,
    administrators: AdministratorRepository,
    changes: AddressChangeRepository,
    clock: Clock,
) -> AddressChangeStarted:
    """Set the credential aside and have a code mailed to its address.

    Raises:
        AdministratorChangedError: ``replaces`` is not the present version; nothing is mailed.
    """
    message, now = received.message, clock()
    actor = received.require_actor()
    provider_id = provider_in_person(actor)
    known = await administrators.get(provider_id, session=work.session)
    if message.request.replaces != (0 if known is None else known.version):
        raise AdministratorChangedError
    change = AddressChange(
        change_id=message.request.change_id,
        account_id=actor.account_id,
        provider_id=provider_id,
        email=message.email,
        language=actor.language,
        password=message.password,
        answers=message.answers,
        replaces=message.request.replaces,
        started_at=now,
    )
    await changes.save(change, session=work.session)
    send_code_or_notice(change, message.request.code, work, now=now)
    return AddressChangeStarted(change_id=change.change_id)


async def confirm_administrator_security(
    received: Received[ConfirmAdministratorSecurity],
    work: Work,
    *,
    administrators: AdministratorRepository,
    changes: AddressChangeRepository,
    notices: Notices,
    clock: Clock,
) -> AdministratorSecurityView:
    """From now on every change of bank details needs this credential; all addresses concerned are told.

    Raises:
        AddressChangeUnknownError: not under way, or another's.
        AdministratorChangedError: somebody else was faster.
    """
    actor, now = received.require_actor(), clock()
    provider_id = provider_in_person(actor)
    change = await changes.get(received.message.change_id, session=work.session)
    if change is None or change.account_id != actor.account_id or change.provider_id != provider_id:
        raise AddressChangeUnknownError
    if change.password is None or not change.open(now):
        raise AddressChangeUnknownError
    known = await administrators.get(provider_id, session=work.session)
    if change.replaces != (0 if known is None else known.version):
        raise AdministratorChangedError
    credential = AdministratorCredential(
        provider_id=provider_id,
        email=change.email,
        language=change.language,
        password=change.password,
        answers=change.answers,
        version=change.replaces + 1,
        changed_by=actor.account_id,
        changed_at=now,
    )
    await administrators.save(credential, session=work.session)
    await changes.save(replace(change, done_at=now, password=None, answers=()), session=work.session)
    notices.to_account(work, "administrator_security_changed", actor.account_id)
    for address in dict.fromkeys((credential.email, credential.email if known is None else known.email)):
        notices.to_address(work, "administrator_security_changed", address, language=credential.language)
    note(work, received, "sensitive_update", about=provider_id, details={"what": "administrator"}, clock=clock)
    return _view(credential)


async def get_administrator_security(
    received: Received[GetAdministratorSecurity], *, administrators: AdministratorRepository
) -> AdministratorSecurityView:
    """What may be shown of it; delegates learn nothing."""
    credential = await administrators.get(provider_in_person(received.require_actor()))
    return AdministratorSecurityView(active=False) if credential is None else _view(credential)


async def on_direct_deposit_changed(
    received: Received[DirectDepositChanged],
    work: Work,
    *,
    accounts: AccountRepository,
    administrators: AdministratorRepository,
    changes: AddressChangeRepository,
    notices: Notices,
) -> None:
    """Tell everybody who might have to object: who changed it, who enrolled before, their former addresses, and the
    administrator.
    """
    event = received.message
    values: dict[str, str | int | datetime] = {
        "account_ending": event.account_ending or "",
        "held_until": event.held_until,
    }
    told: set[str] = set()
    for account_id in dict.fromkeys((event.account_id, event.former_account_id)):
        account = await accounts.get(account_id, session=work.session)
        if account is None:
            continue
        notices.to_account(work, "direct_deposit_changed", account_id, values=values)
        told.add(account.email)
        for former in await changes.list_former(account_id, session=work.session):
            if former not in told:
                notices.to_address(work, "direct_deposit_changed", former, language=account.language, values=values)
                told.add(former)
    administrator = await administrators.get(event.payee_id, session=work.session)
    if administrator is not None and administrator.email not in told:
        notices.to_address(
            work, "direct_deposit_changed", administrator.email, language=administrator.language, values=values
        )
    note(
        work,
        received,
        "sensitive_update",
        about=event.payee_id,
        account_id=event.account_id,
        details={"what": "direct_deposit"},
    )


def provider_in_person(actor: Actor) -> str:
    """The caller's own provider.

    Raises:
        ProvidersOnlyError: a delegate, or somebody else.
    """
    provider_id = guarded_provider(actor)
    if "provider" not in actor.roles or provider_id is None:
        raise ProvidersOnlyError
    return provider_id


def _view(credential: AdministratorCredential) -> AdministratorSecurityView:
    return AdministratorSecurityView(
        active=True,
        email=masked_address(credential.email),
        questions=credential.questions,
        version=credential.version,
        changed_at=credential.changed_at,
    )
