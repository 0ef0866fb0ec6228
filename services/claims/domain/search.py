"""Finding a claim type by what people type: accents and case do not count, common types come first (CLM-1).

Names, synonyms, categories and services are looked through in the caller's language, then in the other one, since
people know many services by one name only. Only when nothing is found are typing mistakes forgiven.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.claims.domain.bilingual import Language, folded
from services.claims.domain.catalogue import Catalogue, ClaimType

_OTHER: Final = frozenset({"autre", "autres", "other", "others"})
_NAME_STARTS, _SYNONYM_IS, _SYNONYM_STARTS, _WORDS_START, _CONTAINS, _IN_OTHER_LANGUAGE = range(6)
_NO_WORD: Final = re.compile(r"[\W_]+")
_MISTAKES: Final = ((4, 1), (8, 2))
"""(letters, mistakes forgiven): none in a shorter word. A mistake is a letter wrong, missing, added or swapped."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Claim types to offer: the ``common`` ones, and the ``other`` ones that the page shows under "Other"."""

    common: tuple[ClaimType, ...]
    other: tuple[ClaimType, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A claim type as it is looked for in one language; texts are folded and hold words and single spaces only."""

    claim_type: ClaimType
    name: str
    synonyms: tuple[str, ...]
    words: str
    words_of_other_language: str

    @property
    def order(self) -> tuple[bool, str, str]:
        """Catch-alls come last, otherwise by name."""
        return self.claim_type.other, self.name, self.claim_type.code

    @property
    def vocabulary(self) -> frozenset[str]:
        return frozenset((self.words + self.words_of_other_language).split())


class CatalogueSearch:
    """An index over one catalogue, built once; ``search`` only reads it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._entries: dict[Language, tuple[_Entry, ...]] = {
            "fr": _index(catalogue, "fr"),
            "en": _index(catalogue, "en"),
        }
        known = {entry.claim_type.code: entry.vocabulary for entry in self._entries["fr"]}
        self._known = known
        self._vocabulary = sorted(frozenset[str]().union(*known.values()))

    def search(self, text: str, language: Language) -> SearchResult:
        """Types whose name, synonyms, category, code or services hold every word of ``text``.

        Nothing typed: the common types alone. "Autre"/"other" (also in the plural): all the rest.
        """
        sought = plain(text)
        entries = self._entries[language]
        if not sought:
            return _grouped(entry for entry in entries if entry.claim_type.common)
        if sought in _OTHER:
            return _grouped(entry for entry in entries if not entry.claim_type.common)
        ranked = [(rank, entry) for entry in entries if (rank := _rank(entry, sought)) is not None]
        if not ranked:
            ranked = self._nearly(sought, entries)
        return _grouped(entry for _, entry in sorted(ranked, key=lambda found: (found[0], found[1].order)))

    def _nearly(self, sought: str, entries: Iterable[_Entry]) -> list[tuple[int, _Entry]]:
        """Entries that hold every word with a few typing mistakes; the fewer, the higher they rank."""
        meant = [_words_near(word, self._vocabulary) for word in dict.fromkeys(sought.split())]
        found = []
        for entry in entries:
            known = self._known[entry.claim_type.code]
            mistakes = [min((far for word, far in near.items() if word in known), default=None) for near in meant]
            counted = [each for each in mistakes if each is not None]
            if len(counted) == len(mistakes):
                found.append((sum(counted), entry))
        return found


def plain(text: str) -> str:
    """``text`` folded, with nothing but words and single spaces: ``d’Œil (X-ray)`` becomes ``d oeil x ray``."""
    return " ".join(_NO_WORD.sub(" ", folded(text)).split())


def _grouped(found: Iterable[_Entry]) -> SearchResult:
    types = [entry.claim_type for entry in found]
    return SearchResult(
        common=tuple(each for each in types if each.common),
        other=tuple(each for each in types if not each.common),
    )


def _index(catalogue: Catalogue, language: Language) -> tuple[_Entry, ...]:
    other: Language = "en" if language == "fr" else "fr"
    entries = (
        _Entry(
            claim_type,
            name=plain(claim_type.names.of(language)),
            synonyms=tuple(plain(synonym) for synonym in claim_type.synonyms(language)),
            words=_words(claim_type, catalogue, language),
            words_of_other_language=_words(claim_type, catalogue, other),
        )
        for claim_type in catalogue.types.values()
    )
    return tuple(sorted(entries, key=lambda entry: entry.order))


def _words(claim_type: ClaimType, catalogue: Catalogue, language: Language) -> str:
    """Everything by which the type is found, with a space before each word."""
    texts = (
        claim_type.names.of(language),
        *claim_type.synonyms(language),
        catalogue.categories[claim_type.category].names.of(language),
        claim_type.code,
        *(f"{service.code} {service.names.of(language)}" for service in claim_type.services),
    )
    return f" {plain(' '.join(texts))}"


def _rank(entry: _Entry, sought: str) -> int | None:
    if entry.name.startswith(sought):
        return _NAME_STARTS
    if sought in entry.synonyms:
        return _SYNONYM_IS
    if any(synonym.startswith(sought) for synonym in entry.synonyms):
        return _SYNONYM_STARTS
    words = sought.split()
    if all(f" {word}" in entry.words for word in words):
        return _WORDS_START
    if all(word in entry.words for word in words):
        return _CONTAINS
    both = entry.words + entry.words_of_other_language
    return _IN_OTHER_LANGUAGE if all(f" {word}" in both for word in words) else None


def _words_near(word: str, vocabulary: list[str]) -> dict[str, int]:
    """Words of the vocabulary that may be meant, or begin with what may be meant, with the number of mistakes."""
    forgiven = max((mistakes for letters, mistakes in _MISTAKES if len(word) >= letters), default=0)
    near: dict[str, int] = {}
    for candidates in (vocabulary, [each[: len(word)] for each in vocabulary]):
        for _, far, place in process.extract(
            word, candidates, scorer=OSA.distance, score_cutoff=forgiven, limit=len(candidates)
        ):
            known = vocabulary[place]
            near[known] = min(int(far), near.get(known, int(far)))
    return near
