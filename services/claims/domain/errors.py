"""Refusals of the claims domain; the families decide what a transport does with them (``shared.errors``)."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.errors import NotFound, Rejected


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a data file: where (JSON path, ``$`` is the root) and what is wrong with it."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class InvalidDocumentError(Rejected):
    """A catalogue, plan, wording or stored document that cannot be used; ``problems`` holds every mistake found."""

    def __init__(self, document: str, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(
            "claims.document_invalid",
            document=document,
            path=first.path,
            problem=first.text,
            problem_count=len(problems),
        )
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return f"{self.params['document']} is not valid: " + "; ".join(map(str, self.problems))


class ClaimWithoutLinesError(Rejected):
    """A claim asks for at least one service."""

    def __init__(self, claim_id: str) -> None:
        super().__init__("claims.claim_without_lines", claim_id=claim_id)


class ClaimTypeNotFound(NotFound):
    """The catalogue has no such claim type."""

    def __init__(self, code: str) -> None:
        super().__init__("claims.claim_type_not_found", claim_type=code)


class DrugsNotInPlan(Rejected):
    """The plan has no formulary."""

    def __init__(self, plan_code: str) -> None:
        super().__init__("claims.drugs_not_in_plan", plan_code=plan_code)
