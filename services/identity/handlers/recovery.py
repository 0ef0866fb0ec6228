"""Recovery: a code to the mailbox, answers where they are asked, then a new password and no more (LOG-3..LOG-5)."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from services.identity.domain.accounts import MEMBER, Account, Status
from services.identity.domain.email_address import email_address
from services.identity.domain.passwords import PasswordPolicy
from services.identity.domain.provider_errors import ProviderNumberInvalidError
from services.identity.domain.providers import Kind, ProviderNumber
from services.identity.domain.recovery import Method, RecoveryUnderWay, Step
from services.identity.domain.safeguard_errors import RecoveryUnknownError
from services.identity.handlers.passwords import hashed_password, replace_password
from services.identity.ports import AccountRepository, PasswordHasher, RecoveryRepository
from shared.clock import Clock
from shared.contracts import Command
from shared.contracts.identity import SealedCode
from shared.contracts.identity.recovery import (
    ConfirmRecovery,
    PasswordRecovered,
    RecoveryStarted,
    ResendRecoveryCode,
    SetRecoveredPassword,
    StartRecovery,
)
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.envelopes import Received
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


class Find(Protocol):
    """The one account to which an address and a number belong, sought with the same queries whatever is known."""

    async def __call__(self, method: Method, *, email: str, number: str, session: Session | None) -> Account | None: ...


async def find_account(
    method: Method,
    *,
    email: str,
    number: str,
    session: Session | None,
    accounts: AccountRepository,
) -> Account | None:
    """``Find`` over the accounts; nobody's when several match, or when the account is disabled."""
    candidates = await accounts.list_by_email(email, session=session)
    if method is Method.PROVIDER:
        meant = _providers_with(number)
        found = [one for one in candidates if one.provider_id in meant]
    else:
        found = _members_with(candidates, number)
    active = [one for one in found if one.status is Status.ACTIVE]
    return active[0] if len(active) == 1 else None


def _members_with(candidates: Sequence[Account], number: str) -> list[Account]:
    typed = number.strip().casefold()
    return [
        one
        for one in candidates
        if MEMBER in one.roles and any(dossier.certificate.casefold() == typed for dossier in one.dossiers)
    ]


def _providers_with(number: str) -> set[str]:
    """Ids of all providers whose number, of whatever kind, was typed: ids derive from numbers, nothing is asked."""
    found: set[str] = set()
    for kind in Kind:
        with contextlib.suppress(ProviderNumberInvalidError):
            found.add(ProviderNumber.of(kind, number).provider_id)
    return found


async def start_recovery(
    received: Received[StartRecovery], work: Work, *, recoveries: RecoveryRepository, find: Find, clock: Clock
) -> RecoveryStarted:
    """Have a code mailed to the account's owner, or a neutral notice to the address that was typed; the answer is one.

    Raises:
        EmailInvalidError: no such address could exist.
    """
    message, now = received.message, clock()
    started = RecoveryStarted(recovery_id=message.recovery_id)
    email, method = email_address(message.email), Method(message.method)
    if await recoveries.get(message.recovery_id, session=work.session) is not None:
        return started
    account = await find(method, email=email, number=message.number, session=work.session)
    recovery = RecoveryUnderWay(
        recovery_id=message.recovery_id,
        method=method,
        account_id=None if account is None else account.account_id,
        email=email,
        language=message.language if account is None else account.language,
        started_at=now,
    )
    await recoveries.add(recovery, session=work.session)
    _mail(recovery, message.code, work, now=now)
    return started


async def resend_recovery_code(
    received: Received[ResendRecoveryCode], work: Work, *, recoveries: RecoveryRepository, clock: Clock
) -> RecoveryStarted:
    """Have another code, or the same notice once more, mailed.

    Raises:
        RecoveryUnknownError: nothing under way; the edge knows that already when its own session is in order.
    """
    message, now = received.message, clock()
    recovery = await recoveries.get(message.recovery_id, session=work.session)
    if recovery is None or recovery.proved_at is not None or not recovery.open(now):
        raise RecoveryUnknownError
    _mail(recovery, message.code, work, now=now)
    return RecoveryStarted(recovery_id=recovery.recovery_id)


async def confirm_recovery(
    received: Received[ConfirmRecovery], work: Work, *, recoveries: RecoveryRepository, clock: Clock
) -> RecoveryStarted:
    """The code came back: the next step is open. Confirming again changes nothing.

    Raises:
        RecoveryUnknownError: unknown, expired, completed, or of nobody's account.
    """
    now = clock()
    recovery = await recoveries.get(received.message.recovery_id, session=work.session)
    if recovery is None or recovery.account_id is None or not recovery.open(now):
        raise RecoveryUnknownError
    if recovery.proved_at is None:
        await recoveries.save(replace(recovery, proved_at=now), session=work.session)
    return RecoveryStarted(recovery_id=recovery.recovery_id)


class PreparedPassword(Command):
    """``SetRecoveredPassword`` after its costly part: never on the wire. ``password`` is an encoded hash."""

    wire_type = "local.prepared_recovered_password.v1"
    recovery_id: str
    password: str


async def prepare_password(
    received: Received[SetRecoveredPassword],
    *,
    recoveries: RecoveryRepository,
    accounts: AccountRepository,
    opener: SecretOpener,
    policy: PasswordPolicy,
    hashing: PasswordHasher,
    clock: Clock,
) -> Received[PreparedPassword]:
    """Check and hash the password, outside any transaction; for those alone who may set one (F2).

    Raises:
        RecoveryUnknownError: the recovery is not at this step.
        AppError: one of the password errors of ``PasswordPolicy.check``.
        UnreadableSecret: not sealed for this recovery.
        HashingBusyError: too many passwords wait.
    """
    message, now = received.message, clock()
    _, account = await _ready(message.recovery_id, recoveries=recoveries, accounts=accounts, now=now, session=None)
    password = opener.open(message.password, binding=Binding("password", message.recovery_id), now=now)
    encoded = await hashed_password(password, account, policy=policy, hashing=hashing)
    prepared = PreparedPassword(recovery_id=message.recovery_id, password=encoded)
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def set_recovered_password(
    received: Received[PreparedPassword],
    work: Work,
    *,
    recoveries: RecoveryRepository,
    accounts: AccountRepository,
    notices: Notices,
    clock: Clock,
) -> PasswordRecovered:
    """Replace the password; every session of the account ends and its owner is told (F3, F4). Works while sign-in is
    locked, and once only (K5).

    Raises:
        RecoveryUnknownError: the recovery is not at this step (any longer).
        AccountChangedError: the account was changed at the same time.
    """
    message, now = received.message, clock()
    recovery, account = await _ready(
        message.recovery_id, recoveries=recoveries, accounts=accounts, now=now, session=work.session
    )
    await recoveries.save(replace(recovery, completed_at=now), session=work.session)
    await replace_password(
        work,
        received,
        account,
        message.password,
        accounts=accounts,
        notices=notices,
        now=now,
        how=f"recovery_{recovery.method.value}",
    )
    return PasswordRecovered(account_id=account.account_id)


async def _ready(
    recovery_id: str,
    *,
    recoveries: RecoveryRepository,
    accounts: AccountRepository,
    now: datetime,
    session: Session | None,
) -> tuple[RecoveryUnderWay, Account]:
    """A recovery whose next step is the password, and its account."""
    recovery = await recoveries.get(recovery_id, session=session)
    if recovery is None or recovery.account_id is None or recovery.step(now) is not Step.PASSWORD:
        raise RecoveryUnknownError
    account = await accounts.get(recovery.account_id, session=session)
    if account is None or account.status is not Status.ACTIVE:
        raise RecoveryUnknownError
    return recovery, account


def _mail(recovery: RecoveryUnderWay, code: SealedCode, work: Work, *, now: datetime) -> None:
    if recovery.account_id is not None:
        command = SendCode(purpose="recovery", code=code, account_id=recovery.account_id)
        work.send(command, expires_at=code.expires_at)
        return
    work.send(
        SendAccessNotice(
            delivery_id=code.delivery_id,
            kind="recovery_not_matched",
            email=recovery.email,
            language=recovery.language,
            reference=code.reference,
            occurred_at=now,
        )
    )
