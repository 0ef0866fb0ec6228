"""The text of the hygienists' agreement, read from the file beside this module once at start."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.identity.domain.agreements import AgreementText, Article

FILE: Final = Path(__file__).parent / "agreement_hygienist.toml"
LANGUAGES: Final = ("fr", "en")


def load_agreement_texts(file: Path = FILE) -> Mapping[str, AgreementText]:
    """The text in force by language.

    Raises:
        KeyError: a language, or something of it, is missing.
    """
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return {language: _text(document["version"], language, document[language]) for language in LANGUAGES}


def _text(version: str, language: str, table: Mapping[str, Any]) -> AgreementText:
    articles = tuple(Article(part["heading"], tuple(part["paragraphs"])) for part in table["articles"])
    return AgreementText(version, language, table["title"], articles, table["correction"])
