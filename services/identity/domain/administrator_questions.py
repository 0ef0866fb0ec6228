"""Questions of administrator security: lists of their own, one chosen from each (DEL-9). Texts are the portal's."""

from collections.abc import Collection, Sequence
from typing import Final

from services.identity.domain.errors import AnswerInvalidError

ADMINISTRATOR_LISTS: Final[Sequence[frozenset[str]]] = (
    frozenset({"practice_first_street", "practice_founder", "practice_first_assistant"}),
    frozenset({"university_residence", "thesis_topic", "first_mentor"}),
    frozenset({"first_trip_abroad", "favourite_author", "favourite_team"}),
)


def require_one_of_each(questions: Collection[str], lists: Sequence[frozenset[str]]) -> None:
    """Accept one question from each list.

    Raises:
        AnswerInvalidError: too few, too many, or one that stands in no list.
    """
    if len(questions) != len(lists) or any(len(known & set(questions)) != 1 for known in lists):
        raise AnswerInvalidError
