"""What agents decide about providers that members added: accepted, or merged into one that is there (CLM-2)."""

from typing import Final, cast

from services.claims.domain.bilingual import Language
from services.claims.domain.directory import DirectoryEntry, State, accepted, current, merged
from services.claims.domain.provider_errors import (
    DirectoryForAgentsError,
    ProviderMergedAlreadyError,
    ProviderNotFoundError,
)
from services.claims.handlers.acts import note
from services.claims.handlers.directory import with_targets
from services.claims.handlers.ports_providers import DirectoryRepository
from services.claims.handlers.provider_adding import likely_matches
from services.claims.handlers.provider_views import ProviderWords, address_view
from shared.clock import Clock
from shared.contracts import Actor
from shared.contracts.claims.providers import (
    AcceptProvider,
    AddedProvider,
    AddedProvidersPage,
    ListProviderDuplicates,
    MergeProvider,
    ProviderDecided,
)
from shared.envelopes import Received
from shared.outbox import Work

AGENT: Final = "agent"
_ACT: Final = "sensitive_update"


class ProviderMerging:
    """The agents' queue of added providers."""

    def __init__(self, entries: DirectoryRepository, words: ProviderWords, clock: Clock) -> None:
        self._entries = entries
        self._words = words
        self._clock = clock

    async def list_duplicates(self, received: Received[ListProviderDuplicates]) -> AddedProvidersPage:
        """A page of what members added, with those that each may be.

        Raises:
            DirectoryForAgentsError: the caller is not an agent.
        """
        actor, query = _agent(received.require_actor()), received.message
        language = cast("Language", actor.language)
        found = await self._entries.list_waiting(after=query.after, limit=query.limit + 1)
        page = found[: query.limit]
        return AddedProvidersPage(
            added=tuple([await self._added(entry, language) for entry in page]),
            next_after=page[-1].provider_id if len(found) > len(page) else None,
        )

    async def _added(self, entry: DirectoryEntry, language: Language) -> AddedProvider:
        matches = await likely_matches(entry, self._entries, dossier_id=entry.dossier_id)
        return AddedProvider(
            provider=self._words.summary(entry, language),
            address=address_view(entry.address),
            dossier_id=entry.dossier_id,
            added_at=entry.added_at or self._clock(),
            likely_matches=tuple(self._words.summary(each, language) for each in matches),
        )

    async def accept(self, received: Received[AcceptProvider], work: Work) -> ProviderDecided:
        """List an addition for everybody; accepting again changes nothing.

        Raises:
            DirectoryForAgentsError, ProviderNotFoundError, ProviderOfRegisterError, ProviderMergedAlreadyError.
        """
        actor = _agent(received.require_actor())
        entry = await self._entry(received.message.provider_id, work)
        after = accepted(entry)
        if after != entry:
            await self._entries.save_all([after], session=work.session)
            details = {"what": "provider_accepted", "provider_id": entry.provider_id}
            note(work, received, _ACT, about=entry.dossier_id, details=details, at=self._clock())
        return self._decided(entry.provider_id, after, actor)

    async def merge(self, received: Received[MergeProvider], work: Work) -> ProviderDecided:
        """Let an addition stand for another provider from now on; merging again into the same changes nothing.

        The target is stored as well: two merges that know of the same provider conflict, and the second one sees what
        the first did, so that no circle or chain comes to be.

        Raises:
            DirectoryForAgentsError, ProviderNotFoundError, ProviderOfRegisterError, ProviderMergedAlreadyError,
            ProviderNotListedError.
        """
        actor, message = _agent(received.require_actor()), received.message
        entry, target = await self._entry(message.provider_id, work), await self._target(message.into, work)
        if entry.merged_into and entry.merged_into == target.provider_id:
            return self._decided(entry.provider_id, target, actor)
        earlier = await self._entries.list_merged_into([entry.provider_id], session=work.session)
        changed = merged(entry, target, earlier)
        await self._entries.save_all([*changed, target], session=work.session)
        details = {"what": "provider_merged", "provider_id": entry.provider_id, "into": target.provider_id}
        note(work, received, _ACT, about=entry.dossier_id, details=details, at=self._clock())
        return self._decided(entry.provider_id, target, actor)

    async def _entry(self, provider_id: str, work: Work) -> DirectoryEntry:
        found = await self._entries.get_many([provider_id], session=work.session)
        if provider_id not in found or found[provider_id].state is State.EXPECTED:
            raise ProviderNotFoundError
        return found[provider_id]

    async def _target(self, provider_id: str, work: Work) -> DirectoryEntry:
        """Who that id stands for today."""
        entry = await self._entry(provider_id, work)
        everybody = await with_targets({provider_id: entry}, self._entries, session=work.session)
        target = current(everybody, provider_id)
        if target is None:
            raise ProviderMergedAlreadyError
        return target

    def _decided(self, provider_id: str, entry: DirectoryEntry, actor: Actor) -> ProviderDecided:
        language = cast("Language", actor.language)
        return ProviderDecided(provider_id=provider_id, provider=self._words.summary(entry, language))


def _agent(actor: Actor) -> Actor:
    if AGENT not in actor.roles:
        raise DirectoryForAgentsError
    return actor
