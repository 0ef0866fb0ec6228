"""Words by which a product is found: of its names, ingredients and strengths in both languages (COV-1)."""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from services.claims.domain.bilingual import folded
from services.claims.domain.drugs import Drug

LAST: Final = "\U0010ffff"
"""Comes after every sign of a word."""
_WORD: Final = re.compile(r"[0-9]+[.,][0-9]+|[^\W_]+")
_STRENGTH: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ([^\W\d_]+)")


def words_of(text: str) -> list[str]:
    """Words without accents and case, a decimal number being one word: ``0,5`` and ``0.5`` are the same."""
    return [word.replace(",", ".") for word in _WORD.findall(folded(text).casefold())]


def drug_words(drug: Drug) -> frozenset[str]:
    """Every word of which the beginning finds a product; a strength as one word too, as in ``500mg``."""
    return frozenset(_all_words(drug))


def _all_words(drug: Drug) -> Iterator[str]:
    for text in _texts(drug):
        yield from words_of(text)
    for ingredient in drug.ingredients:
        for text in (ingredient.strength.en, ingredient.strength.fr):
            for amount, unit in _STRENGTH.findall(folded(text)):
                yield amount + unit


def _texts(drug: Drug) -> Iterable[str]:
    texts = [drug.names.en, drug.names.fr, drug.descriptors.en, drug.descriptors.fr]
    for ingredient in drug.ingredients:
        texts += [ingredient.names.en, ingredient.names.fr, ingredient.strength.en, ingredient.strength.fr]
    return dict.fromkeys(texts)


class WordIndex:
    """Which of some things, by their places, have words that begin with what somebody typed."""

    def __init__(self, words_of_each: Iterable[Iterable[str]]) -> None:
        places: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for place, words in enumerate(words_of_each):
            for word in set(words):
                places[word].append(place)
        self._words = sorted(places)
        self._places = [places[word] for word in self._words]

    def beginning_with(self, start: str) -> set[int]:
        """Places of the things that have a word with this beginning."""
        first, end = bisect_left(self._words, start), bisect_left(self._words, start + LAST)
        return set(chain.from_iterable(self._places[first:end]))
