"""Finding a claim type by what people type: accents and case do not count, common types come first (CLM-1)."""

from dataclasses import dataclass

from services.claims.domain.bilingual import Language, folded
from services.claims.domain.catalogue import Catalogue, ClaimType

_OTHER = {"fr": "autre", "en": "other"}
_NAME_STARTS, _WORD_STARTS, _CONTAINS = range(3)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Claim types to offer: the ``common`` ones, and the ``other`` ones that the page shows under "Other"."""

    common: tuple[ClaimType, ...]
    other: tuple[ClaimType, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    claim_type: ClaimType
    name: str
    words: str


class CatalogueSearch:
    """An index over one catalogue, built once; ``search`` only reads it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._entries: dict[Language, tuple[_Entry, ...]] = {
            "fr": _index(catalogue, "fr"),
            "en": _index(catalogue, "en"),
        }

    def search(self, text: str, language: Language) -> SearchResult:
        """Types whose name, synonyms, category, code or services hold every word of ``text``.

        Nothing typed: the common types alone. "Autre"/"other" (also in the plural): all the rest.
        """
        sought = folded(text)
        entries = self._entries[language]
        if not sought:
            return _grouped([entry.claim_type for entry in entries if entry.claim_type.common])
        if sought.removesuffix("s") == _OTHER[language]:
            return _grouped([entry.claim_type for entry in entries if not entry.claim_type.common])
        ranked = [(rank, entry) for entry in entries if (rank := _rank(entry, sought)) is not None]
        ranked.sort(key=lambda found: (found[0], found[1].name))
        return _grouped([entry.claim_type for _, entry in ranked])


def _grouped(types: list[ClaimType]) -> SearchResult:
    return SearchResult(
        common=tuple(each for each in types if each.common),
        other=tuple(each for each in types if not each.common),
    )


def _index(catalogue: Catalogue, language: Language) -> tuple[_Entry, ...]:
    entries = []
    for claim_type in catalogue.types.values():
        synonyms = claim_type.synonyms_fr if language == "fr" else claim_type.synonyms_en
        words = [
            claim_type.names.of(language),
            *synonyms,
            catalogue.categories[claim_type.category].names.of(language),
            claim_type.code,
            *(f"{service.code} {service.names.of(language)}" for service in claim_type.services),
        ]
        entries.append(
            _Entry(claim_type, name=folded(claim_type.names.of(language)), words=" " + folded(" ".join(words)))
        )
    return tuple(sorted(entries, key=lambda entry: entry.name))


def _rank(entry: _Entry, sought: str) -> int | None:
    if entry.name.startswith(sought):
        return _NAME_STARTS
    words = sought.split()
    if all(f" {word}" in entry.words for word in words):
        return _WORD_STARTS
    return _CONTAINS if all(word in entry.words for word in words) else None
