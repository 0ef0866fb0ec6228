"""Finding a provider in the directory, and the ones that the dossier used before (CLM-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from services.claims.domain.bilingual import Language
from services.claims.domain.directory import DirectoryEntry, current
from services.claims.domain.facts import Provider
from services.claims.domain.professions import Professions
from services.claims.domain.provider_errors import ProviderSearchEmptyError
from services.claims.domain.provider_names import SIMILAR, likeness, words_of
from services.claims.domain.provider_phone import e164, local_part, written
from services.claims.handlers.directory import ProviderDirectory, with_targets
from services.claims.handlers.ports_providers import (
    MOST_CANDIDATES,
    DirectoryRepository,
    Sought,
    UsedProvider,
    UsedProviderRepository,
)
from services.claims.handlers.provider_views import ProviderWords
from shared.clock import Clock, business_day
from shared.contracts.claims.providers import (
    ListProfessions,
    ListRecentProviders,
    ProfessionsView,
    ProfessionView,
    ProvidersPage,
    RecentProvider,
    RecentProviders,
    SearchProviders,
)
from shared.envelopes import Received

LATEST_CLAIMS: Final = 100
"""Claims of one type that are looked at for the providers used."""
MOST_RECENT: Final = 10

Rank = tuple[float, str, str]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is sought, read once."""

    words: tuple[str, ...]
    phone: str
    local_phone: str
    professions: frozenset[str]

    @classmethod
    def of(cls, query: SearchProviders, professions: Professions) -> "_Question":
        fitting = professions.for_claim_type(query.claim_type) if query.claim_type else frozenset[str]()
        words = words_of(query.first_name, query.last_name)
        return cls(words, e164(query.phone), local_part(query.phone), fitting)

    def score(self, entry: DirectoryEntry) -> float | None:
        """How well an entry answers: by telephone, whole (4) or its last seven digits (2), then by name (0 to 1);
        None when it does not answer at all. Who gives such services, and who practises, is preferred among equals.
        """
        telephone = self._telephone(entry)
        name = likeness(self.words, entry.words)
        if not telephone and name < SIMILAR and (self.words or self.local_phone):
            return None
        fitting = 0.1 if entry.profession in self.professions else 0.0
        practising = 0.0 if entry.registration is None or entry.registration.active else -0.2
        return telephone * 2 + name + fitting + practising

    def _telephone(self, entry: DirectoryEntry) -> int:
        if self.phone and entry.phone == self.phone:
            return 2
        return int(bool(self.local_phone) and not self.phone and entry.phone.endswith(self.local_phone))


class ProviderSearch:
    """Questions of members about the directory."""

    def __init__(
        self,
        entries: DirectoryRepository,
        used: UsedProviderRepository,
        *,
        words: ProviderWords,
        clock: Clock,
    ) -> None:
        self._entries = entries
        self._used = used
        self._professions = words.professions
        self._words = words
        self._clock = clock
        self._directory = ProviderDirectory(entries)

    async def search(self, received: Received[SearchProviders]) -> ProvidersPage:
        """A page of the best matches.

        Raises:
            ProviderSearchEmptyError: nothing to look for.
        """
        actor, query = received.require_actor(), received.message
        dossier_id, language = actor.dossier_id or "", cast("Language", actor.language)
        question = _Question.of(query, self._professions)
        if not question.words and not question.local_phone and not question.professions:
            raise ProviderSearchEmptyError
        candidates = await self._candidates(query, question, dossier_id)
        ranked = await self._ranked(candidates, question, dossier_id)
        start = int(query.after) if query.after is not None and query.after.isdecimal() else 0
        page, rest = ranked[start : start + query.limit], ranked[start + query.limit :]
        return ProvidersPage(
            providers=tuple(self._words.summary(each, language) for each in page),
            next_after=str(start + query.limit) if rest else None,
            refine=len(candidates) >= MOST_CANDIDATES,
        )

    async def _candidates(
        self, query: SearchProviders, question: _Question, dossier_id: str
    ) -> Sequence[DirectoryEntry]:
        """Those who answer to both names, or, where nobody does, to one of them."""
        names = tuple(filter(None, map(words_of, (query.first_name, query.last_name))))
        sought = Sought(
            dossier_id=dossier_id,
            names=names,
            local_phone=question.local_phone,
            professions=question.professions,
        )
        found = await self._entries.find(sought, limit=MOST_CANDIDATES)
        if found or len(names) <= 1:
            return found
        either = Sought(dossier_id=dossier_id, names=(question.words,))
        return await self._entries.find(either, limit=MOST_CANDIDATES)

    async def _ranked(
        self, candidates: Sequence[DirectoryEntry], question: _Question, dossier_id: str
    ) -> list[DirectoryEntry]:
        """Best first; whoever was merged is found by what was typed once and stands for who it is today."""
        by_id = {each.provider_id: each for each in candidates}
        everybody = await with_targets(by_id, self._entries, session=None)
        best: dict[str, tuple[float, DirectoryEntry]] = {}
        for candidate in candidates:
            score, entry = question.score(candidate), current(everybody, candidate.provider_id)
            if score is None or entry is None or not entry.seen_by(dossier_id):
                continue
            if entry.provider_id not in best or best[entry.provider_id][0] < score:
                best[entry.provider_id] = (score, entry)
        return [entry for _, entry in sorted(best.values(), key=_rank)]

    async def recent(self, received: Received[ListRecentProviders]) -> RecentProviders:
        """Providers of the dossier's claims of one type, each once, the one used last first."""
        actor = received.require_actor()
        dossier_id, language = actor.dossier_id or "", cast("Language", actor.language)
        used = await self._used.list_used(dossier_id, received.message.claim_type, limit=LATEST_CLAIMS)
        known = await self._directory.resolve({each.provider.id for each in used if each.provider.id}, dossier_id)
        listed: dict[str, RecentProvider] = {}
        for each in used:
            entry = known.get(each.provider.id)
            key = entry.provider_id if entry is not None else _typed_key(each.provider)
            if key and key not in listed:
                listed[key] = self._chosen(entry, each, language) if entry is not None else _typed(each)
        return RecentProviders(providers=tuple(listed.values())[:MOST_RECENT])

    async def list_professions(self, received: Received[ListProfessions]) -> ProfessionsView:
        """The professions to choose from, in the caller's language."""
        language = cast("Language", received.require_actor().language)
        offered = self._professions.by_code.values()
        return ProfessionsView(
            professions=tuple(ProfessionView(code=each.code, name=each.names.of(language)) for each in offered)
        )

    def _chosen(self, entry: DirectoryEntry, used: UsedProvider, language: Language) -> RecentProvider:
        return RecentProvider(
            provider_id=entry.provider_id,
            name=entry.display_name,
            profession_name=self._professions.name(entry.profession, language) or None,
            phone=written(entry.phone) or None,
            city=entry.address.city or None,
            accepts_direct_billing=entry.bills_directly(business_day(self._clock())),
            last_used_at=used.received_at,
        )


def _rank(found: tuple[float, DirectoryEntry]) -> Rank:
    score, entry = found
    return -round(score, 6), entry.display_name, entry.provider_id


def _typed_key(provider: Provider) -> str:
    return e164(provider.phone) or provider.key


def _typed(used: UsedProvider) -> RecentProvider:
    phone = e164(used.provider.phone)
    return RecentProvider(
        name=used.provider.name, phone=written(phone) or used.provider.phone or None, last_used_at=used.received_at
    )
