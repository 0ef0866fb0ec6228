"""French and English: texts in both, and which one a caller prefers (RFC 9110, section 12.5.4)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

FRENCH: Final = "fr"
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """The same text in both languages."""

    fr: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == ENGLISH else self.fr


@lru_cache(maxsize=256)
def preferred(accept_language: str) -> str:
    """``fr`` or ``en``, by the weights of an ``Accept-Language`` header; French when it does not say."""
    weights: dict[str, float] = {}
    for item in accept_language.lower().split(","):
        tag, _, parameters = item.strip().partition(";")
        language = tag.partition("-")[0]
        weights[language] = max(weights.get(language, 0.0), _weight(parameters))
    rest = weights.get("*", 0.0)
    french, english = weights.get(FRENCH, rest), weights.get(ENGLISH, rest)
    return ENGLISH if english > french else FRENCH


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
