"""Names of providers: tidied, found in spite of one typing mistake per word, compared (CLM-2).

A word is indexed under itself and under what remains when one letter is taken away. Whoever looks for a word does the
same, so that two words with one mistake between them (a letter more, less, another, or two swapped) always meet under
some key: the symmetric-delete method of SymSpell. The order of words, accents and case do not count.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from services.claims.domain.bilingual import folded

TOLERANT_FROM: Final = 3
"""Letters from which a word is found with a mistake in it; with fewer, everything would resemble everything."""
LONGEST_WORD: Final = 24
MOST_WORDS: Final = 12
SIMILAR: Final = 0.6
"""How alike two words, and on average two names, must be: one mistake in three letters is."""
NEARLY_THE_SAME: Final = 85
"""From which of rapidfuzz's 100 points two whole names are taken for the same one."""

TITLES: Final = frozenset({"dr", "dre", "docteur", "docteure", "doctor", "m", "mme", "mlle", "mr", "mrs", "ms"})
_WORD: Final = re.compile(r"[^\W_]+")
_WRITTEN_WORD: Final = re.compile(r"[^\W\d_]+(?:['’]s(?!\w))?", re.IGNORECASE)


def in_one_line(typed: str) -> str:
    """A text in NFC with single spaces and without control characters."""
    printable = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", typed))
    return " ".join(printable.split())


def personal_name(typed: str) -> str:
    """A person's name in one line; typed without capitals, or in capitals only, it gets first capitals."""
    name = in_one_line(typed)
    if name not in {name.upper(), name.lower()}:
        return name
    return _WRITTEN_WORD.sub(lambda word: word[0].capitalize(), name)


def words_of(*names: str) -> tuple[str, ...]:
    """The words of some names, folded; titles are no part of a name, unless there is nothing else."""
    found = [word[:LONGEST_WORD] for name in names for word in _WORD.findall(folded(name))]
    named = [word for word in found if word not in TITLES]
    return tuple(dict.fromkeys(named or found))[:MOST_WORDS]


def keys_of(words: Iterable[str]) -> frozenset[str]:
    """Under what these words are indexed, and looked for."""
    return frozenset(key for word in words for key in _without_one_letter(word))


def _without_one_letter(word: str) -> set[str]:
    if len(word) < TOLERANT_FROM:
        return {word}
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def likeness(sought: Sequence[str], words: Collection[str]) -> float:
    """How well ``words`` answer those that are sought, from 0 to 1; words that are not sought do not count."""
    if not sought or not words:
        return 0.0
    best = (max(OSA.normalized_similarity(one, word) for word in words) for one in sought)
    return sum(score for score in best if score >= SIMILAR) / len(sought)


def nearly_the_same(one: str, other: str) -> bool:
    """Whether two names are most likely one name, written twice."""
    first, second = words_of(one), words_of(other)
    if not first or not second:
        return False
    return fuzz.token_sort_ratio(" ".join(first), " ".join(second)) >= NEARLY_THE_SAME
