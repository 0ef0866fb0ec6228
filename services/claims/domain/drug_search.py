"""Finding products by name, ingredient, strength or DIN, with what is needed to sort and filter many variants (COV-1).

An index of one version of the list, built once; searching only reads it. Measured beside an index in the database:
docs/performance.md.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import Final

from services.claims.domain.bilingual import Bilingual, Language, folded
from services.claims.domain.catalogue import Named
from services.claims.domain.drug_words import LAST, WordIndex, drug_words, words_of
from services.claims.domain.drugs import SCHEDULE_NAMES, SHOWN_STRENGTHS, Drug

SEVERAL: Final = Named("several", Bilingual("Plusieurs ingrédients", "Several ingredients"))
"""Stands for the strength of products with too many ingredients to name."""
FACET_VALUES: Final = 50
_DIN_START: Final = re.compile(r"[0-9]{4,8}")
"""Three digits would find a tenth of the list, or nine tenths: nearly all DINs begin with 02."""

SortKey = tuple[str | int | float, ...]


class DrugSort(StrEnum):
    """Orders of results; ``relevance`` has products first whose name begins with what was typed."""

    RELEVANCE = "relevance"
    NAME = "name"
    STRENGTH = "strength"
    FORM = "form"
    COMPANY = "company"
    DIN = "din"


class Facet(StrEnum):
    """By what results can be filtered."""

    FORM = "form"
    STRENGTH = "strength"
    ROUTE = "route"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class DrugQuery:
    """What is looked for. ``chosen`` are codes by facet; ``after`` is the sort key of the last product shown."""

    text: str
    language: Language
    chosen: Mapping[Facet, str] = field(default_factory=dict)
    sort: DrugSort = DrugSort.RELEVANCE
    limit: int = 20
    after: SortKey | None = None


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A value by which results can be filtered, and how many there would be."""

    value: Named
    count: int


@dataclass(frozen=True, slots=True)
class DrugResults:
    """A page of products, how many there are in all, and the sort key of the last one when more follow.

    Counts of a facet are of the products that the other facets let through.
    """

    drugs: tuple[Drug, ...]
    total: int
    facets: Mapping[Facet, tuple[FacetCount, ...]]
    last: SortKey | None


class DrugSearch:
    """An index over one version of the list."""

    def __init__(self, drugs: Iterable[Drug]) -> None:
        self.drugs = tuple(sorted(drugs, key=lambda drug: (folded(drug.names.en), drug.din)))
        self._by_din = {drug.din: drug for drug in self.drugs}
        self._index = WordIndex(map(drug_words, self.drugs))
        self._dins = WordIndex([drug.din] for drug in self.drugs)
        self._name_index = WordIndex(words_of(f"{drug.names.en} {drug.names.fr}") for drug in self.drugs)
        self._names = sorted((" ".join(words_of(drug.names.en)), place) for place, drug in enumerate(self.drugs))
        self._facets = {facet: [_values(drug, facet) for drug in self.drugs] for facet in Facet}
        self._values = _by_code(self._facets)
        self._codes = {facet: [tuple(v.code for v in found) for found in of] for facet, of in self._facets.items()}
        self._orders = {key: self._order(*key) for key in _orders()}

    def get(self, din: str) -> Drug | None:
        """The product with this DIN."""
        return self._by_din.get(din)

    def search(self, query: DrugQuery) -> DrugResults:
        """Products of which every word that was typed begins a word."""
        words = words_of(query.text)
        found = _in_all(map(self._found_by, words))
        kept = self._kept(found, query.chosen)
        ordered, key = self._ordered(kept, query, words)
        first = 0 if query.after is None else bisect_right(ordered, query.after, key=key)
        page = ordered[first : first + query.limit]
        return DrugResults(
            drugs=tuple(self.drugs[place] for place in page),
            total=len(kept),
            facets={facet: self._counted(facet, found, query.chosen) for facet in Facet},
            last=key(page[-1]) if page and first + len(page) < len(ordered) else None,
        )

    def _found_by(self, word: str) -> set[int]:
        found = self._index.beginning_with(word)
        return found | self._dins.beginning_with(word) if _DIN_START.fullmatch(word) else found

    def _kept(self, found: set[int], chosen: Mapping[Facet, str]) -> set[int]:
        filters = [(self._codes[facet], code) for facet, code in chosen.items()]
        if not filters:
            return found
        return {place for place in found if all(code in codes[place] for codes, code in filters)}

    def _counted(self, facet: Facet, found: set[int], chosen: Mapping[Facet, str]) -> tuple[FacetCount, ...]:
        pool = self._kept(found, {other: code for other, code in chosen.items() if other is not facet})
        counts = Counter(chain.from_iterable(map(self._codes[facet].__getitem__, pool)))
        values = self._values[facet]
        most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:FACET_VALUES]
        return tuple(FacetCount(values[code], count) for code, count in most)

    def _ordered(
        self, kept: set[int], query: DrugQuery, words: Sequence[str]
    ) -> tuple[list[int], Callable[[int], SortKey]]:
        """Places in the order asked for, and the key that says the same about any version of the list."""
        if query.sort is not DrugSort.RELEVANCE:
            order = self._orders[query.sort, query.language]
            ordered = sorted(kept, key=order.__getitem__)
            return ordered, lambda place: _key(self.drugs[place], query.sort, query.language)
        exact = {place for place in kept if self.drugs[place].din == words[0]} if len(words) == 1 else set[int]()
        starts = (kept & self._beginning_with(" ".join(words))) - exact
        named = (kept & _in_all(map(self._name_index.beginning_with, words))) - starts - exact
        ranked = (exact, starts, named, kept - named - starts - exact)

        def key(place: int) -> SortKey:
            rank = next(rank for rank, places in enumerate(ranked) if place in places)
            return (rank, *_key(self.drugs[place], DrugSort.NAME, query.language))

        return [place for places in ranked for place in sorted(places)], key

    def _beginning_with(self, start: str) -> set[int]:
        first, end = bisect_left(self._names, (start, 0)), bisect_left(self._names, (start + LAST, 0))
        return {place for _, place in self._names[first:end]}

    def _order(self, sort: DrugSort, language: Language) -> "array[int]":
        """For each place, where it comes in this order."""
        order = array("I", bytes(4 * len(self.drugs)))
        keyed = sorted(range(len(self.drugs)), key=lambda place: _key(self.drugs[place], sort, language))
        for position, place in enumerate(keyed):
            order[place] = position
        return order


def _in_all(sets: Iterable[set[int]]) -> set[int]:
    found = list(sets)
    return set.intersection(*found) if found else set()


def _orders() -> list[tuple[DrugSort, Language]]:
    languages: tuple[Language, ...] = ("fr", "en")
    return [(sort, language) for sort in DrugSort if sort is not DrugSort.RELEVANCE for language in languages]


def _values(drug: Drug, facet: Facet) -> tuple[Named, ...]:
    match facet:
        case Facet.FORM:
            return drug.forms
        case Facet.ROUTE:
            return drug.routes
        case Facet.SCHEDULE:
            return tuple(Named(schedule.value, SCHEDULE_NAMES[schedule]) for schedule in drug.schedules)
        case Facet.STRENGTH:
            if len(drug.ingredients) > SHOWN_STRENGTHS:
                return (SEVERAL,)
            strengths = Bilingual(drug.strength("fr"), drug.strength("en"))
            return (Named(strengths.en, strengths),) if strengths.en else ()


def _by_code(facets: Mapping[Facet, Sequence[Sequence[Named]]]) -> Mapping[Facet, Mapping[str, Named]]:
    return {facet: {value.code: value for found in of for value in found} for facet, of in facets.items()}


def _key(drug: Drug, sort: DrugSort, language: Language) -> SortKey:
    """Where a product stands in an order, whatever else is in the list."""
    name = folded(drug.names.en)
    match sort:
        case DrugSort.STRENGTH:
            return (*_amount(drug), name, drug.din)
        case DrugSort.FORM:
            return (folded(drug.forms[0].names.of(language)) if drug.forms else LAST, name, drug.din)
        case DrugSort.COMPANY:
            return (folded(drug.company), name, drug.din)
        case DrugSort.DIN:
            return (drug.din,)
        case _:
            return (name, drug.din)


def _amount(drug: Drug) -> tuple[str, float]:
    """Unit and amount of the first ingredient; products without come last."""
    strength = drug.ingredients[0].strength.en if drug.ingredients else ""
    amount, _, unit = strength.partition(" ")
    try:
        return (unit, float(amount))
    except ValueError:
        return (LAST, 0.0)
