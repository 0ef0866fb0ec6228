"""Recovery answers: mother's first name, security questions; what is kept of them, and how they are compared (F5..F7).

They are an extra check after the mailbox was proved, never a way in on their own (ASVS 6.4.2).
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.identity.domain.attempts import Attempts
from services.identity.domain.errors import AnswerInvalidError

MOTHERS_FIRST_NAME: Final = "mothers_first_name"
"""The recovery answer of members (source 004)."""

LONGEST: Final = 100
_SHORTEST: Final = 2
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae"})
_IGNORED: Final = frozenset("PZSC")
"""Punctuation, space, symbols, controls: first letters of Unicode's general categories."""


def normalised_answer(typed: str) -> str:
    """The form in which answers are hashed and compared: without case, accents, spaces and punctuation (F7).

    Raises:
        AnswerInvalidError: nothing, or next to nothing, is left, or it is far too long.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", typed).casefold()).translate(_LIGATURES)
    answer = "".join(
        sign for sign in folded if not unicodedata.combining(sign) and unicodedata.category(sign)[0] not in _IGNORED
    )
    if not _SHORTEST <= len(answer) <= LONGEST:
        raise AnswerInvalidError
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRecord:
    """What an account's holder left for the day when the password is forgotten.

    Attributes:
        hint: A sentence sealed for identity itself; where the plan allows one (REG-5).
        answers: Question and hash of the normalised answer, in the order in which they are asked.
        misses: Attempts at the answers since the last right one.
        blocked_until: No attempt before then.
    """

    account_id: str
    hint: str | None = field(default=None, repr=False)
    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    misses: int = 0
    blocked_until: datetime | None = None

    @property
    def attempts(self) -> Attempts:
        """How often the answers were tried."""
        return Attempts(self.misses, self.blocked_until)

    @property
    def questions(self) -> tuple[str, ...]:
        """What is asked: always all of them (F6)."""
        return tuple(question for question, _ in self.answers)
