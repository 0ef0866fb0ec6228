"""Changing bank details (BNK-3): one version replaces the one that was shown, everybody concerned hears of it, and
nothing is paid for a while. That a fresh step-up was about exactly this change is the edge's to see to: it alone may
send the command.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from services.banking.handlers.directory import BUILT_IN, InstitutionDirectory
from services.banking.handlers.enrolment import (
    PURPOSE,
    account_ending,
    dates_of,
    deposit_in,
    described,
    payee_of,
    shared_account,
)
from services.banking.ports import AccountRepository, AccountVault, ExceptionRepository, StoredAccount
from shared.clock import Clock
from shared.contracts import Command
from shared.contracts.banking import ChangeDirectDeposit, DirectDepositChanged, DirectDepositView
from shared.envelopes import Received
from shared.errors import Conflict, NotFound
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


class NotEnrolled(NotFound):
    """There is nothing to change: direct deposit was never set up."""

    def __init__(self) -> None:
        super().__init__("banking.not_enrolled")


class DetailsChangedMeanwhile(Conflict):
    """Other details are in force than those that were shown: what they end in now tells which (B7)."""

    def __init__(self, now: StoredAccount) -> None:
        super().__init__(
            "banking.details_changed_meanwhile", version=now.version, account_ending=now.account_ending or "…"
        )


class PreparedChange(Command):
    """A change whose account is encrypted already: what ``change`` handles. Never leaves the process."""

    wire_type: ClassVar[str] = "local.prepared_change.v1"
    account: StoredAccount
    shown: DirectDepositView


async def prepare_change(
    received: Received[ChangeDirectDeposit],
    *,
    change: Callable[[Received[Any]], Awaitable[bytes | None]],
    opener: SecretOpener,
    vault: AccountVault,
    clock: Clock,
    hold: timedelta,
    directory: InstitutionDirectory = BUILT_IN,
) -> bytes | None:
    """Open, check and encrypt the new details, then hand them to ``change``, the group commit of that handler."""
    actor, message, now = received.require_actor(), received.message, clock()
    payee_id = payee_of(actor, message.payee)
    secret = opener.open(message.details, binding=Binding(PURPOSE, payee_id), now=now)
    deposit = deposit_in(secret, institutions=await directory.institutions())
    account = StoredAccount(
        payee_id=payee_id,
        account_id=actor.account_id,
        boxes=await vault.encrypt(payee_id, deposit),
        account_ending=account_ending(deposit),
        fingerprint=vault.fingerprint(deposit),
        enrolled_at=now,
        version=message.replaces + 1,
        valid_from=now,
        held_until=now + hold,
    )
    view = await described(deposit, account, directory=directory, language=actor.language)
    prepared = PreparedChange(account=account, shown=view)
    return await change(Received(prepared, received.message_id, received.correlation_id, actor, received.trace))


async def change(
    received: Received[PreparedChange],
    work: Work,
    *,
    accounts: AccountRepository,
    exceptions: ExceptionRepository,
) -> DirectDepositView:
    """Put new details in the place of those that were shown. The same details again change nothing.

    Raises:
        NotEnrolled: there are none.
        DetailsChangedMeanwhile: those in force are not those that were shown; of changes at the same time one wins.
    """
    wanted = received.message.account
    known = await accounts.get(wanted.payee_id, session=work.session)
    if known is None:
        raise NotEnrolled
    if known.fingerprint == wanted.fingerprint:
        return received.message.shown.model_copy(update=dates_of(known))
    account = replace(
        wanted,
        enrolled_at=known.enrolled_at,
        payee_class=known.payee_class,
        former=(replace(known, former=(), held_until=None), *known.former),
    )
    if known.version != wanted.version - 1 or not await accounts.replace(account, session=work.session):
        raise DetailsChangedMeanwhile(known)
    if set(await accounts.list_payees_by_fingerprint(account.fingerprint, session=work.session)) - {account.payee_id}:
        await exceptions.record([shared_account(account)], session=work.session)
    work.publish(_changed(account, former=known))
    return received.message.shown.model_copy(update=dates_of(account))


def _changed(account: StoredAccount, *, former: StoredAccount) -> DirectDepositChanged:
    changed_at: datetime = account.valid_from or account.enrolled_at
    return DirectDepositChanged(
        payee_id=account.payee_id,
        account_id=account.account_id,
        former_account_id=former.account_id,
        account_ending=account.account_ending,
        version=account.version,
        changed_at=changed_at,
        held_until=account.held_until or changed_at,
    )
