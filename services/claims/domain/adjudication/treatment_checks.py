"""Checks of larger treatment: was it estimated first, and was the tooth lost while insured? (CLM-8, CLM-10)."""

from datetime import date
from typing import Final

from services.claims.domain.adjudication.line_work import UNKNOWN_SERVICE, LineWork
from services.claims.domain.adjudication.trace import PASSED, Figures, Finding, day_figure, denied, passed, pended
from services.claims.domain.facts import ClaimKind
from services.claims.domain.reasons import ReasonCode

EXTRACTION_DATE: Final = "extraction_date"
"""Question id: the day on which the tooth that is replaced was lost."""


def tooth_lost_while_insured(work: LineWork) -> Finding:
    """A tooth that was missing before the coverage began is not replaced."""
    if not work.terms.missing_tooth_clause:
        return PASSED
    lost = _day(work.line.answers.get(EXTRACTION_DATE, ""))
    if lost is None:
        return pended(ReasonCode.ANSWER_MISSING, ("answers_missing", 1))
    since = work.claim.person.effective_from
    figures = day_figure("extraction_date", lost), day_figure("covered_from_date", since)
    if lost < since:
        return denied(ReasonCode.TOOTH_LOST_BEFORE_COVERAGE, *figures)
    return passed(*figures)


def predetermined(work: LineWork) -> Finding:
    """Treatment above a threshold is claimed with the number of its estimate (CDAnet 051, 146).

    The threshold is one for all that the claim asks of the benefit: a treatment is not divided by its lines.
    """
    threshold = work.terms.benefit.predetermination_above_cents
    if threshold is None or work.claim.facts.kind is ClaimKind.PREDETERMINATION:
        return PASSED
    amount = _asked_of_benefit(work)
    figures: Figures = (("threshold_cents", threshold), ("amount_cents", amount))
    if amount <= threshold:
        return passed(*figures)
    facts = work.claim.facts
    estimate = work.claim.around.estimates.get(facts.predetermination)
    code = facts.code_of(work.line)
    if estimate is None or estimate.person_id != facts.person_id or code not in estimate.codes:
        return pended(ReasonCode.PREDETERMINATION_NEEDED, *figures)
    figures = *figures, day_figure("valid_through_date", estimate.valid_through)
    if work.line.service_date > estimate.valid_through:
        return pended(ReasonCode.PREDETERMINATION_EXPIRED, *figures)
    return passed(*figures)


def _asked_of_benefit(work: LineWork) -> int:
    facts, services, benefit = work.claim.facts, work.claim.plan.services, work.terms.benefit
    return sum(
        line.submitted_cents
        for line in facts.lines
        if services.get(facts.code_of(line), UNKNOWN_SERVICE).benefit is benefit
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
