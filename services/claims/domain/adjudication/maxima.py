"""Maxima of what is paid: per person and family, in a benefit year, over several, and for life (CLM-8).

The amount is in ten-thousandths of a cent, as co-insurance left it; what counts as used was paid in whole cents.
"""

from collections.abc import Sequence

from services.claims.domain.accumulators import LIFETIME, Accumulators
from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, denied, passed, reduced
from services.claims.domain.plan_limits import Maximum
from services.claims.domain.reasons import ReasonCode
from shared.money import BASIS_POINTS


def annual_maximum(work: LineWork) -> Finding:
    """The benefit's maximum of the person."""
    benefit = work.terms.benefit
    if benefit.annual_maximum_cents is None:
        return PASSED
    return _limited(
        work,
        maximum=benefit.annual_maximum_cents,
        used=work.paid_cents(benefit.code),
        limited=ReasonCode.ANNUAL_MAXIMUM_LIMITED,
        reached=ReasonCode.ANNUAL_MAXIMUM_REACHED,
    )


def annual_family_maximum(work: LineWork) -> Finding:
    """The benefit's maximum of the family."""
    benefit = work.terms.benefit
    if benefit.annual_family_maximum_cents is None:
        return PASSED
    return _limited(
        work,
        maximum=benefit.annual_family_maximum_cents,
        used=work.accumulators.family_paid_cents(benefit.code),
        limited=ReasonCode.FAMILY_MAXIMUM_LIMITED,
        reached=ReasonCode.FAMILY_MAXIMUM_REACHED,
    )


def service_maximum(work: LineWork) -> Finding:
    """A yearly maximum of some services within the benefit."""
    limited, reached = ReasonCode.SERVICE_MAXIMUM_LIMITED, ReasonCode.SERVICE_MAXIMUM_REACHED
    return _tightest(work, work.terms.yearly_maxima, (work.accumulators,), limited=limited, reached=reached)


def combined_maximum(work: LineWork) -> Finding:
    """The tightest of the maxima that the benefit shares with others, per person and per family."""
    limited, reached = ReasonCode.COMBINED_MAXIMUM_LIMITED, ReasonCode.COMBINED_MAXIMUM_REACHED
    return _tightest(work, work.terms.benefit.combined, (work.accumulators,), limited=limited, reached=reached)


def several_years_maximum(work: LineWork) -> Finding:
    """A maximum of several benefit years together, such as two calendar years of which the first is odd."""
    if not work.terms.several_years_maxima:
        return PASSED
    _, maximum, used, years = min(
        (*_room(work, each, _of_years(work, each)), each.years) for each in work.terms.several_years_maxima
    )
    return _limited(
        work,
        maximum=maximum,
        used=used,
        limited=ReasonCode.SEVERAL_YEARS_MAXIMUM_LIMITED,
        reached=ReasonCode.SEVERAL_YEARS_MAXIMUM_REACHED,
        more=(("years", years),),
    )


def lifetime_maximum(work: LineWork) -> Finding:
    """A maximum for as long as the person is insured."""
    ever = work.claim.accumulators_by_year.get(LIFETIME)
    limited, reached = ReasonCode.LIFETIME_MAXIMUM_LIMITED, ReasonCode.LIFETIME_MAXIMUM_REACHED
    return _tightest(work, work.terms.lifetime_maxima, (ever,) if ever else (), limited=limited, reached=reached)


def _tightest(
    work: LineWork,
    maxima: Sequence[Maximum],
    accumulators: Sequence[Accumulators],
    *,
    limited: ReasonCode,
    reached: ReasonCode,
) -> Finding:
    """The benefit within whichever of the maxima leaves least."""
    if not maxima:
        return PASSED
    _, maximum, used = min(_room(work, each, accumulators) for each in maxima)
    return _limited(work, maximum=maximum, used=used, limited=limited, reached=reached)


def _of_years(work: LineWork, maximum: Maximum) -> list[Accumulators]:
    by_year = work.claim.accumulators_by_year
    return [by_year[year] for year in maximum.years_with(work.accumulators.year) if year in by_year]


def _room(work: LineWork, maximum: Maximum, accumulators: Sequence[Accumulators]) -> tuple[int, int, int]:
    """(left, maximum, used) of whichever is tighter, the person's or the family's."""
    rooms = []
    if maximum.per_person_cents is not None:
        used = sum(each.paid_cents(work.claim.facts.person_id, maximum.id) for each in accumulators)
        rooms.append((maximum.per_person_cents - used, maximum.per_person_cents, used))
    if maximum.per_family_cents is not None:
        used = sum(each.family_paid_cents(maximum.id) for each in accumulators)
        rooms.append((maximum.per_family_cents - used, maximum.per_family_cents, used))
    return min(rooms)


def _limited(
    work: LineWork,
    *,
    maximum: int,
    used: int,
    limited: ReasonCode,
    reached: ReasonCode,
    more: tuple[tuple[str, int], ...] = (),
) -> Finding:
    left = max(0, maximum - used)
    before = work.share_e4
    work.share_e4 = min(before, left * BASIS_POINTS)
    figures = (
        ("maximum_cents", maximum),
        ("used_cents", used),
        ("left_cents", left),
        ("share_e4", work.share_e4),
        *more,
    )
    if not left:
        return denied(reached, *figures)
    if work.share_e4 < before:
        return reduced(limited, *figures)
    return passed(*figures)
