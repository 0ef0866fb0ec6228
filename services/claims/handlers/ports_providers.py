"""What the directory of providers needs from storage, and what decisions on claims ask it (CLM-2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.claims.domain.directory import DirectoryEntry
from services.claims.domain.facts import Provider
from services.claims.domain.provider_keys import Keys
from shared.mongo import Session

MOST_CANDIDATES: Final = 200
"""Of the providers that an index finds, so many are looked at; whoever seeks more must say more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What an index is asked. ``names`` are the words of each name: a provider answers when it has a word of every one
    of them, with a mistake or without. ``local_phone`` are seven digits. What members added is found for ``dossier_id``
    only, unless it is listed.
    """

    dossier_id: str
    names: tuple[tuple[str, ...], ...] = ()
    local_phone: str = ""
    professions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """An account that may be a provider's, as far as identity has told; instants are None for what did not happen."""

    account_id: str
    provider_id: str = ""
    registered_at: datetime | None = None
    disabled_at: datetime | None = None
    reinstated_at: datetime | None = None
    purged_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether somebody can sign in with it."""
        if self.registered_at is None or self.purged_at is not None:
            return False
        if self.disabled_at is None:
            return True
        return self.reinstated_at is not None and self.reinstated_at >= self.disabled_at


@dataclass(frozen=True, slots=True)
class UsedProvider:
    """A provider of a claim, as it was submitted, and when the claim was received."""

    provider: Provider
    received_at: datetime


class DirectoryRepository(Protocol):
    """Providers of the directory."""

    async def get_many(self, provider_ids: Collection[str], *, session: Session | None) -> Mapping[str, DirectoryEntry]:
        """Those that exist, whatever their state, by id."""
        ...

    async def list_merged_into(
        self, provider_ids: Collection[str], *, session: Session | None
    ) -> Sequence[DirectoryEntry]:
        """Providers that stand for one of these today."""
        ...

    async def list_by_phones(self, phones: Collection[str], *, session: Session | None) -> Sequence[DirectoryEntry]:
        """Providers with one of these numbers in E.164, merged ones and those of every dossier among them."""
        ...

    async def find(self, sought: Sought, *, limit: int) -> Sequence[DirectoryEntry]:
        """Up to ``limit`` candidates, merged ones among them: those with the telephone, then those with the names as
        they were typed, then with mistakes; those with a profession when neither telephone nor names are sought.
        """
        ...

    async def list_waiting(self, *, after: str | None, limit: int) -> Sequence[DirectoryEntry]:
        """Confirmed additions that no agent has decided about, by id, which is the order of their making."""
        ...

    async def count_waiting(self, dossier_id: str, *, session: Session | None) -> int:
        """How many additions of a dossier, drafts among them, no agent has decided about."""
        ...

    async def save_all(self, entries: Sequence[DirectoryEntry], *, session: Session | None) -> None:
        """Store states. Two transactions that store the same provider conflict, even where it did not change, and one
        of them runs again.

        Drafts are forgotten when ``DRAFT_KEPT`` has passed.
        """
        ...


class ProviderAccountRepository(Protocol):
    """Accounts of providers."""

    async def get(self, account_id: str, *, session: Session | None) -> ProviderAccount | None: ...

    async def list_of_provider(self, provider_id: str, *, session: Session | None) -> Sequence[ProviderAccount]: ...

    async def save(self, account: ProviderAccount, *, session: Session | None) -> None: ...


class UsedProviderRepository(Protocol):
    """Providers of claims."""

    async def list_used(self, dossier_id: str, claim_type: str, *, limit: int) -> Sequence[UsedProvider]:
        """Those of the dossier's latest claims of the type, the latest first; withdrawn claims do not count."""
        ...


ProviderOfDossier = tuple[Provider, str]
"""A provider as a claim states it, and the dossier that claims."""


class ProviderLookup(Protocol):
    """Who the providers of claims are, and under which keys their services may have been claimed."""

    async def chosen(
        self, stated: Collection[ProviderOfDossier], *, session: Session | None
    ) -> Mapping[ProviderOfDossier, Provider]:
        """The providers as claims keep them: with the directory's name and telephone for those that the dossier may
        choose, at the name typed and without an id for the others. What is missing in the answer stays as it is.
        """
        ...

    async def keys_of(self, providers: Collection[Provider], *, session: Session | None) -> Mapping[Provider, Keys]:
        """For each of them; see ``domain.provider_keys``. What is missing in the answer has its own key alone."""
        ...


class _TypedOnly:
    """Where there is no directory."""

    async def chosen(
        self,
        _stated: Collection[ProviderOfDossier],
        *,
        session: Session | None,  # noqa: ARG002
    ) -> Mapping[ProviderOfDossier, Provider]:
        return {}

    async def keys_of(
        self,
        _providers: Collection[Provider],
        *,
        session: Session | None,  # noqa: ARG002
    ) -> Mapping[Provider, Keys]:
        return {}


TYPED_ONLY: Final = _TypedOnly()
