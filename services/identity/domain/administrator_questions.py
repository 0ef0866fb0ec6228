"""Questions of administrator security: lists of their own, one chosen from each (DEL-9). Codes are kept with the
answers and never change.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from services.identity.domain.errors import AnswerInvalidError
from services.identity.domain.security_questions import QuestionText

ADMINISTRATOR_QUESTIONS: Final[Sequence[Mapping[str, QuestionText]]] = (
    {
        "practice_first_street": QuestionText(
            "Dans quelle rue se trouvait le premier cabinet ?", "On which street was the first practice?"
        ),
        "practice_founder": QuestionText("Qui a fondé le cabinet ?", "Who founded the practice?"),
        "practice_first_assistant": QuestionText(
            "Comment s’appelait la première personne embauchée au cabinet ?",
            "What was the name of the first person hired at the practice?",
        ),
    },
    {
        "university_residence": QuestionText(
            "Dans quelle rue habitiez-vous pendant vos études ?", "On which street did you live during your studies?"
        ),
        "thesis_topic": QuestionText(
            "Quel était le sujet de votre mémoire ou de votre travail de fin d’études ?",
            "What was the subject of your thesis or final paper?",
        ),
        "first_mentor": QuestionText("Qui a été votre premier mentor ?", "Who was your first mentor?"),
    },
    {
        "first_trip_abroad": QuestionText(
            "Où vous a mené votre premier voyage à l’étranger ?", "Where did your first trip abroad take you?"
        ),
        "favourite_author": QuestionText("Qui est votre auteur préféré ?", "Who is your favourite author?"),
        "favourite_team": QuestionText("Quelle est votre équipe sportive préférée ?", "What is your favourite team?"),
    },
)

ADMINISTRATOR_LISTS: Final[Sequence[frozenset[str]]] = tuple(map(frozenset, ADMINISTRATOR_QUESTIONS))


def require_one_of_each(questions: Collection[str], lists: Sequence[frozenset[str]]) -> None:
    """Accept one question from each list.

    Raises:
        AnswerInvalidError: too few, too many, or one that stands in no list.
    """
    if len(questions) != len(lists) or any(len(known & set(questions)) != 1 for known in lists):
        raise AnswerInvalidError
