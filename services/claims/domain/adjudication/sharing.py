"""Deductible, co-insurance, maxima, benefit (CLM-8).

From the co-insurance on, the amount is carried in ten-thousandths of a cent (cents × basis points) and rounded once,
half up, when it becomes the benefit.
"""

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, denied, passed, reduced
from services.claims.domain.plan import CombinedMaximum
from services.claims.domain.reasons import ReasonCode
from shared.money import BASIS_POINTS, share_of


def person_deductible(work: LineWork) -> Finding:
    """What the person still has to pay first in this benefit year."""
    group = work.terms.benefit.deductible
    if group is None:
        return PASSED
    used = work.accumulators.deductible_cents(work.claim.facts.person_id, group.id)
    work.deductible_cents = min(work.eligible_cents, max(0, group.per_person_cents - used))
    return passed(
        ("limit_cents", group.per_person_cents), ("used_cents", used), ("deductible_cents", work.deductible_cents)
    )


def family_deductible(work: LineWork) -> Finding:
    """The family never pays more than its own limit; then the deductible leaves the eligible amount."""
    group = work.terms.benefit.deductible
    if group is None:
        return PASSED
    figures: tuple[tuple[str, int], ...] = ()
    if group.per_family_cents is not None:
        used = work.accumulators.family_deductible_cents(group.id)
        work.deductible_cents = min(work.deductible_cents, max(0, group.per_family_cents - used))
        figures = ("limit_cents", group.per_family_cents), ("used_cents", used)
    taken = work.deductible_cents
    figures = *figures, ("deductible_cents", taken), ("remaining_cents", work.eligible_cents - taken)
    if taken:
        return reduced(ReasonCode.DEDUCTIBLE_APPLIED, *figures)
    return passed(*figures)


def plan_share(work: LineWork) -> Finding:
    """The plan's percentage of what is left; an agreed share is no reduction."""
    share = work.coinsurance_bp
    amount = work.eligible_cents - work.deductible_cents
    work.share_e4 = amount * share
    return passed(("amount_cents", amount), ("coinsurance_bp", share), ("share_e4", work.share_e4))


def annual_maximum(work: LineWork) -> Finding:
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


def combined_maximum(work: LineWork) -> Finding:
    """The tightest of the maxima that the benefit shares with others, per person and per family."""
    if not work.terms.benefit.combined:
        return PASSED
    _, maximum, used = min(_room(work, combined) for combined in work.terms.benefit.combined)
    return _limited(
        work,
        maximum=maximum,
        used=used,
        limited=ReasonCode.COMBINED_MAXIMUM_LIMITED,
        reached=ReasonCode.COMBINED_MAXIMUM_REACHED,
    )


def benefit_rounded(work: LineWork) -> Finding:
    """Half up to the cent: the only rounding."""
    work.benefit_cents = share_of(work.share_e4, 1)  # one basis point of it: ten-thousandths of a cent to cents
    return passed(("share_e4", work.share_e4), ("benefit_cents", work.benefit_cents))


def _room(work: LineWork, combined: CombinedMaximum) -> tuple[int, int, int]:
    """(left, maximum, used) of whichever is tighter, the person's or the family's."""
    rooms = []
    if combined.per_person_cents is not None:
        used = work.paid_cents(combined.id)
        rooms.append((combined.per_person_cents - used, combined.per_person_cents, used))
    if combined.per_family_cents is not None:
        used = work.accumulators.family_paid_cents(combined.id)
        rooms.append((combined.per_family_cents - used, combined.per_family_cents, used))
    return min(rooms)


def _limited(work: LineWork, *, maximum: int, used: int, limited: ReasonCode, reached: ReasonCode) -> Finding:
    left = max(0, maximum - used)
    before = work.share_e4
    work.share_e4 = min(before, left * BASIS_POINTS)
    figures = (
        ("maximum_cents", maximum),
        ("used_cents", used),
        ("left_cents", left),
        ("share_e4", work.share_e4),
    )
    if not left:
        return denied(reached, *figures)
    if work.share_e4 < before:
        return reduced(limited, *figures)
    return passed(*figures)
