"""Security questions by list: one is chosen from each (REG-14, DEL-9). Their texts are the portal's."""

from collections.abc import Collection, Sequence
from typing import Final

from services.identity.domain.errors import AnswerInvalidError

ACCOUNT_LISTS: Final[Sequence[frozenset[str]]] = (
    frozenset({"first_pet", "childhood_street", "first_school", "childhood_friend"}),
    frozenset({"first_employer", "first_car", "first_concert", "favourite_teacher"}),
    frozenset({"parents_met_in", "grandmothers_first_name", "eldest_cousin", "wedding_city"}),
)
"""For accounts of providers."""

ADMINISTRATOR_LISTS: Final[Sequence[frozenset[str]]] = (
    frozenset({"practice_first_street", "practice_founder", "practice_first_assistant"}),
    frozenset({"university_residence", "thesis_topic", "first_mentor"}),
    frozenset({"first_trip_abroad", "favourite_author", "favourite_team"}),
)
"""Lists of their own for administrator security."""


def require_one_of_each(questions: Collection[str], lists: Sequence[frozenset[str]]) -> None:
    """Accept one question from each list.

    Raises:
        AnswerInvalidError: too few, too many, or one that stands in no list.
    """
    if len(questions) != len(lists) or any(len(known & set(questions)) != 1 for known in lists):
        raise AnswerInvalidError
