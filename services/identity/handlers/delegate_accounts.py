"""Giving access: an account where there is none, and a grant for each service (DEL-6, DEL-8, DEL-9)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from anyascii import anyascii

from services.identity.domain.accounts import DELEGATE, Account
from services.identity.domain.delegation_errors import DelegateDisabledError
from services.identity.domain.delegations import Service
from services.identity.domain.grants import Grant, Holder
from services.identity.domain.temporary_password import useless_from
from services.identity.handlers.acts import note
from services.identity.handlers.delegation_ports import GrantRepository, HolderRepository
from services.identity.handlers.delegation_views import grant_changed, noon
from services.identity.ports import AccountRepository
from shared.clock import Clock, IdMaker, business_day
from shared.contracts import Language
from shared.contracts.identity.access import AccessChanged, ContactRecorded
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work

_LETTERS = 12
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryPassword:
    """A temporary password with its hash, made before the transaction; ``repr`` hides both."""

    text: str = field(repr=False)
    encoded: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """What somebody gets: the address halves of DEL-6, the services, the days."""

    provider_id: str
    provider_name: str
    provider_email: str
    provider_language: Language
    delegate_name: str
    delegate_email: str
    delegate_language: Language
    services: tuple[Service, ...]
    valid_from: date
    valid_to: date | None = None


class DelegateAccounts:
    """Carries out mandates in the transaction of whoever decided on them."""

    def __init__(
        self,
        accounts: AccountRepository,
        holders: HolderRepository,
        grants: GrantRepository,
        notices: Notices,
        *,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._accounts = accounts
        self._holders = holders
        self._grants = grants
        self._notices = notices
        self._clock = clock
        self._ids = ids

    async def carry_out(
        self, mandate: Mandate, work: Work, received: Received[Any], *, password: TemporaryPassword
    ) -> Sequence[Grant]:
        """The grants. A new delegate's user name goes to the provider alone, the temporary password to the delegate
        alone (D2); somebody with a delegate account gets just the grants.

        Raises:
            DelegateDisabledError: that account is disabled, perhaps because it was shared.
        """
        now = self._clock()
        known = await self._known(mandate, work)
        if known is None:
            account_id = await self._open(mandate, work, received, password=password)
        else:
            if not known.active:
                raise DelegateDisabledError
            account_id = known.account_id
            work.publish(AccessChanged(account_id=account_id, changed_at=now))
            self._tell_both(mandate, work)
        return [
            await self._grant(mandate, service, account_id, work, received, now=now) for service in mandate.services
        ]

    async def _known(self, mandate: Mandate, work: Work) -> Holder | None:
        found = await self._holders.list_by_emails({mandate.delegate_email}, session=work.session)
        return next((holder for holder in found if DELEGATE in holder.roles), None)

    async def _open(self, mandate: Mandate, work: Work, received: Received[Any], *, password: TemporaryPassword) -> str:
        now = self._clock()
        account = Account(
            account_id=self._ids(),
            user_name=await self._free_user_name(mandate.delegate_name, work),
            email=mandate.delegate_email,
            display_name=mandate.delegate_name,
            language=mandate.delegate_language,
            roles=(DELEGATE,),
            password=password.encoded,
            created_at=now,
            temporary_until=useless_from(now),
        )
        await self._accounts.add(account, session=work.session)
        work.publish(
            ContactRecorded(
                account_id=account.account_id,
                email=account.email,
                language=account.language,
                display_name=account.display_name,
                recorded_at=now,
            )
        )
        note(work, received, "user_created", about=account.account_id, details={"role": DELEGATE}, clock=self._clock)
        facts = _facts(mandate) | {"useless_from": useless_from(now)}
        self._notices.to_address(
            work,
            "delegate_user_name",
            mandate.provider_email,
            language=mandate.provider_language,
            values=facts | {"user_name": account.user_name},
        )
        self._notices.to_address(
            work,
            "delegate_password",
            mandate.delegate_email,
            language=mandate.delegate_language,
            values=facts,
            secret=password.text,
        )
        return account.account_id

    async def _free_user_name(self, name: str, work: Work) -> str:
        while True:
            user_name = user_name_for(name)
            if await self._accounts.get_by_user_name(user_name, session=work.session) is None:
                return user_name

    def _tell_both(self, mandate: Mandate, work: Work) -> None:
        for email, language in (
            (mandate.provider_email, mandate.provider_language),
            (mandate.delegate_email, mandate.delegate_language),
        ):
            self._notices.to_address(work, "delegation_granted", email, language=language, values=_facts(mandate))

    async def _grant(
        self, mandate: Mandate, service: Service, account_id: str, work: Work, received: Received[Any], *, now: datetime
    ) -> Grant:
        known = await self._grants.find(mandate.provider_id, account_id, service.value, session=work.session)
        if known is None:
            grant = Grant(
                grant_id=self._ids(),
                provider_id=mandate.provider_id,
                account_id=account_id,
                delegate_name=mandate.delegate_name,
                service=service,
                valid_from=mandate.valid_from,
                valid_to=mandate.valid_to,
            )
            await self._grants.add(grant, session=work.session)
        else:
            renewed = known.renewed(
                valid_from=mandate.valid_from,
                valid_to=mandate.valid_to,
                delegate_name=mandate.delegate_name,
                today=business_day(now),
            )
            grant = await saved(renewed, self._grants, work)
        work.publish(grant_changed(grant, now=now))
        note_grant(grant, work, received, clock=self._clock)
        return grant


async def saved(grant: Grant, grants: GrantRepository, work: Work) -> Grant:
    """Save a grant; as it is stored then, with its next version."""
    await grants.save(grant, session=work.session)
    return await grants.get(grant.grant_id, session=work.session) or grant


def note_grant(grant: Grant, work: Work, received: Received[Any], *, clock: Clock) -> None:
    """Note that somebody's permissions changed, in the log of the provider (DEL-7)."""
    details = {
        "grant": grant.grant_id,
        "delegate": grant.account_id,
        "service": grant.service.value,
        "status": grant.status.value,
    }
    note(work, received, "privilege_permissions_changed", about=grant.provider_id, details=details, clock=clock)


def user_name_for(name: str) -> str:
    """A user name for somebody: letters of the name and six random digits, 5 to 36 characters."""
    letters = "".join(sign for sign in anyascii(name).lower() if sign.isascii() and sign.isalpha())[:_LETTERS]
    return f"{letters or 'delegate'}{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"


def _facts(mandate: Mandate) -> dict[str, str | int | datetime]:
    everything = len(mandate.services) > 1
    facts: dict[str, str | int | datetime] = {
        "provider_name": mandate.provider_name,
        "delegate_name": mandate.delegate_name,
        "service": "all" if everything else mandate.services[0].value,
        "valid_from": noon(mandate.valid_from),
    }
    return facts if mandate.valid_to is None else facts | {"valid_to": noon(mandate.valid_to)}
