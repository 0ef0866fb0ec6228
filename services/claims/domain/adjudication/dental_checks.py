"""Checks of the tooth, the surfaces and the laboratory fee (CLM-8; CDAnet 037, 038, 150).

What is missing can be added by the claimant and pends the line; what cannot be true denies it. A tooth on a service
that is not done on one is refused too: it would make a second service of the same day look like another.
"""

from typing import Final

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, denied, pended
from services.claims.domain.catalogue import Ask
from services.claims.domain.dental import DentalProblem, surfaces_problem, tooth_problem
from services.claims.domain.reasons import ReasonCode

_REASONS: Final = {
    DentalProblem.TOOTH_UNKNOWN: ReasonCode.TOOTH_UNKNOWN,
    DentalProblem.TOOTH_IS_AN_AREA: ReasonCode.TOOTH_IS_AN_AREA,
    DentalProblem.SURFACES_UNKNOWN: ReasonCode.SURFACES_NOT_VALID,
    DentalProblem.SURFACE_REPEATED: ReasonCode.SURFACES_NOT_VALID,
    DentalProblem.SURFACES_TOO_MANY: ReasonCode.SURFACES_NOT_VALID,
    DentalProblem.SURFACE_NOT_ON_TOOTH: ReasonCode.SURFACE_NOT_ON_TOOTH,
    DentalProblem.SURFACES_OTHER_NUMBER: ReasonCode.SURFACES_OTHER_NUMBER,
}


def tooth_given(work: LineWork) -> Finding:
    """A service that is done on a tooth, or in a part of the mouth, names it; no other one does."""
    asks, tooth = work.terms.asks, work.line.tooth
    if Ask.TOOTH in asks or Ask.AREA in asks:
        return PASSED if tooth else pended(ReasonCode.TOOTH_MISSING)
    return denied(ReasonCode.TOOTH_NOT_EXPECTED, *_tooth_figures(tooth)) if tooth else PASSED


def tooth_valid(work: LineWork) -> Finding:
    """The code exists, and is that of one tooth unless the service allows a part of the mouth."""
    tooth = work.line.tooth
    if not tooth:
        return PASSED
    problem = tooth_problem(tooth, area_allowed=Ask.AREA in work.terms.asks)
    return denied(_REASONS[problem], *_tooth_figures(tooth)) if problem else PASSED


def surfaces_valid(work: LineWork) -> Finding:
    """Surfaces are there where they are asked for, each once, as many as the code stands for, and on that tooth."""
    surfaces, terms = work.line.surfaces, work.terms
    if Ask.SURFACES not in terms.asks:
        return denied(ReasonCode.SURFACES_NOT_EXPECTED, ("surfaces", len(surfaces))) if surfaces else PASSED
    if not surfaces:
        return pended(ReasonCode.SURFACES_MISSING)
    problem = surfaces_problem(surfaces, tooth=work.line.tooth, expected=terms.surfaces)
    if problem is None:
        return PASSED
    figures = [("surfaces", len(surfaces)), *_tooth_figures(work.line.tooth)]
    if problem is DentalProblem.SURFACES_OTHER_NUMBER and terms.surfaces is not None:
        figures.append(("surfaces_expected", terms.surfaces))
    return denied(_REASONS[problem], *figures)


def lab_fee_expected(work: LineWork) -> Finding:
    """A laboratory fee is a part of the amount, and only of a service that a laboratory has a hand in."""
    fee, amount = work.line.lab_fee_cents, work.line.submitted_cents
    if not fee:
        return PASSED
    figures = ("lab_fee_cents", fee), ("submitted_cents", amount)
    if Ask.LAB_FEE not in work.terms.asks:
        return denied(ReasonCode.LAB_FEE_NOT_EXPECTED, *figures)
    return PASSED if 0 < fee <= amount else denied(ReasonCode.FIGURES_NOT_VALID, *figures)


def _tooth_figures(tooth: str) -> tuple[tuple[str, int], ...]:
    """The tooth as a figure where it is a number, as every code of the list is."""
    return (("tooth_fdi", int(tooth)),) if tooth.isascii() and tooth.isdecimal() else ()
