"""What codes are called in French and in English.

``wording.json`` is made from the words of claims by ``python -m deploy.wording``, so that both services say the same.
"""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.payments.domain.statement_documents import Language

DIRECTORY: Final = Path(__file__).parent
NO_BREAK_SPACE: Final = "\u00a0"


class Wording:
    """Reasons, claim types and the fixed words of statements. A code that has no words stands for itself."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        codes: Mapping[str, Any] = json.loads((directory / "wording.json").read_text(encoding="utf-8"))
        self._reasons: Mapping[str, Mapping[str, str]] = codes["reasons"]
        self._claim_types: Mapping[str, Mapping[str, str]] = codes["claim_types"]
        self._words: Mapping[str, Mapping[str, str]] = tomllib.loads(
            (directory / "statement.toml").read_text(encoding="utf-8")
        )

    def reason(self, code: str, language: Language) -> str:
        """Why a line was not paid as asked, as a sentence."""
        return self._said(self._reasons, code, language)

    def claim_type(self, code: str, language: Language) -> str:
        """What was claimed."""
        return self._said(self._claim_types, code, language)

    def words(self, language: Language) -> Mapping[str, str]:
        """Headings and labels by name."""
        return self._words[language]

    @staticmethod
    def _said(words: Mapping[str, Mapping[str, str]], code: str, language: Language) -> str:
        return words[code][language] if code in words else code


@cache
def shipped_wording() -> Wording:
    """The words that ship with the service, read once."""
    return Wording()
