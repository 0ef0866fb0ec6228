"""Direct deposit of a payee: enrolling and showing it (BNK-1, BNK-2, BNK-6)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Final

import orjson

from services.banking.domain.accounts import DirectDeposit
from services.banking.domain.institutions import INSTITUTIONS, Institution
from services.banking.handlers.directory import BUILT_IN, InstitutionDirectory, warnings_for
from services.banking.handlers.hints import hints
from services.banking.ports import AccountRepository, AccountVault, BankException, ExceptionRepository, StoredAccount
from shared.clock import Clock
from shared.contracts import Actor, Command, View
from shared.contracts.banking import (
    DirectDepositEnrolled,
    DirectDepositView,
    EnrolDirectDeposit,
    GetDirectDeposit,
    PayeeOf,
)
from shared.envelopes import Received
from shared.errors import Conflict, Forbidden, Rejected
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener

MEMBER: Final = "member"
PROVIDER: Final = "provider"
PURPOSE: Final = "direct_deposit"
"""What the sealed bank details are bound to, with the dossier as subject."""

_BOXES: Final = ("transit", "institution", "account")


class BankingForbidden(Forbidden):
    """Bank details are for the payee alone: no delegate, no employee, no agent (BNK-6)."""

    def __init__(self) -> None:
        super().__init__("banking.forbidden")


class DetailsUnreadable(Rejected):
    """What was sealed is not an object with the three boxes as texts."""

    def __init__(self) -> None:
        super().__init__("banking.details_unreadable")


class AlreadyEnrolled(Conflict):
    """The payee is enrolled with other details; changing them needs a step-up (BNK-3)."""

    def __init__(self) -> None:
        super().__init__("banking.already_enrolled")


class PreparedEnrolment(Command):
    """An enrolment whose account is encrypted already: what ``enrol`` handles. Never leaves the process."""

    wire_type: ClassVar[str] = "local.prepared_enrolment.v1"
    account: StoredAccount
    shown: DirectDepositView


async def prepare_enrolment(
    received: Received[EnrolDirectDeposit],
    *,
    enrol: Callable[[Received[Any]], Awaitable[bytes | None]],
    opener: SecretOpener,
    vault: AccountVault,
    clock: Clock,
    directory: InstitutionDirectory = BUILT_IN,
) -> bytes | None:
    """Open, check and encrypt the details, then hand them to ``enrol``, the group commit of that handler.

    Making a data key and encrypting stand before the transaction, which may run several times. A data key whose
    enrolment then fails is used by the next one.
    """
    actor, now = received.require_actor(), clock()
    payee_id = payee_of(actor, "dossier")
    secret = opener.open(received.message.details, binding=Binding(PURPOSE, payee_id), now=now)
    deposit = deposit_in(secret, institutions=await directory.institutions())
    account = StoredAccount(
        payee_id=payee_id,
        account_id=actor.account_id,
        boxes=await vault.encrypt(payee_id, deposit),
        account_ending=account_ending(deposit),
        fingerprint=vault.fingerprint(deposit),
        enrolled_at=now,
    )
    view = await described(deposit, account, directory=directory, language=actor.language)
    prepared = PreparedEnrolment(account=account, shown=view)
    return await enrol(Received(prepared, received.message_id, received.correlation_id, actor, received.trace))


async def enrol(
    received: Received[PreparedEnrolment],
    work: Work,
    *,
    accounts: AccountRepository,
    exceptions: ExceptionRepository,
) -> View:
    """Store a first account. The same details again change nothing.

    Raises:
        AlreadyEnrolled: with other details.
    """
    account = received.message.account
    known = await accounts.get(account.payee_id, session=work.session)
    if known is not None:
        if known.fingerprint != account.fingerprint:
            raise AlreadyEnrolled
        return received.message.shown.model_copy(update=dates_of(known))
    if await accounts.list_payees_by_fingerprint(account.fingerprint, session=work.session):
        await exceptions.record([shared_account(account)], session=work.session)
    await accounts.add(account, session=work.session)
    work.publish(
        DirectDepositEnrolled(payee_id=account.payee_id, account_id=account.account_id, enrolled_at=account.enrolled_at)
    )
    return received.message.shown


async def get_direct_deposit(
    received: Received[GetDirectDeposit],
    *,
    accounts: AccountRepository,
    vault: AccountVault,
    directory: InstitutionDirectory = BUILT_IN,
) -> DirectDepositView:
    """The payee's own direct deposit, masked."""
    actor = received.require_actor()
    payee_id = payee_of(actor, received.message.payee)
    account = await accounts.get(payee_id)
    if account is None:
        return DirectDepositView(enrolled=False)
    return await seen(account, vault=vault, directory=directory, language=actor.language)


async def seen(
    account: StoredAccount, *, vault: AccountVault, directory: InstitutionDirectory, language: str
) -> DirectDepositView:
    """A stored account, masked.

    Raises:
        AccountUnreadable, AccountErased: as the vault.
    """
    deposit = await vault.decrypt(account.payee_id, account.boxes)
    return await described(deposit, account, directory=directory, language=language)


def account_ending(deposit: DirectDeposit) -> str | None:
    """The digits that screens may show."""
    return deposit.masked.lstrip("*") or None


def payee_of(actor: Actor, payee: PayeeOf) -> str:
    """Whose bank details the actor may see and change: the own dossier's, or the own provider's.

    Raises:
        BankingForbidden: nobody's.
    """
    role, payee_id = (MEMBER, actor.dossier_id) if payee == "dossier" else (PROVIDER, actor.provider_id)
    if role not in actor.roles or actor.on_behalf_of is not None or payee_id is None:
        raise BankingForbidden
    return payee_id


def deposit_in(secret: str, *, institutions: Mapping[str, Institution] = INSTITUTIONS) -> DirectDeposit:
    """The three boxes that were sealed, checked.

    Raises:
        DetailsUnreadable: not three texts.
        TransitInvalid, InstitutionInvalid, InstitutionUnknown, AccountInvalid: the first box that is wrong.
    """
    try:
        details = orjson.loads(secret)
        transit, institution, account = (details[box] for box in _BOXES)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise DetailsUnreadable from None  # the cause would quote the secret
    if not all(isinstance(box, str) for box in (transit, institution, account)):
        raise DetailsUnreadable
    return DirectDeposit.of(transit, institution, account=account, institutions=institutions)


def institution_name(
    deposit: DirectDeposit, language: str, *, institutions: Mapping[str, Institution] = INSTITUTIONS
) -> str:
    """What the institution is called, or its number; it may have left the list since."""
    return institutions.get(deposit.institution, Institution(deposit.institution)).name(language)


async def described(
    deposit: DirectDeposit, account: StoredAccount, *, directory: InstitutionDirectory, language: str
) -> DirectDepositView:
    """What screens may show, with warnings in words and the version that a change would replace."""
    institutions, warnings = await directory.institutions(), await warnings_for(deposit, directory)
    view = DirectDepositView(
        enrolled=True,
        institution_name=institution_name(deposit, language, institutions=institutions),
        account_ending=account_ending(deposit),
        warnings=tuple(warning.code for warning in warnings),
        hints=hints(warnings, institutions=institutions, language=language),
    )
    return view.model_copy(update=dates_of(account))


def dates_of(account: StoredAccount) -> dict[str, object]:
    """The part of the view that comes from what is stored, not from the details."""
    return {
        "enrolled_at": account.enrolled_at,
        "version": account.version,
        "changed_at": account.valid_from,
        "held_until": account.held_until,
    }


def shared_account(account: StoredAccount) -> BankException:
    """Spouses share accounts; so do thieves. A person looks, the payee is not told."""
    return BankException(
        exception_id=f"account_shared:{account.payee_id}",
        kind="account_shared",
        source=account.payee_id,
        subject=account.payee_id,
        found_at=account.enrolled_at,
    )
