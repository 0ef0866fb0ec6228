"""The questions before a delegation, and where answers to them lead (DEL-1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.identity.domain.delegation_errors import TreeAnswerUnknownError


@dataclass(frozen=True, slots=True)
class Wording:
    """The same text in both languages."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a question; ``leads_to`` names a question or an outcome."""

    answer: str
    text: Wording
    leads_to: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with all its answers."""

    question: str
    text: Wording
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a path: a request for ``service``, or a refusal when there is none."""

    outcome: str
    text: Wording
    service: str | None


@dataclass(frozen=True, slots=True)
class DecisionTree:
    """A tree in which every path ends.

    Raises:
        ValueError: an answer leads nowhere or back, or something cannot be reached.
    """

    first: str
    questions: Mapping[str, Question]
    outcomes: Mapping[str, Outcome]

    def __post_init__(self) -> None:
        names = self.questions.keys() | self.outcomes.keys()
        left = names - self._reached(self.first, ())
        if left or self.questions.keys() & self.outcomes.keys():
            raise ValueError(f"never reached, or named twice: {sorted(left)}")

    def follow(self, answers: Sequence[str]) -> Question | Outcome:
        """The question after these answers, or the outcome.

        Raises:
            TreeAnswerUnknownError: an answer is none of its question's, or comes after the end.
        """
        here: Question | Outcome = self.questions[self.first]
        for position, given in enumerate(answers):
            offered = here.answers if isinstance(here, Question) else ()
            chosen = next((answer for answer in offered if answer.answer == given), None)
            if chosen is None:
                raise TreeAnswerUnknownError(position + 1)
            here = self._node(chosen.leads_to)
        return here

    def paths(self) -> Iterator[tuple[tuple[str, ...], Outcome]]:
        """Every complete list of answers with its outcome."""
        yield from self._paths_from(self.questions[self.first], ())

    def _paths_from(self, question: Question, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Outcome]]:
        for answer in question.answers:
            node, path = self._node(answer.leads_to), (*before, answer.answer)
            if isinstance(node, Outcome):
                yield path, node
            else:
                yield from self._paths_from(node, path)

    def _node(self, name: str) -> Question | Outcome:
        return self.questions.get(name) or self.outcomes[name]

    def _reached(self, name: str, above: tuple[str, ...]) -> set[str]:
        if name in above:
            raise ValueError(f"{name} leads back to itself")
        question = self.questions.get(name)
        if question is None:
            if name not in self.outcomes:
                raise ValueError(f"nothing is called {name}")
            return {name}
        if len({answer.answer for answer in question.answers}) < max(1, len(question.answers)):
            raise ValueError(f"{name} has no answers, or one of them twice")
        return {name}.union(*(self._reached(answer.leads_to, (*above, name)) for answer in question.answers))
