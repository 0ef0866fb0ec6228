"""Grants in use: what a session may do, and what providers and delegates change about it (DEL-8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.identity.domain.accounts import DELEGATE, Account
from services.identity.domain.delegation_errors import GrantUnknownError
from services.identity.domain.grants import Grant, GrantStatus, Holder
from services.identity.handlers.delegate_accounts import note_grant, saved
from services.identity.handlers.delegation_ports import GrantRepository, HolderRepository
from services.identity.handlers.delegation_views import grant_changed, grant_view, provider_in_person
from shared.clock import Clock, business_day
from shared.contracts.identity import ONLINE_SERVICES, AccountView, GrantView
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.grants import (
    ChangeGrant,
    DelegateGrantView,
    GrantsView,
    LeaveGrant,
    ListDelegates,
    ListMandates,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work


async def grants_of_today(
    account: Account,
    view: AccountView,
    session: Session | None,
    *,
    grants: GrantRepository,
    holders: HolderRepository,
    clock: Clock,
) -> AccountView:
    """A contribution to ``AccountViews``: the providers for whom a delegate may act today, and in what (D7, D8)."""
    if DELEGATE not in account.roles:
        return view
    today = business_day(clock())
    standing = [
        each for each in await grants.list_by_account(account.account_id, session=session) if each.allows(today)
    ]
    provider_ids = list(dict.fromkeys(grant.provider_id for grant in standing))
    providers = await holders.by_provider(provider_ids, session=session)
    given = tuple(
        GrantView(
            provider_id=provider_id,
            provider_name=providers[provider_id].name,
            services=tuple(
                service
                for service in ONLINE_SERVICES
                if any(grant.provider_id == provider_id and grant.service.value == service for grant in standing)
            ),
        )
        for provider_id in provider_ids
        if provider_id in providers and providers[provider_id].active
    )
    return view.model_copy(update={"grants": given})


async def list_delegates(
    received: Received[ListDelegates], *, grants: GrantRepository, holders: HolderRepository
) -> GrantsView:
    """Every grant that the provider gave, revoked ones included.

    Raises:
        ProviderInPersonError.
    """
    provider_id = provider_in_person(received.require_actor())
    found = sorted(await grants.list_by_provider(provider_id), key=lambda each: (each.delegate_name, each.service))
    return await _shown(found, holders)


async def list_mandates(
    received: Received[ListMandates], *, grants: GrantRepository, holders: HolderRepository
) -> GrantsView:
    """Every grant that the caller has, those not in force included."""
    account_id = received.require_actor().account_id
    return await _shown(await grants.list_by_account(account_id), holders)


class GrantChanging:
    """Changes the status of a grant, with everything that has to follow."""

    def __init__(self, grants: GrantRepository, holders: HolderRepository, notices: Notices, *, clock: Clock) -> None:
        self._grants = grants
        self._holders = holders
        self._notices = notices
        self._clock = clock

    async def carry_out(
        self, grant: Grant, changed: Grant, received: Received[Any], work: Work, *, told: str
    ) -> DelegateGrantView:
        """Save, publish, note and tell both, unless the status is the same; ``told`` is the change as the mail has it.

        Raises:
            GrantChangedError: another change came first.
        """
        providers = await self._holders.by_provider([grant.provider_id], session=work.session)
        if changed.status is not grant.status:
            now = self._clock()
            changed = await saved(changed, self._grants, work)
            work.publish(grant_changed(changed, now=now))
            work.publish(AccessChanged(account_id=changed.account_id, changed_at=now))
            note_grant(changed, work, received, clock=self._clock)
            self._tell(changed, providers, work, told=told)
        return grant_view(changed, provider_name=_name(providers, changed))

    def _tell(self, grant: Grant, providers: Mapping[str, Holder], work: Work, *, told: str) -> None:
        values: dict[str, str | int | datetime] = {
            "provider_name": _name(providers, grant),
            "delegate_name": grant.delegate_name,
            "service": grant.service.value,
            "status": told,
        }
        provider = providers.get(grant.provider_id)
        for account_id in (grant.account_id, None if provider is None else provider.account_id):
            if account_id is not None:
                self._notices.to_account(work, "delegation_changed", account_id, values=values)


async def change_grant(
    received: Received[ChangeGrant], work: Work, *, grants: GrantRepository, changing: GrantChanging
) -> DelegateGrantView:
    """Suspend, resume or revoke, effective on the delegate's next request (D5); the same status changes nothing.
    Both are told by mail.

    Raises:
        ProviderInPersonError.
        GrantUnknownError: unknown, or another provider's.
        GrantRevokedError: revoked for good.
        GrantChangedError: another change came first.
    """
    provider_id = provider_in_person(received.require_actor())
    grant = await grants.get(received.message.grant_id, session=work.session)
    if grant is None or grant.provider_id != provider_id:
        raise GrantUnknownError
    changed = grant.with_status(GrantStatus(received.message.status))
    return await changing.carry_out(grant, changed, received, work, told=changed.status.value)


async def leave_grant(
    received: Received[LeaveGrant], work: Work, *, grants: GrantRepository, changing: GrantChanging
) -> DelegateGrantView:
    """The delegate gives a mandate back; both are told by mail.

    Raises:
        GrantUnknownError: unknown, or somebody else's.
    """
    grant = await grants.get(received.message.grant_id, session=work.session)
    if grant is None or grant.account_id != received.require_actor().account_id:
        raise GrantUnknownError
    left = grant.with_status(GrantStatus.REVOKED)
    return await changing.carry_out(grant, left, received, work, told="given_back")


async def on_access_changed(
    received: Received[AccessChanged],
    work: Work,
    *,
    grants: GrantRepository,
    holders: HolderRepository,
    clock: Clock,
) -> None:
    """A provider's account was disabled: tokens of all delegates count no longer either (D8)."""
    holder = await holders.get(received.message.account_id, session=work.session)
    if holder is None or holder.provider_id is None or holder.active:
        return
    found = await grants.list_by_provider(holder.provider_id, session=work.session)
    today = business_day(clock())
    for account_id in dict.fromkeys(grant.account_id for grant in found if grant.standing(today)):
        work.publish(AccessChanged(account_id=account_id, changed_at=clock()))


async def _shown(found: Sequence[Grant], holders: HolderRepository) -> GrantsView:
    providers = await holders.by_provider({grant.provider_id for grant in found})
    return GrantsView(grants=tuple(grant_view(grant, provider_name=_name(providers, grant)) for grant in found))


def _name(providers: Mapping[str, Holder], grant: Grant) -> str:
    holder = providers.get(grant.provider_id)
    return "" if holder is None else holder.name
