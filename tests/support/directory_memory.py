"""The directory of providers in memory; it finds what the one on MongoDB finds."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Collection, Mapping, Sequence

from services.claims.domain.claim import ClaimStatus
from services.claims.domain.directory import DirectoryEntry, State
from services.claims.domain.provider_names import keys_of
from services.claims.domain.provider_phone import local_part
from services.claims.handlers.ports_providers import ProviderAccount, Sought, UsedProvider
from shared.mongo import Session
from tests.support.claims_memory import MemoryClaims


class MemoryDirectory:
    def __init__(self) -> None:
        self.entries: dict[str, DirectoryEntry] = {}

    async def get_many(self, provider_ids: Collection[str], *, session: Session | None) -> Mapping[str, DirectoryEntry]:
        return {each: self.entries[each] for each in provider_ids if each in self.entries}

    async def list_merged_into(
        self, provider_ids: Collection[str], *, session: Session | None
    ) -> Sequence[DirectoryEntry]:
        return [each for each in self._in_order() if each.merged_into and each.merged_into in provider_ids]

    async def list_by_phones(self, phones: Collection[str], *, session: Session | None) -> Sequence[DirectoryEntry]:
        return [each for each in self._in_order() if each.phone and each.phone in phones]

    async def find(self, sought: Sought, *, limit: int) -> Sequence[DirectoryEntry]:
        visible = [each for each in self._in_order() if _visible(each, sought)]
        return sorted((each for each in visible if _found(each, sought)), key=lambda each: _order(each, sought))[:limit]

    async def list_waiting(self, *, after: str | None, limit: int) -> Sequence[DirectoryEntry]:
        waiting = [each for each in self._in_order() if each.state is State.OWN]
        return [each for each in waiting if after is None or each.provider_id > after][:limit]

    async def count_waiting(self, dossier_id: str, *, session: Session | None) -> int:
        own = [each for each in self.entries.values() if each.dossier_id == dossier_id]
        return sum(each.state in {State.DRAFT, State.OWN} for each in own)

    async def save_all(self, entries: Sequence[DirectoryEntry], *, session: Session | None) -> None:
        self.entries |= {each.provider_id: each for each in entries}

    def _in_order(self) -> list[DirectoryEntry]:
        return [self.entries[each] for each in sorted(self.entries)]


def _visible(entry: DirectoryEntry, sought: Sought) -> bool:
    return entry.state is State.MERGED or entry.seen_by(sought.dossier_id)


def _found(entry: DirectoryEntry, sought: Sought) -> bool:
    if sought.names or sought.local_phone:
        return _called(entry, sought) or _named(entry, [keys_of(words) for words in sought.names])
    return entry.profession in sought.professions


def _order(entry: DirectoryEntry, sought: Sought) -> tuple[bool, bool]:
    return not _called(entry, sought), not _named(entry, [frozenset(words) for words in sought.names])


def _called(entry: DirectoryEntry, sought: Sought) -> bool:
    return bool(sought.local_phone) and local_part(entry.phone) == sought.local_phone


def _named(entry: DirectoryEntry, names: Sequence[frozenset[str]]) -> bool:
    own = keys_of(entry.words)
    return bool(names) and all(keys & own for keys in names)


class MemoryProviderAccounts:
    def __init__(self) -> None:
        self.accounts: dict[str, ProviderAccount] = {}

    async def get(self, account_id: str, *, session: Session | None) -> ProviderAccount | None:
        return self.accounts.get(account_id)

    async def list_of_provider(self, provider_id: str, *, session: Session | None) -> Sequence[ProviderAccount]:
        in_order = (self.accounts[each] for each in sorted(self.accounts))
        return [each for each in in_order if each.provider_id == provider_id]

    async def save(self, account: ProviderAccount, *, session: Session | None) -> None:
        self.accounts[account.account_id] = account


class MemoryUsedProviders:
    def __init__(self, claims: MemoryClaims) -> None:
        self._claims = claims

    async def list_used(self, dossier_id: str, claim_type: str, *, limit: int) -> Sequence[UsedProvider]:
        own = [each.claim for each in self._claims.stored.values() if each.claim.dossier_id == dossier_id]
        found = [each for each in own if each.claim_type == claim_type and each.status is not ClaimStatus.VOIDED]
        found.sort(key=lambda each: each.received_at, reverse=True)
        return [UsedProvider(each.provider, each.received_at) for each in found[:limit]]
