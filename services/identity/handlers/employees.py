"""Employees of a practice with administrator security: everything except the bank, without an agent (DEL-9)."""

from pydantic import Field

from services.identity.domain.delegate_emails import Mailbox, RoleAddresses, check_addresses, mailbox_key
from services.identity.domain.delegation_errors import AdministratorSecurityMissingError
from services.identity.domain.delegations import Service
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import AccountUnknownError
from services.identity.domain.temporary_password import temporary_password
from services.identity.handlers.delegate_accounts import DelegateAccounts, Mandate, TemporaryPassword
from services.identity.handlers.delegation_ports import (
    AdministratorSecurity,
    DelegationRepository,
    HolderRepository,
)
from services.identity.handlers.delegation_views import grant_view, provider_in_person
from services.identity.ports import PasswordHasher
from shared.clock import Clock, business_day
from shared.contracts import Command
from shared.contracts.identity.grants import AddEmployee, GrantsView
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work


class PreparedEmployee(Command):
    """``AddEmployee`` after its costly part: never on the wire."""

    wire_type = "local.prepared_employee.v1"
    request: AddEmployee
    password: str = Field(repr=False)
    encoded: str = Field(repr=False)


async def prepare_employee(
    received: Received[AddEmployee], *, security: AdministratorSecurity, hashing: PasswordHasher
) -> Received[PreparedEmployee]:
    """Make a temporary password and hash it, outside any transaction.

    Raises:
        ProviderInPersonError, HashingBusyError.
        AdministratorSecurityMissingError: the provider has not set it.
    """
    provider_id = provider_in_person(received.require_actor())
    if not await security.has_administrator_security(provider_id):
        raise AdministratorSecurityMissingError
    password = temporary_password()
    prepared = PreparedEmployee(request=received.message, password=password, encoded=await hashing.hash(password))
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def add_employee(
    received: Received[PreparedEmployee],
    work: Work,
    *,
    delegations: DelegationRepository,
    holders: HolderRepository,
    delegates: DelegateAccounts,
    roles: RoleAddresses,
    clock: Clock,
) -> GrantsView:
    """An account with grants for all four services from today on; adding somebody again renews them.

    Raises:
        ProviderInPersonError, RoleAddressError, EmailsAlikeError, EmailOfAnotherError.
    """
    message, actor = received.message.request, received.require_actor()
    provider_id = provider_in_person(actor)
    provider = (await holders.by_provider([provider_id], session=work.session)).get(provider_id)
    if provider is None:
        raise AccountUnknownError
    mandate = Mandate(
        provider_id=provider_id,
        provider_name=provider.name,
        provider_email=provider.email,
        provider_language=provider.language,
        delegate_name=" ".join(message.name.split()),
        delegate_email=email_address(message.email),
        delegate_language=message.language,
        services=tuple(Service),
        valid_from=business_day(clock()),
    )
    await _check(mandate, delegations=delegations, holders=holders, roles=roles, session=work.session)
    password = TemporaryPassword(text=received.message.password, encoded=received.message.encoded)
    found = await delegates.carry_out(mandate, work, received, password=password)
    return GrantsView(grants=tuple(grant_view(grant, provider_name=provider.name) for grant in found))


async def _check(
    mandate: Mandate,
    *,
    delegations: DelegationRepository,
    holders: HolderRepository,
    roles: RoleAddresses,
    session: Session | None,
) -> None:
    """The employee's address keeps to DEL-3; the provider's is the one that the account has anyway."""
    key = mailbox_key(mandate.delegate_email)
    accounts = await holders.list_by_emails({mandate.delegate_email, key}, session=session)
    used = [Mailbox(holder.email, holder.name) for holder in accounts]
    for other in await delegations.list_open_by_mailboxes({key}, session=session):
        used += other.mailboxes
    check_addresses(
        Mailbox(mandate.provider_email, mandate.provider_name),
        Mailbox(mandate.delegate_email, mandate.delegate_name),
        used=used,
        roles=roles,
    )
