"""Is the person covered on the day, and is the service claimed for the first time? (CLM-8; CDAnet 149, 147, 079)."""

from services.claims.domain.adjudication.line_work import UNKNOWN_PERSON, LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, day_figure, denied, passed
from services.claims.domain.coverage import Relationship
from services.claims.domain.reasons import ReasonCode


def not_voided(work: LineWork) -> Finding:
    """A claim that was withdrawn is decided once more, so that what it had used is given back (CLM-10)."""
    return denied(ReasonCode.CLAIM_VOIDED) if work.claim.facts.voided else PASSED


def person_in_dossier(work: LineWork) -> Finding:
    if work.claim.person is UNKNOWN_PERSON:
        return denied(ReasonCode.PERSON_NOT_IN_DOSSIER)
    return PASSED


def covered_on_service_date(work: LineWork) -> Finding:
    """Both ends of the coverage are covered days."""
    person, day = work.claim.person, work.line.service_date
    figures = [day_figure("service_date", day), day_figure("covered_from_date", person.effective_from)]
    if person.effective_to is not None:
        figures.append(day_figure("covered_to_date", person.effective_to))
    if day < person.effective_from or (person.effective_to is not None and day > person.effective_to):
        return denied(ReasonCode.NOT_COVERED_ON_DATE, *figures)
    return passed(*figures)


def dependant_age(work: LineWork) -> Finding:
    """A child is covered until the birthday on which it reaches the limit; a later limit holds for students."""
    person = work.claim.person
    if person.relationship is not Relationship.CHILD:
        return PASSED
    limit = work.claim.plan.student_age_limit if person.student else work.claim.plan.dependant_age_limit
    figures = ("age", person.age_on(work.line.service_date)), ("age_limit", limit)
    if figures[0][1] >= limit:
        return denied(ReasonCode.DEPENDANT_OVER_AGE, *figures)
    return passed(*figures)


def not_claimed_before(work: LineWork) -> Finding:
    """Same person, service code, day and provider in another claim that was not denied."""
    if work.fingerprint in work.claim.around.seen:
        return denied(ReasonCode.ALREADY_CLAIMED)
    return PASSED


def not_repeated_in_claim(work: LineWork) -> Finding:
    earlier = work.claim.earlier.get(work.fingerprint)
    if earlier is not None:
        return denied(ReasonCode.REPEATED_IN_CLAIM, ("earlier_line", earlier))
    return PASSED
