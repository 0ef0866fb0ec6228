"""What identity tells of providers: their entries of the register, agreements, accounts (CLM-2, CLM-6).

Every fact is kept by an order of its own (the version of the entry, the instants of an account), so that events may
come twice and in any order: the directory ends up the same.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from services.claims.domain.directory import DirectoryEntry, PracticeAddress, Registration, State
from services.claims.domain.professions import Professions
from services.claims.domain.provider_phone import e164
from services.claims.handlers.ports_providers import DirectoryRepository, ProviderAccount, ProviderAccountRepository
from shared.clock import business_day
from shared.contracts.identity.agreements import AgreementSigned, PostalAddress
from shared.contracts.identity.cases import AccountDisabled, AccountReinstated
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRecorded, ProviderRegistered
from shared.envelopes import Received
from shared.outbox import Work


class ProviderProjection:
    """Keeps the registered part of the directory."""

    def __init__(
        self, entries: DirectoryRepository, accounts: ProviderAccountRepository, professions: Professions
    ) -> None:
        self._entries = entries
        self._accounts = accounts
        self._professions = professions

    async def on_provider_recorded(self, received: Received[ProviderRecorded], work: Work) -> None:
        """The register has a new entry or a new version of one."""
        event = received.message
        entry, known = await self._entry(event.provider_id, work)
        if known.version >= event.version:
            return
        registration = replace(known, version=event.version, kind=event.kind, active=event.active)
        practice = event.practice_name if event.practice_name != event.name else ""
        told = replace(
            entry,
            state=State.LISTED,
            profession=self._professions.of_registered(event.kind, event.specialty),
            name=event.name,
            practice_name=practice,
            phone=e164(event.phone or ""),
            address=_address(event) if event.street or not entry.address.street else entry.address,
            registration=registration,
        )
        await self._entries.save_all([told], session=work.session)

    async def on_agreement_signed(self, received: Received[AgreementSigned], work: Work) -> None:
        """A provider may bill from a day; of several agreements the first one counts. Its place of practice is known
        from now on, unless the register has told of one.
        """
        event = received.message
        entry, known = await self._entry(event.provider_id, work)
        day = event.services_billable_from
        signed = replace(known, signed_from=day if known.signed_from is None else min(day, known.signed_from))
        address = entry.address if entry.address.street else _address(event.practice_address)
        await self._entries.save_all([replace(entry, registration=signed, address=address)], session=work.session)

    async def on_provider_registered(self, received: Received[ProviderRegistered], work: Work) -> None:
        """A provider has an account."""
        event = received.message
        await self._change_account(
            event.account_id,
            lambda known: replace(known, provider_id=event.provider_id, registered_at=event.registered_at),
            work,
        )

    async def on_account_disabled(self, received: Received[AccountDisabled], work: Work) -> None:
        """Nobody signs in for now; whose account it is shows when identity has told of a registration with it."""
        event = received.message
        await self._change_account(
            event.account_id,
            lambda known: replace(known, disabled_at=_later(known.disabled_at, event.disabled_at)),
            work,
        )

    async def on_account_reinstated(self, received: Received[AccountReinstated], work: Work) -> None:
        """The account may be used again."""
        event = received.message
        await self._change_account(
            event.account_id,
            lambda known: replace(known, reinstated_at=_later(known.reinstated_at, event.reinstated_at)),
            work,
        )

    async def on_account_ended(self, received: Received[ProviderAccountEnded], work: Work) -> None:
        """The account was never used and is gone: it counts as if it had never been."""
        event = received.message
        await self._change_account(event.account_id, lambda known: replace(known, purged_at=event.ended_at), work)

    async def _entry(self, provider_id: str, work: Work) -> tuple[DirectoryEntry, Registration]:
        found = await self._entries.get_many([provider_id], session=work.session)
        entry = found.get(provider_id) or DirectoryEntry(provider_id=provider_id, state=State.EXPECTED)
        return entry, entry.registration or Registration()

    async def _change_account(
        self, account_id: str, change: Callable[[ProviderAccount], ProviderAccount], work: Work
    ) -> None:
        known = await self._accounts.get(account_id, session=work.session) or ProviderAccount(account_id)
        changed = change(known)
        if changed == known:
            return
        await self._accounts.save(changed, session=work.session)
        if not changed.provider_id:
            return
        entry, registration = await self._entry(changed.provider_id, work)
        told = _with_accounts(registration, await self._of_provider(changed, work))
        await self._entries.save_all([replace(entry, registration=told)], session=work.session)

    async def _of_provider(self, changed: ProviderAccount, work: Work) -> list[ProviderAccount]:
        stored = await self._accounts.list_of_provider(changed.provider_id, session=work.session)
        return [*(each for each in stored if each.account_id != changed.account_id), changed]


def _address(told: ProviderRecorded | PostalAddress) -> PracticeAddress:
    return PracticeAddress(street=told.street, city=told.city, province=told.province, postal_code=told.postal_code)


def _with_accounts(registration: Registration, accounts: list[ProviderAccount]) -> Registration:
    """Since when, and whether, a provider has an account; one that was purged does not count."""
    began = [each.registered_at for each in accounts if each.registered_at is not None and each.purged_at is None]
    return replace(
        registration,
        registered_on=business_day(min(began)) if began else None,
        account_open=any(each.open for each in accounts),
    )


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
