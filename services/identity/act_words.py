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
    """An act in French or English; one without words is called by its name."""
    known = catalogue()
    words = known.get(f"{act}.{details.get('what', '')}") or known.get(act) or (act, act)
    return words[0 if language == "fr" else 1]
