"""What a rule says about a line, in figures: the record from which a decision is explained and replayed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from services.claims.domain.reasons import ReasonCode

Figures: TypeAlias = tuple[tuple[str, int], ...]
"""Named whole numbers. The name tells the unit: ``…_cents`` cents, ``…_e4`` ten-thousandths of a cent, ``…_bp`` basis
points, ``…_date`` a day as ``YYYYMMDD``, otherwise a count."""


class StepOutcome(StrEnum):
    """What one rule did to the line; ``DENIED`` ends the calculation, ``PENDED`` lets it go on for the record."""

    PASSED = "passed"
    REDUCED = "reduced"
    DENIED = "denied"
    PENDED = "pended"


class Finding(NamedTuple):
    """The answer of a rule, before the pipeline writes it down under the rule's id."""

    outcome: StepOutcome
    figures: Figures = ()
    reason: ReasonCode | None = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One rule applied to one line; ``figures`` is empty when the rule had nothing to measure."""

    rule_id: str
    outcome: StepOutcome
    figures: Figures = ()
    reason_code: ReasonCode | None = None


PASSED = Finding(StepOutcome.PASSED)


def passed(*figures: tuple[str, int]) -> Finding:
    return Finding(StepOutcome.PASSED, figures)


def reduced(reason: ReasonCode, *figures: tuple[str, int]) -> Finding:
    return Finding(StepOutcome.REDUCED, figures, reason)


def denied(reason: ReasonCode, *figures: tuple[str, int]) -> Finding:
    return Finding(StepOutcome.DENIED, figures, reason)


def pended(reason: ReasonCode, *figures: tuple[str, int]) -> Finding:
    return Finding(StepOutcome.PENDED, figures, reason)


def day_figure(name: str, day: date) -> tuple[str, int]:
    """The day as a figure, e.g. 20260331; ``name`` must end in ``_date``."""
    return name, day.year * 10_000 + day.month * 100 + day.day
