"""Answers that prove who somebody is: compared as people mean them, not as they type them (REG-6, LOG-5)."""

import unicodedata
from typing import Final

from services.identity.domain.errors import AnswerTooShortError

SHORTEST_ANSWER: Final = 2


def normalised_answer(text: str) -> str:
    """Without case, accents, hyphens or doubled spaces: "Émile-Jean" and "emile  jean" are one answer (F7)."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(" " if _is_dash(sign) else sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(plain.split())


def checked_answer(text: str) -> str:
    """The normalised answer.

    Raises:
        AnswerTooShortError: hardly anything is left of it.
    """
    answer = normalised_answer(text)
    if len(answer) < SHORTEST_ANSWER:
        raise AnswerTooShortError(SHORTEST_ANSWER)
    return answer


def _is_dash(sign: str) -> bool:
    return unicodedata.category(sign) == "Pd"
