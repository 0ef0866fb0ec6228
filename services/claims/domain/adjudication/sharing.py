"""Deductible, co-insurance, benefit (CLM-8).

From the co-insurance on, the amount is carried in ten-thousandths of a cent (cents × basis points) and rounded once,
half up, when it becomes the benefit.
"""

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Finding, passed, reduced
from services.claims.domain.reasons import ReasonCode
from shared.money import BASIS_POINTS, share_of


def person_deductible(work: LineWork) -> Finding:
    """What the person still has to pay first in this benefit year."""
    group = work.terms.deductible
    if group is None:
        return PASSED
    used = work.accumulators.deductible_cents(work.claim.facts.person_id, group.id)
    work.deductible_cents = min(work.eligible_cents, max(0, group.per_person_cents - used))
    return passed(
        ("limit_cents", group.per_person_cents), ("used_cents", used), ("deductible_cents", work.deductible_cents)
    )


def family_deductible(work: LineWork) -> Finding:
    """The family never pays more than its own limit; then the deductible leaves the eligible amount."""
    group = work.terms.deductible
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
    """The plan's percentage of what is left; an agreed share is no reduction.

    Where the share has tiers, each part of the amount is shared by the tier in which it falls.
    """
    amount = work.eligible_cents - work.deductible_cents
    if work.terms.benefit.tiers:
        return _tiered_share(work, amount)
    share = work.coinsurance_bp
    work.share_e4 = amount * share
    return passed(("amount_cents", amount), ("coinsurance_bp", share), ("share_e4", work.share_e4))


def _tiered_share(work: LineWork, amount: int) -> Finding:
    """``share_bp`` becomes what the plan pays of the whole line, a part of a basis point dropped."""
    tiers, first = work.terms.benefit.tiers, work.coinsurance_bp
    used = work.accumulators.expense_cents(work.claim.facts.person_id, work.terms.benefit.code)
    figures: list[tuple[str, int]] = [("used_cents", used), ("amount_cents", amount)]
    share, starts = 0, (0, *(tier.above_cents for tier in tiers))
    for number, bp in enumerate((first, *(tier.coinsurance_bp for tier in tiers))):
        through = starts[number + 1] if number < len(tiers) else used + amount
        part = max(0, min(used + amount, through) - max(used, starts[number]))
        if part:
            share += part * bp
            figures += [(f"tier_{number + 1}_cents", part), (f"tier_{number + 1}_bp", bp)]
    work.share_e4 = share
    if amount:
        work.share_bp = share // amount
    return passed(*figures, ("coinsurance_bp", work.coinsurance_bp), ("share_e4", share))


def out_of_pocket_limit(work: LineWork) -> Finding:
    """Of the co-insurance, persons bear no more in a benefit year than the limit; the plan pays what is above it.

    The deductible is theirs in any case and does not count.
    """
    limit = work.terms.benefit.out_of_pocket
    if limit is None:
        return PASSED
    name, rooms = limit.id, []
    if limit.per_person_cents is not None:
        used = work.accumulators.expense_cents(work.claim.facts.person_id, name)
        rooms.append((limit.per_person_cents - used, limit.per_person_cents, used))
    if limit.per_family_cents is not None:
        used = work.accumulators.family_expense_cents(name)
        rooms.append((limit.per_family_cents - used, limit.per_family_cents, used))
    _, most, used = min(rooms)
    amount = work.eligible_cents - work.deductible_cents
    before = amount * BASIS_POINTS - work.share_e4
    own = min(before, max(0, most - used) * BASIS_POINTS)
    if own < before:
        work.share_e4 += before - own
        work.share_bp = work.share_e4 // amount
    work.own_cents = amount - share_of(work.share_e4, 1)
    return passed(("limit_cents", most), ("used_cents", used), ("own_share_e4", own), ("share_e4", work.share_e4))


def benefit_rounded(work: LineWork) -> Finding:
    """Half up to the cent: the only rounding."""
    work.benefit_cents = share_of(work.share_e4, 1)  # one basis point of it: ten-thousandths of a cent to cents
    return passed(("share_e4", work.share_e4), ("benefit_cents", work.benefit_cents))
