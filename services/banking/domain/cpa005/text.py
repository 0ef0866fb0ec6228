"""Names in the character set that every bank accepts: upper-case ASCII without accents.

``bank_text`` keeps letters, digits, the space and ``& ' , - . /``. Letters of other alphabets are spelled
with ASCII letters: ``É`` becomes ``E``, ``ç`` ``C``, ``ø`` ``O``, and the ligatures and their like become two
letters: ``œ`` ``OE``, ``æ`` ``AE``, ``ß`` ``SS``, ``þ`` ``TH``. Typographic apostrophes and dashes become the
plain ones. Everything else (symbols, pictures, control characters, other punctuation) becomes a space; runs
of spaces become one, and none is left at either end. The result may be longer than the input, and is empty
when nothing could be spelled.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_UNSAFE = re.compile(r"[^A-Z0-9&',\-./]+")
_SAFE = re.compile(r"[A-Z0-9 &',\-./]*")
_SPELLED = frozenset("LMNP")
"""General categories (first letter) that are transliterated: letters, marks, numbers, punctuation."""


@lru_cache(maxsize=4096)
def bank_text(value: str) -> str:
    """Spell ``value`` in the safe character set; see the module for what becomes of what."""
    spelled = value if value.isascii() else "".join(map(_spell, value))
    return _UNSAFE.sub(" ", spelled.upper()).strip()


def is_bank_text(value: str) -> bool:
    """Whether every character of ``value`` is one that every bank accepts."""
    return _SAFE.fullmatch(value) is not None


def _spell(character: str) -> str:
    # The transliterator would write a picture as its English name between colons, and a euro sign as three
    # letters.
    if character.isascii() or unicodedata.category(character)[0] in _SPELLED:
        return anyascii(character)
    return " "
