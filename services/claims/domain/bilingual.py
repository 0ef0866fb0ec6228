"""Texts in both official languages, and the folding that lets a search ignore accents and case (CLM-1)."""

import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.claims.domain.document_reader import DocumentReader

Language: TypeAlias = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same text in French and in English."""

    fr: str
    en: str

    def of(self, language: Language) -> str:
        return self.fr if language == "fr" else self.en


def read_bilingual(reader: DocumentReader, key: str) -> Bilingual:
    child = reader.child(key)
    text = Bilingual(fr=child.text("fr"), en=child.text("en"))
    child.close()
    return text


def folded(text: str) -> str:
    """``text`` without accents, case, ligatures and doubled spaces: ``Œil,  Évalué`` becomes ``oeil, evalue``."""
    spread = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", spread) if not unicodedata.combining(letter))
    return " ".join(plain.split())
