"""The words for acts, from ``acts.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

CATALOGUE: Final = Path(__file__).parent / "acts.toml"


@cache
def catalogue() -> Mapping[str, tuple[str, str]]:
    """French and English words of every act."""
    return {act: (words[0], words[1]) for act, words in tomllib.loads(CATALOGUE.read_text(encoding="utf-8")).items()}


def words_for(act: str, details: Mapping[str, str], language: str) -> str:
    """An act in French or English, by the first of its details that has words of its own, a value or a name; one
    without words is called by its name.
    """
    known = catalogue()
    candidates = [*(f"{act}.{detail}" for detail in (*details.values(), *details)), act]
    words = next((known[each] for each in candidates if each in known), (act, act))
    return words[0 if language == "fr" else 1]
