"""Direct deposit of providers who are enrolling: held while they are nobody, theirs once they are registered (REG-10).

Bank details never pass through identity. The edge brings them here under the key of the enrolment; identity tells that
an account came of that enrolment, and whose it is.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, Final

from services.banking.handlers.directory import BUILT_IN, InstitutionDirectory, warnings_for
from services.banking.handlers.enrolment import (
    PURPOSE,
    account_ending,
    deposit_in,
    institution_name,
    shared_account,
)
from services.banking.handlers.hints import hints
from services.banking.ports import (
    HELD,
    AccountRepository,
    AccountVault,
    BankException,
    ExceptionRepository,
    HeldDeposit,
    HeldDepositRepository,
    PayeeRepository,
    StoredAccount,
)
from shared.clock import Clock
from shared.contracts import Command
from shared.contracts.banking import DirectDepositEnrolled, DirectDepositHeld, HoldDirectDeposit
from shared.contracts.identity.providers import ProviderRegistered
from shared.envelopes import Received
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener

HELD_FOR: Final = timedelta(hours=24)
"""As long as an enrolment may take."""

Join = Callable[[Received[Any]], Awaitable[bytes | None]]


class PreparedHold(Command):
    """Details that are encrypted already: what ``hold`` handles. Never leaves the process."""

    wire_type: ClassVar[str] = "local.prepared_hold.v1"
    held: HeldDeposit
    shown: DirectDepositHeld


class PreparedRegistration(Command):
    """A registered provider, with the account encrypted under the own key if one was held. Never leaves the process."""

    wire_type: ClassVar[str] = "local.prepared_registration.v1"
    event: ProviderRegistered
    account: StoredAccount | None


async def prepare_hold(
    received: Received[HoldDirectDeposit],
    *,
    hold: Join,
    opener: SecretOpener,
    vault: AccountVault,
    clock: Clock,
    directory: InstitutionDirectory = BUILT_IN,
) -> bytes | None:
    """Open, check and encrypt the details outside any transaction, then hand them to ``hold``, its group commit.

    Raises:
        UnreadableSecret: sealed for another enrolment, or too long ago.
        DetailsUnreadable, TransitInvalid, InstitutionInvalid, InstitutionUnknown, AccountInvalid: what is wrong.
    """
    message, now = received.message, clock()
    secret = opener.open(message.details, binding=Binding(PURPOSE, message.flow_key), now=now)
    institutions = await directory.institutions()
    deposit = deposit_in(secret, institutions=institutions)
    warnings = await warnings_for(deposit, directory)
    held = HeldDeposit(
        flow_key=message.flow_key,
        boxes=await vault.encrypt(f"{HELD}{message.flow_key}", deposit),
        expires_at=now + HELD_FOR,
    )
    shown = DirectDepositHeld(
        institution_name=institution_name(deposit, message.language, institutions=institutions),
        account_ending=account_ending(deposit),
        warnings=tuple(warning.code for warning in warnings),
        hints=hints(warnings, institutions=institutions, language=message.language),
        expires_at=held.expires_at,
    )
    prepared = PreparedHold(held=held, shown=shown)
    return await hold(Received(prepared, received.message_id, received.correlation_id, None, received.trace))


async def hold(received: Received[PreparedHold], work: Work, *, held: HeldDepositRepository) -> DirectDepositHeld:
    """Keep the details for a day; those given before for the same enrolment are forgotten."""
    await held.put(received.message.held, session=work.session)
    return received.message.shown


async def prepare_provider(
    received: Received[ProviderRegistered], *, register: Join, held: HeldDepositRepository, vault: AccountVault
) -> bytes | None:
    """Take what is held and encrypt it under the provider's own key, outside any transaction.

    Whether it had expired is asked of the moment of registering, however late the event comes.
    """
    event = received.message
    found = None
    if event.direct_deposit and event.flow_key is not None:
        found = await held.get(event.flow_key, at=event.registered_at)
    account = None
    if found is not None:
        deposit = await vault.decrypt(f"{HELD}{found.flow_key}", found.boxes)
        account = StoredAccount(
            payee_id=event.provider_id,
            account_id=event.account_id,
            boxes=await vault.encrypt(event.provider_id, deposit),
            account_ending=account_ending(deposit),
            fingerprint=vault.fingerprint(deposit),
            enrolled_at=event.registered_at,
            payee_class="provider",
        )
    prepared = PreparedRegistration(event=event, account=account)
    return await register(Received(prepared, received.message_id, received.correlation_id, None, received.trace))


async def register_provider(
    received: Received[PreparedRegistration],
    work: Work,
    *,
    accounts: AccountRepository,
    payees: PayeeRepository,
    exceptions: ExceptionRepository,
    held: HeldDepositRepository,
) -> None:
    """The provider is a payee under the name of the register; what was held becomes the direct deposit.

    A payee who is enrolled already stays so: the same details change nothing, others are put before a person, since a
    change needs more than an enrolment (BNK-3).
    """
    event, account = received.message.event, received.message.account
    await payees.record(event.provider_id, event.holder_name, told_at=event.registered_at, session=work.session)
    if event.flow_key is not None:
        await held.remove(event.flow_key, session=work.session)
    if account is None:
        if event.direct_deposit:
            await exceptions.record([_exception("held_details_missing", event)], session=work.session)
        return
    known = await accounts.get(account.payee_id, session=work.session)
    if known is not None:
        if known.fingerprint != account.fingerprint:
            await exceptions.record([_exception("details_differ", event)], session=work.session)
        return
    if await accounts.list_payees_by_fingerprint(account.fingerprint, session=work.session):
        await exceptions.record([shared_account(account)], session=work.session)
    await accounts.add(account, session=work.session)
    work.publish(
        DirectDepositEnrolled(
            payee_id=account.payee_id,
            account_id=account.account_id,
            enrolled_at=account.enrolled_at,
            payee_class="provider",
        )
    )


def _exception(kind: str, event: ProviderRegistered) -> BankException:
    return BankException(
        exception_id=f"{kind}:{event.account_id}",
        kind=kind,
        source=event.provider_id,
        subject=event.provider_id,
        found_at=event.registered_at,
    )
