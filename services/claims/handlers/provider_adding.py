"""Adding a provider that the directory lacks: typed, shown as it will be kept, confirmed, then chosen (CLM-2)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, cast

from services.claims.domain.bilingual import Language
from services.claims.domain.directory import DirectoryEntry, PracticeAddress, State, Typed, confirmed, current
from services.claims.domain.provider_errors import ProviderNotFoundError, TooManyProvidersAddedError
from services.claims.domain.provider_names import words_of
from services.claims.domain.provider_phone import local_part, written
from services.claims.handlers.directory import with_targets
from services.claims.handlers.ports_providers import MOST_CANDIDATES, DirectoryRepository, Sought
from services.claims.handlers.provider_views import ProviderWords, address_view
from shared.clock import Clock
from shared.contracts.claims.providers import AddProvider, ConfirmProvider, ProviderConfirmed, ProviderDraft
from shared.envelopes import Received
from shared.outbox import Work

DRAFT_KEPT: Final = timedelta(days=1)
MOST_WAITING: Final = 20
"""Additions of one dossier that may wait for an agent."""
MOST_LIKELY: Final = 5


class ProviderAdding:
    """What members do when they do not find their provider."""

    def __init__(self, entries: DirectoryRepository, words: ProviderWords, clock: Clock) -> None:
        self._entries = entries
        self._words = words
        self._clock = clock

    async def add(self, received: Received[AddProvider], work: Work) -> ProviderDraft:
        """Keep what was typed as a draft, and tell who it may be already.

        Raises:
            ProfessionUnknownError, ProviderNameMissingError, ProviderPhoneInvalidError, ProviderPostalCodeInvalidError.
            TooManyProvidersAddedError: agents have not caught up with what this dossier added.
        """
        actor, message = received.require_actor(), received.message
        dossier_id, language = actor.dossier_id or "", cast("Language", actor.language)
        typed = Typed.of(
            profession=self._words.professions.require(message.profession),
            names=(message.first_name, message.last_name, message.clinic_name),
            phone=message.phone,
            address=PracticeAddress(**message.address.model_dump()),
        )
        if await self._entries.count_waiting(dossier_id, session=work.session) >= MOST_WAITING:
            raise TooManyProvidersAddedError(MOST_WAITING)
        now = self._clock()
        draft = typed.draft(message.provider_id, dossier_id=dossier_id, account_id=actor.account_id, at=now)
        likely = await likely_matches(draft, self._entries, dossier_id=dossier_id)
        await self._entries.save_all([draft], session=work.session)
        return ProviderDraft(
            provider_id=draft.provider_id,
            profession=typed.profession,
            profession_name=self._words.professions.name(typed.profession, language),
            first_name=typed.first_name,
            last_name=typed.last_name,
            clinic_name=typed.clinic_name,
            phone=written(typed.phone),
            address=address_view(typed.address),
            expires_at=now + DRAFT_KEPT,
            likely_duplicates=tuple(self._words.summary(each, language) for each in likely),
        )

    async def confirm(self, received: Received[ConfirmProvider], work: Work) -> ProviderConfirmed:
        """From now on the dossier finds it and can choose it; confirming again changes nothing.

        Raises:
            ProviderNotFoundError: not one that this dossier added, or its draft has lapsed.
        """
        actor = received.require_actor()
        language = cast("Language", actor.language)
        provider_id, dossier_id = received.message.provider_id, actor.dossier_id or ""
        found = await self._entries.get_many([provider_id], session=work.session)
        entry = found.get(provider_id)
        if entry is None or not dossier_id:
            raise ProviderNotFoundError
        after = confirmed(entry, dossier_id=dossier_id)
        if after is entry:
            everybody = await with_targets(found, self._entries, session=work.session)
            return ProviderConfirmed(provider=self._words.summary(current(everybody, provider_id) or entry, language))
        if entry.added_at is None or self._clock() >= entry.added_at + DRAFT_KEPT:
            raise ProviderNotFoundError
        await self._entries.save_all([after], session=work.session)
        return ProviderConfirmed(provider=self._words.summary(after, language))


async def likely_matches(
    entry: DirectoryEntry, entries: DirectoryRepository, *, dossier_id: str
) -> Sequence[DirectoryEntry]:
    """Providers that a dossier may choose and that ``entry`` may be, those with the same telephone first."""
    sought = Sought(
        dossier_id=dossier_id,
        names=tuple(filter(None, (words_of(entry.display_name),))),
        local_phone=local_part(entry.phone),
    )
    candidates = {each.provider_id: each for each in await entries.find(sought, limit=MOST_CANDIDATES)}
    everybody = await with_targets(candidates, entries, session=None)
    found: dict[str, tuple[bool, DirectoryEntry]] = {}
    for candidate in candidates.values():
        match = current(everybody, candidate.provider_id)
        if match is None or match.provider_id == entry.provider_id or not candidate.resembles(entry):
            continue
        if match.seen_by(dossier_id) and match.state is not State.DRAFT:
            same_phone = candidate.phone == entry.phone
            before = found.get(match.provider_id, (False, match))
            found[match.provider_id] = (same_phone or before[0], match)
    ranked = sorted(found.values(), key=lambda each: (not each[0], each[1].display_name, each[1].provider_id))
    return [match for _, match in ranked[:MOST_LIKELY]]
