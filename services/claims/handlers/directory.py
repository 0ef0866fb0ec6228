"""The directory as other use cases ask it: who an id is today, what it may bill, how services are told apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.claims.domain.circumstances import ProviderStanding
from services.claims.domain.directory import DirectoryEntry, State, current
from services.claims.domain.facts import Provider
from services.claims.domain.provider_keys import Keys, keys_as_typed, keys_of_entry
from services.claims.domain.provider_phone import e164
from services.claims.handlers.ports_providers import DirectoryRepository, ProviderOfDossier
from shared.mongo import Session


class ProviderDirectory:
    """Reads the directory: ``StandingLookup`` and ``ProviderLookup``. Every method asks once for all of them."""

    def __init__(self, entries: DirectoryRepository) -> None:
        self._entries = entries

    async def resolve(
        self, provider_ids: Collection[str], dossier_id: str, *, session: Session | None = None
    ) -> Mapping[str, DirectoryEntry]:
        """Who these ids stand for today, by the id asked for: those that a member of the dossier may choose.

        An id that is missing in the answer is unknown, another dossier's, or not confirmed; whoever submits it is
        taken at the name typed.
        """
        asked = await self._with_targets(provider_ids, session)
        found = {each: current(asked, each) for each in provider_ids}
        return {each: entry for each, entry in found.items() if entry is not None and entry.seen_by(dossier_id)}

    async def chosen(
        self, stated: Collection[ProviderOfDossier], *, session: Session | None
    ) -> Mapping[ProviderOfDossier, Provider]:
        """``ProviderLookup``. The id stays the one that was submitted."""
        asked = await self._with_targets({provider.id for provider, _ in stated if provider.id}, session)
        found: dict[ProviderOfDossier, Provider] = {}
        for provider, dossier_id in stated:
            entry = current(asked, provider.id)
            if entry is not None and entry.seen_by(dossier_id):
                found[provider, dossier_id] = Provider(entry.display_name, entry.phone or provider.phone, provider.id)
            elif provider.id:
                found[provider, dossier_id] = replace(provider, id="")
        return found

    async def get_many(
        self, provider_ids: Collection[str], *, session: Session | None = None
    ) -> Mapping[str, ProviderStanding]:
        """``StandingLookup``: by the id asked for, none for those that no register knows; it names the id of today."""
        asked = await self._with_targets(provider_ids, session)
        found = {each: current(asked, each) for each in provider_ids}
        standings = {each: entry.standing for each, entry in found.items() if entry is not None}
        return {each: standing for each, standing in standings.items() if standing is not None}

    async def keys_of(self, providers: Collection[Provider], *, session: Session | None) -> Mapping[Provider, Keys]:
        """``ProviderLookup``. One that was typed in shares the keys of those with its telephone."""
        wanted = set(providers)
        asked = await self._with_targets({each.id for each in wanted if each.id}, session)
        chosen = {each: entry for each in wanted if (entry := current(asked, each.id)) is not None}
        phones = {each: e164(each.phone) for each in wanted if each not in chosen}
        sharing = await self._by_phone(phones.values(), session)
        groups = await self._groups(
            (*chosen.values(), *(each for found in sharing.values() for each in found)), session
        )
        keys = {each: keys_of_entry(entry, groups[entry.provider_id]) for each, entry in chosen.items()}
        for provider, phone in phones.items():
            others = [key for each in sharing[phone] for key in keys_of_entry(each, groups[each.provider_id])]
            keys[provider] = tuple(dict.fromkeys((*keys_as_typed(provider), *others)))
        return keys

    async def _with_targets(
        self, provider_ids: Collection[str], session: Session | None
    ) -> Mapping[str, DirectoryEntry]:
        if not provider_ids:
            return {}
        asked = await self._entries.get_many(provider_ids, session=session)
        return await with_targets(asked, self._entries, session=session)

    async def _by_phone(self, phones: Iterable[str], session: Session | None) -> Mapping[str, Sequence[DirectoryEntry]]:
        """Whoever has a number today, also by one that was merged into it."""
        found: dict[str, list[DirectoryEntry]] = defaultdict(list)
        known = {phone for phone in phones if phone}
        if not known:
            return found
        entries = {each.provider_id: each for each in await self._entries.list_by_phones(known, session=session)}
        everybody = await with_targets(entries, self._entries, session=session)
        for each in entries.values():
            entry = current(everybody, each.provider_id)
            if entry is not None and entry.state is not State.DRAFT and entry not in found[each.phone]:
                found[each.phone].append(entry)
        return found

    async def _groups(
        self, entries: Collection[DirectoryEntry], session: Session | None
    ) -> Mapping[str, list[DirectoryEntry]]:
        groups: dict[str, list[DirectoryEntry]] = defaultdict(list)
        ids = {each.provider_id for each in entries}
        for alias in await self._entries.list_merged_into(ids, session=session) if ids else ():
            groups[alias.merged_into].append(alias)
        return groups


async def with_targets(
    entries: Mapping[str, DirectoryEntry], repository: DirectoryRepository, *, session: Session | None
) -> Mapping[str, DirectoryEntry]:
    """``entries`` together with those that the merged ones among them stand for."""
    missing = {each.merged_into for each in entries.values() if each.merged_into} - entries.keys()
    return entries if not missing else {**entries, **await repository.get_many(missing, session=session)}
