"""Builders of the directory, and a desk that plays its messages to the handlers in memory."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar

from services.claims.data import load_catalogue, load_professions
from services.claims.domain.directory import DirectoryEntry, PracticeAddress, Registration, State
from services.claims.domain.professions import Professions
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.directory import ProviderDirectory
from services.claims.handlers.provider_adding import ProviderAdding
from services.claims.handlers.provider_merging import ProviderMerging
from services.claims.handlers.provider_projection import ProviderProjection
from services.claims.handlers.provider_search import ProviderSearch
from services.claims.handlers.provider_views import ProviderWords
from shared.clock import new_id
from shared.contracts import Actor, Event
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.providers import (
    AcceptProvider,
    AddProvider,
    ConfirmProvider,
    ListProviderDuplicates,
    ListRecentProviders,
    MergeProvider,
    ProviderAddress,
    ProviderDecided,
    ProviderDraft,
    ProvidersPage,
    SearchProviders,
)
from shared.contracts.identity.agreements import AgreementSigned, PostalAddress
from shared.contracts.identity.cases import AccountDisabled, AccountReinstated
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRecorded, ProviderRegistered
from shared.envelopes import Received
from shared.outbox import Work
from tests.support.claims_desk import DOSSIER, NOON, Desk, member, received
from tests.support.claims_memory import MemoryAccumulators, MemoryClaims, MemoryCoverages
from tests.support.directory_memory import MemoryDirectory, MemoryProviderAccounts, MemoryUsedProviders

V = TypeVar("V")
ADDRESS = {"street": "12, rue du Moulin", "city": "Lévis", "province": "QC", "postal_code": "G6V 1A1"}
AT = datetime(2026, 6, 15, 13, 0, 0, 7_000, tzinfo=UTC)


@cache
def professions() -> Professions:
    return load_professions(load_catalogue())


def agent() -> Actor:
    return Actor(account_id="agent-1", session_id="session-9", roles=("agent",), language="en")


def registered(**overrides: Any) -> DirectoryEntry:
    """A dentist of the register, with an account."""
    known = Registration(version=1, kind="dentist", registered_on=date(2026, 1, 5), account_open=True)
    fields: dict[str, Any] = {
        "provider_id": new_id(),
        "state": State.LISTED,
        "profession": "dentist",
        "name": "Dre Anaïs Côté",
        "practice_name": "Clinique du Parc",
        "phone": "+14185550100",
        "address": PracticeAddress(**ADDRESS),
        "registration": known,
    }
    return DirectoryEntry(**{**fields, **overrides})


def added(**overrides: Any) -> DirectoryEntry:
    """A physiotherapist that the dossier added and confirmed."""
    fields: dict[str, Any] = {
        "provider_id": new_id(),
        "state": State.OWN,
        "profession": "physiotherapist",
        "name": "Noé Tremblay",
        "phone": "+14185550110",
        "address": PracticeAddress(**ADDRESS),
        "dossier_id": DOSSIER,
        "account_id": "account-1",
        "added_at": AT,
    }
    return DirectoryEntry(**{**fields, **overrides})


def recorded(**overrides: Any) -> ProviderRecorded:
    fields: dict[str, Any] = {
        "provider_id": "provider-1",
        "version": 1,
        "kind": "dentist",
        "number": "012345678",
        "name": "Dre Anaïs Côté",
        "practice_name": "Clinique du Parc",
        "province": "QC",
        "phone": "418 555-0100",
    }
    return ProviderRecorded(**{**fields, **overrides})


def account_made(**overrides: Any) -> ProviderRegistered:
    fields: dict[str, Any] = {
        "account_id": "account-7",
        "provider_id": "provider-1",
        "holder_name": "Anaïs Côté",
        "email": "anais@example.org",
        "language": "fr",
        "registered_at": AT,
    }
    return ProviderRegistered(**{**fields, **overrides})


def agreed(**overrides: Any) -> AgreementSigned:
    fields: dict[str, Any] = {
        "agreement_id": "agreement-1",
        "account_id": "account-7",
        "provider_id": "provider-1",
        "reference_number": "612345",
        "text_version": "1",
        "services_billable_from": date(2026, 6, 1),
        "billable_from": AT,
        "document_sha256": "0" * 64,
        "practice_name": "Sourires",
        "practice_address": PostalAddress(**ADDRESS),
    }
    return AgreementSigned(**{**fields, **overrides})


def typed(**overrides: Any) -> AddProvider:
    fields: dict[str, Any] = {
        "provider_id": new_id(),
        "profession": "physiotherapist",
        "first_name": "noé",
        "last_name": "TREMBLAY",
        "phone": "418.555.0110 poste 3",
        "address": ProviderAddress(**{**ADDRESS, "postal_code": "g6v1a1"}),
    }
    return AddProvider(**{**fields, **overrides})


@dataclass
class DirectoryDesk:
    """The directory without its bus; ``acts`` are what it told the audit."""

    entries: MemoryDirectory = field(default_factory=MemoryDirectory)
    accounts: MemoryProviderAccounts = field(default_factory=MemoryProviderAccounts)
    claims: MemoryClaims = field(default_factory=MemoryClaims)
    acts: list[ActRecorded] = field(default_factory=list)
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.words = ProviderWords(professions(), lambda: self.now)
        used = MemoryUsedProviders(self.claims)
        self.finding = ProviderSearch(self.entries, used, words=self.words, clock=lambda: self.now)
        self.adding = ProviderAdding(self.entries, self.words, lambda: self.now)
        self.merging = ProviderMerging(self.entries, self.words, lambda: self.now)
        self.projection = ProviderProjection(self.entries, self.accounts, professions())
        self.directory = ProviderDirectory(self.entries)

    def claim_desk(self) -> Desk:
        """Claims that are decided with this directory."""
        stores = Repositories(self.claims, MemoryCoverages(), MemoryAccumulators(), providers=self.directory)
        return Desk(replace(stores, standings=self.directory))

    async def know(self, *entries: DirectoryEntry) -> None:
        await self.entries.save_all(entries, session=None)

    async def search(self, *, dossier_id: str = DOSSIER, **query: Any) -> ProvidersPage:
        return await self.finding.search(received(SearchProviders(**query), actor=member(dossier_id)))

    async def found(self, *, dossier_id: str = DOSSIER, **query: Any) -> list[str]:
        """Ids of a search, best first."""
        return [each.provider_id for each in (await self.search(dossier_id=dossier_id, **query)).providers]

    async def recent(self, claim_type: str = "physio", *, dossier_id: str = DOSSIER) -> list[str]:
        """Names of recent providers, the latest first."""
        asked = received(ListRecentProviders(claim_type=claim_type), actor=member(dossier_id))
        return [each.name for each in (await self.finding.recent(asked)).providers]

    async def add(self, *, dossier_id: str = DOSSIER, **overrides: Any) -> ProviderDraft:
        return await self._do(self.adding.add, received(typed(**overrides), actor=member(dossier_id)))

    async def confirm(self, provider_id: str, *, dossier_id: str = DOSSIER) -> None:
        message = ConfirmProvider(provider_id=provider_id)
        await self._do(self.adding.confirm, received(message, actor=member(dossier_id)))

    async def accept(self, provider_id: str, *, actor: Actor | None = None) -> ProviderDecided:
        return await self._do(
            self.merging.accept, received(AcceptProvider(provider_id=provider_id), actor=actor or agent())
        )

    async def merge(self, provider_id: str, into: str, *, actor: Actor | None = None) -> ProviderDecided:
        message = MergeProvider(provider_id=provider_id, into=into)
        return await self._do(self.merging.merge, received(message, actor=actor or agent()))

    async def queue(self, **query: Any) -> list[tuple[str, list[str]]]:
        """Ids of the agents' queue, with those of likely matches."""
        page = await self.merging.list_duplicates(received(ListProviderDuplicates(**query), actor=agent()))
        return [
            (each.provider.provider_id, [match.provider_id for match in each.likely_matches]) for each in page.added
        ]

    async def tell(self, *events: Event) -> None:
        handlers: dict[type[Event], Callable[[Received[Any], Work], Coroutine[Any, Any, None]]] = {
            ProviderRecorded: self.projection.on_provider_recorded,
            ProviderRegistered: self.projection.on_provider_registered,
            AgreementSigned: self.projection.on_agreement_signed,
            AccountDisabled: self.projection.on_account_disabled,
            AccountReinstated: self.projection.on_account_reinstated,
            ProviderAccountEnded: self.projection.on_account_ended,
        }
        for event in events:
            await self._do(handlers[type(event)], received(event))

    async def _do(self, handler: Callable[[Received[Any], Work], Coroutine[Any, Any, V]], message: Received[Any]) -> V:
        work = Work(None, message, source="claims")
        answer = await handler(message, work)
        self.acts += [event for event in work.events if isinstance(event, ActRecorded)]
        return answer
