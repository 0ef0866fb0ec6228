"""Checks of code, figures, dates, person, provider, documents and answers, before any amount is worked out.

Those that can be mended by the claimant pend the line; the others deny it.
"""

from datetime import timedelta

from services.claims.domain.adjudication import coordination
from services.claims.domain.adjudication.line_work import UNKNOWN_SERVICE, LineWork
from services.claims.domain.adjudication.months import add_months
from services.claims.domain.adjudication.trace import PASSED, Finding, day_figure, denied, passed, pended
from services.claims.domain.facts import ClaimKind, DocumentKind
from services.claims.domain.reasons import ReasonCode

_MISSING_DOCUMENT = {
    DocumentKind.RECEIPT: ReasonCode.RECEIPT_MISSING,
    DocumentKind.PRESCRIPTION: ReasonCode.PRESCRIPTION_MISSING,
    DocumentKind.REFERRAL: ReasonCode.REFERRAL_MISSING,
}


def service_known(work: LineWork) -> Finding:
    if work.terms is UNKNOWN_SERVICE:
        return denied(ReasonCode.SERVICE_UNKNOWN)
    return PASSED


def benefit_covered(work: LineWork) -> Finding:
    if not work.terms.benefit.covered:
        return denied(ReasonCode.BENEFIT_NOT_COVERED)
    return PASSED


def figures_valid(work: LineWork) -> Finding:
    """At least one unit and one cent; nobody paid less than nothing."""
    line = work.line
    if line.others_paid_cents is not None and line.others_paid_cents < 0:
        return denied(ReasonCode.FIGURES_NOT_VALID, ("others_paid_cents", line.others_paid_cents))
    if line.units < 1 or line.submitted_cents < 1:
        figures = ("units", line.units), ("submitted_cents", line.submitted_cents)
        return denied(ReasonCode.FIGURES_NOT_VALID, *figures)
    return PASSED


def service_not_in_future(work: LineWork) -> Finding:
    """Of an estimate the service is still to come (CLM-10)."""
    if work.claim.facts.kind is ClaimKind.PREDETERMINATION:
        return PASSED
    if work.line.service_date > work.claim.today:
        return denied(
            ReasonCode.SERVICE_IN_FUTURE,
            day_figure("service_date", work.line.service_date),
            day_figure("today_date", work.claim.today),
        )
    return PASSED


def within_claim_deadline(work: LineWork) -> Finding:
    """The day of receipt counts, not the day of decision: a re-adjudicated claim does not become late."""
    last_day = add_months(work.line.service_date, work.claim.plan.claim_deadline_months)
    figures = day_figure("received_date", work.claim.facts.received_on), day_figure("deadline_date", last_day)
    if work.claim.facts.received_on > last_day:
        return denied(ReasonCode.CLAIM_TOO_LATE, *figures)
    return passed(*figures)


def age_within_limits(work: LineWork) -> Finding:
    terms = work.terms
    if terms.age_from is None and terms.age_through is None:
        return PASSED
    age = work.claim.person.age_on(work.line.service_date)
    figures = [("age", age)]
    if terms.age_from is not None:
        figures.append(("age_from", terms.age_from))
    if terms.age_through is not None:
        figures.append(("age_through", terms.age_through))
    too_young = terms.age_from is not None and age < terms.age_from
    too_old = terms.age_through is not None and age > terms.age_through
    if too_young or too_old:
        return denied(ReasonCode.AGE_OUTSIDE_LIMITS, *figures)
    return passed(*figures)


def waiting_period_over(work: LineWork) -> Finding:
    """The benefit opens so many days after the person's coverage began."""
    days = work.terms.benefit.waiting_days
    if not days:
        return PASSED
    opens = work.claim.person.effective_from + timedelta(days=days)
    figures = ("waiting_days", days), day_figure("opens_date", opens)
    if work.line.service_date < opens:
        return denied(ReasonCode.WAITING_PERIOD, *figures)
    return passed(*figures)


def provider_identified(work: LineWork) -> Finding:
    return PASSED if work.claim.provider_key else pended(ReasonCode.PROVIDER_NOT_IDENTIFIED)


def documents_present(work: LineWork) -> Finding:
    """Names the first document that is missing; the figure says how many are."""
    missing = [kind for kind in work.terms.documents_needed if kind not in work.claim.facts.documents]
    if missing:
        return pended(_MISSING_DOCUMENT[missing[0]], ("documents_missing", len(missing)))
    return PASSED


def questions_answered(work: LineWork) -> Finding:
    answers = work.line.answers
    missing = sum(not answers.get(question, "").strip() for question in work.terms.required_answers)
    if missing:
        return pended(ReasonCode.ANSWER_MISSING, ("answers_missing", missing))
    return PASSED


def answers_need_no_review(work: LineWork) -> Finding:
    """Another insurer that the dossier knows of needs no review: coordination of benefits takes care of it."""
    for reviewed in work.terms.reviewed_answers:
        if reviewed.reason is ReasonCode.OTHER_INSURER and coordination.others_covering(work):
            continue
        if reviewed.is_given(work.line.answers):
            return pended(reviewed.reason)
    return PASSED
