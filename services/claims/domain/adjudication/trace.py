"""What a rule says about a line, in figures: the record from which a decision is explained and replayed."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from services.claims.domain.reasons import ReasonCode

Figures: TypeAlias = tuple[tuple[str, int], ...]
"""Named whole numbers. The name tells the unit: ``…_cents`` cents, ``…_e4`` ten-thousandths of a cent, ``…_bp`` basis
points, ``…_date`` a day as ``YYYYMMDD``, ``…_fdi`` a tooth code of two digits, otherwise a count."""


class StepOutcome(StrEnum):
    """What one rule did to the line; ``DENIED`` ends the calculation, ``PENDED`` lets it go on for the record."""

    PASSED = "passed"
    REDUCED = "reduced"
    DENIED = "denied"
    PENDED = "pended"


Finding: TypeAlias = tuple[StepOutcome, Figures, ReasonCode | None]
"""The answer of a rule, before it is written down under the rule's id; a bare tuple, for a claim makes dozens."""


class TraceStep(NamedTuple):
    """One rule applied to one line; ``figures`` is empty when the rule had nothing to measure."""

    rule_id: str
    outcome: StepOutcome
    figures: Figures = ()
    reason_code: ReasonCode | None = None


_PASSED, _REDUCED = StepOutcome.PASSED, StepOutcome.REDUCED
PASSED: Finding = (_PASSED, (), None)


def passed(*figures: tuple[str, int]) -> Finding:
    return _PASSED, figures, None


def reduced(reason: ReasonCode, *figures: tuple[str, int]) -> Finding:
    return _REDUCED, figures, reason


def denied(reason: ReasonCode, *figures: tuple[str, int]) -> Finding:
    return StepOutcome.DENIED, figures, reason


def pended(reason: ReasonCode, *figures: tuple[str, int]) -> Finding:
    return StepOutcome.PENDED, figures, reason


def day_figure(name: str, day: date) -> tuple[str, int]:
    """The day as a figure, e.g. 20260331; ``name`` must end in ``_date``."""
    return name, day.year * 10_000 + day.month * 100 + day.day
