"""What people change of their own account: security questions and the access address (LOG-9). Each change is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.identity.domain.accounts import Account, user_name_key
from services.identity.domain.address_changes import AddressChange, masked_address
from services.identity.domain.administrator_questions import require_one_of_each
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import AccountUnknownError
from services.identity.domain.safeguard_errors import (
    AddressChangeUnknownError,
    CurrentPasswordError,
    EmailUnchangedError,
)
from services.identity.domain.security_questions import SecurityQuestions
from services.identity.handlers.acts import note
from services.identity.handlers.proofs import answers_in, hashed_answers
from services.identity.handlers.step_up import guarded_provider
from services.identity.ports import (
    AccountRepository,
    AddressChangeRepository,
    PasswordHasher,
    RecoveryRecordRepository,
)
from shared.clock import Clock
from shared.contracts import Command, Done
from shared.contracts.identity import SealedCode
from shared.contracts.identity.access import ContactRecorded
from shared.contracts.identity.safeguards import (
    AddressChangeStarted,
    ConfirmEmailChange,
    ResendAddressChangeCode,
    SetSecurityQuestions,
    StartEmailChange,
)
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


class PreparedQuestions(Command):
    """``SetSecurityQuestions`` after its costly part: never on the wire. ``answers`` are questions and hashes."""

    wire_type = "local.prepared_questions.v1"
    answers: tuple[tuple[str, str], ...]


class PreparedEmailChange(Command):
    """``StartEmailChange`` whose password was right: never on the wire."""

    wire_type = "local.prepared_email_change.v1"
    request: StartEmailChange
    email: str


async def prepare_questions(
    received: Received[SetSecurityQuestions],
    *,
    accounts: AccountRepository,
    opener: SecretOpener,
    hashing: PasswordHasher,
    offered: SecurityQuestions,
    clock: Clock,
) -> Received[PreparedQuestions]:
    """Check the password and the choice, and hash the answers, outside any transaction.

    Raises:
        CurrentPasswordError: the password is wrong.
        AnswerInvalidError: not one question of each list, or answers that are none.
        UnreadableSecret: not sealed for this account.
    """
    message, now = received.message, clock()
    account = await proven(received, message.current_password, accounts, opener=opener, hashing=hashing, now=now)
    secret = opener.open(message.answers, binding=Binding("answers", account.account_id), now=now)
    given = answers_in(secret)
    require_one_of_each(given.keys(), [frozenset(questions) for questions in offered.lists])
    prepared = PreparedQuestions(answers=await hashed_answers(given, hashing=hashing))
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def set_security_questions(
    received: Received[PreparedQuestions],
    work: Work,
    *,
    records: RecoveryRecordRepository,
    notices: Notices,
    clock: Clock,
) -> Done:
    """Replace questions and answers; a block of recovery stays (it would be a way around it)."""
    account_id = received.require_actor().account_id
    known = await records.get(account_id, session=work.session) or RecoveryRecord(account_id=account_id)
    await records.save(replace(known, answers=received.message.answers), session=work.session)
    notices.to_account(work, "security_questions_changed", account_id)
    _note_change(work, received, account_id, "security_questions", clock=clock)
    return Done()


async def prepare_email_change(
    received: Received[StartEmailChange],
    *,
    accounts: AccountRepository,
    opener: SecretOpener,
    hashing: PasswordHasher,
    clock: Clock,
) -> Received[PreparedEmailChange]:
    """Check the password and the address, outside any transaction.

    Raises:
        CurrentPasswordError: the password is wrong.
        EmailInvalidError, EmailUnchangedError: not an address, or the one that is used already.
        UnreadableSecret: not sealed for this account.
    """
    message = received.message
    account = await proven(received, message.current_password, accounts, opener=opener, hashing=hashing, now=clock())
    email = email_address(message.email)
    if email == account.email:
        raise EmailUnchangedError
    prepared = PreparedEmailChange(request=message, email=email)
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def start_email_change(
    received: Received[PreparedEmailChange],
    work: Work,
    *,
    changes: AddressChangeRepository,
    accounts: AccountRepository,
    clock: Clock,
) -> AddressChangeStarted:
    """Have a code mailed to the new address, or, where that is another account's, a notice; the answer is one."""
    actor, request, now = received.require_actor(), received.message.request, clock()
    change = AddressChange(
        change_id=request.change_id,
        account_id=actor.account_id,
        email=received.message.email,
        language=actor.language,
        taken=await _is_taken(received.message.email, accounts, work),
        started_at=now,
    )
    await changes.save(change, session=work.session)
    send_code_or_notice(change, request.code, work, now=now)
    return AddressChangeStarted(change_id=change.change_id)


async def resend_address_change_code(
    received: Received[ResendAddressChangeCode], work: Work, *, changes: AddressChangeRepository, clock: Clock
) -> AddressChangeStarted:
    """The next code, or the notice again, to the address of a change under way.

    Raises:
        AddressChangeUnknownError: not under way, or another's.
    """
    actor, message, now = received.require_actor(), received.message, clock()
    change = await changes.get(message.change_id, session=work.session)
    if change is None or change.account_id != actor.account_id or not change.waits(now):
        raise AddressChangeUnknownError
    if change.provider_id not in {None, guarded_provider(actor)}:
        raise AddressChangeUnknownError
    send_code_or_notice(change, message.code, work, now=now)
    return AddressChangeStarted(change_id=change.change_id)


async def confirm_email_change(
    received: Received[ConfirmEmailChange],
    work: Work,
    *,
    changes: AddressChangeRepository,
    accounts: AccountRepository,
    notices: Notices,
    clock: Clock,
) -> Done:
    """The address becomes the account's, and its user name where the old address was that; both are told.

    Raises:
        AddressChangeUnknownError: not under way, another's, or somebody else took the address meanwhile.
        AccountChangedError: the account was changed at the same time.
    """
    actor, now = received.require_actor(), clock()
    change = await changes.get(received.message.change_id, session=work.session)
    if change is None or change.account_id != actor.account_id or change.provider_id is not None:
        raise AddressChangeUnknownError
    if not change.open(now) or await _is_taken(change.email, accounts, work):
        raise AddressChangeUnknownError
    account = await accounts.get(actor.account_id, session=work.session)
    if account is None:
        raise AccountUnknownError
    is_user_name = user_name_key(account.user_name) == user_name_key(account.email)
    changed = replace(account, email=change.email, user_name=change.email if is_user_name else account.user_name)
    await accounts.save(changed, session=work.session)
    await changes.save(replace(change, done_at=now, former=account.email), session=work.session)
    _tell(changed, (account.email, change.email), work, notices=notices, now=now)
    _note_change(work, received, account.account_id, "email", clock=clock)
    return Done()


def send_code_or_notice(change: AddressChange, code: SealedCode, work: Work, *, now: datetime) -> None:
    """A code to an address that is nobody's; its owner is told where it is somebody's."""
    if not change.taken:
        command = SendCode(purpose="email_change", code=code, email=change.email, language=change.language)
        work.send(command, expires_at=code.expires_at)
        return
    work.send(
        SendAccessNotice(
            delivery_id=code.delivery_id,
            kind="already_registered",
            email=change.email,
            language=change.language,
            reference=code.reference,
            occurred_at=now,
        )
    )


async def proven(
    received: Received[Any],
    sealed: str,
    accounts: AccountRepository,
    *,
    opener: SecretOpener,
    hashing: PasswordHasher,
    now: datetime,
) -> Account:
    """The actor's account, if ``sealed`` is its password. Costly: never inside a transaction.

    Raises:
        CurrentPasswordError: it is not.
        UnreadableSecret: it was not sealed for this account.
    """
    account_id = received.require_actor().account_id
    password = opener.open(sealed, binding=Binding("password", account_id), now=now)
    account = await accounts.get(account_id)
    right = await hashing.verify(password, None if account is None else account.password)
    if account is None or not right or not account.usable(now):
        raise CurrentPasswordError
    return account


async def _is_taken(email: str, accounts: AccountRepository, work: Work) -> bool:
    reached = await accounts.list_by_email(email, session=work.session)
    namesake = await accounts.get_by_user_name(email, session=work.session)
    return bool(reached) or namesake is not None


def _tell(account: Account, addresses: Sequence[str], work: Work, *, notices: Notices, now: datetime) -> None:
    work.publish(
        ContactRecorded(
            account_id=account.account_id,
            email=account.email,
            language=account.language,
            display_name=account.display_name,
            dossier_ids=tuple(number.dossier_id for number in account.dossiers),
            provider_id=account.provider_id,
            recorded_at=now,
        )
    )
    values = {"new_address": masked_address(account.email)}
    for address in addresses:
        notices.to_address(work, "email_changed", address, language=account.language, values=values)


def _note_change(work: Work, received: Received[Any], account_id: str, what: str, *, clock: Clock) -> None:
    note(work, received, "sensitive_update", about=account_id, details={"what": what}, clock=clock)
