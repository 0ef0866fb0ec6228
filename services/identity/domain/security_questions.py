"""Security questions: three lists, and one question chosen from each (REG-14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.identity.domain.answers import normalised_answer
from services.identity.domain.errors import AnswerInvalidError
from services.identity.domain.provider_errors import SecurityQuestionsError

LISTS: Final = 3
FEWEST: Final = 5


@dataclass(frozen=True, slots=True)
class QuestionText:
    """A question in both languages."""

    fr: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.fr


@dataclass(frozen=True, slots=True)
class SecurityQuestions:
    """The lists, each with its questions by code.

    Raises:
        ValueError: not three lists of five questions or more, or one code twice.
    """

    lists: tuple[Mapping[str, QuestionText], ...]

    def __post_init__(self) -> None:
        codes = [code for questions in self.lists for code in questions]
        if len(self.lists) != LISTS or len(set(codes)) < len(codes):
            raise ValueError(f"{LISTS} lists with codes of their own are needed")
        if any(len(questions) < FEWEST for questions in self.lists):
            raise ValueError(f"each list needs {FEWEST} questions")

    def check(self, chosen: Sequence[str]) -> None:
        """Accept one question of each list, in the order of the lists.

        Raises:
            SecurityQuestionsError: any other choice.
        """
        if len(chosen) != LISTS or any(
            code not in questions for code, questions in zip(chosen, self.lists, strict=True)
        ):
            raise SecurityQuestionsError


def distinct_answers(typed: Sequence[str]) -> Sequence[str]:
    """The answers in the form in which they are compared: none empty, none the same as another.

    Raises:
        AnswerInvalidError: otherwise.
    """
    answers = [normalised_answer(text) for text in typed]
    if len(set(answers)) < len(answers):
        raise AnswerInvalidError
    return answers
