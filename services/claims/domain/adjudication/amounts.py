"""The allowed amount: what the plan accepts of what was charged (CLM-8).

Caps come before deductible and co-insurance. Where a plan limits laboratory fees, the customary charge holds for the
professional part of the amount, and the laboratory's part is limited by itself and added again.
"""

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.trace import PASSED, Figures, Finding, denied, passed, reduced
from services.claims.domain.reasons import ReasonCode


def customary_charge(work: LineWork) -> Finding:
    """The lesser of the amount and the customary charge × units: that of the province, for the kind of provider."""
    work.permitted_units = units = work.claimed_units
    provider = work.claim.around.provider
    unit_cents = work.terms.customary_unit_cents(work.claim.coverage.province, provider.kind if provider else "")
    work.unit_cents = unit_cents
    submitted = professional = work.line.submitted_cents
    figures: Figures = (("submitted_cents", submitted),)
    if work.terms.laboratory is not None and work.line.lab_fee_cents:
        professional = submitted - work.line.lab_fee_cents
        figures = *figures, ("laboratory_cents", work.line.lab_fee_cents), ("professional_cents", professional)
    work.professional_cents = professional
    if unit_cents is None:
        work.allowed_cents = work.eligible_cents = professional
        return passed(*figures, ("allowed_cents", professional))
    work.allowed_cents = work.eligible_cents = allowed = min(professional, unit_cents * units)
    figures = *figures, ("unit_cents", unit_cents), ("units", units), ("allowed_cents", allowed)
    if allowed < professional:
        return reduced(ReasonCode.ABOVE_CUSTOMARY_CHARGE, *figures)
    return passed(*figures)


def alternate_benefit(work: LineWork) -> Finding:
    """The charge of the least expensive adequate treatment, where the plan names one for the service."""
    alternate = work.terms.alternate
    if alternate is None or not alternate.holds_on(work.line.tooth):
        return PASSED
    unit_cents, before = alternate.charge.in_province(work.claim.coverage.province), work.allowed_cents
    work.unit_cents = unit_cents if work.unit_cents is None else min(work.unit_cents, unit_cents)
    work.allowed_cents = work.eligible_cents = allowed = min(before, unit_cents * work.claimed_units)
    figures = ("unit_cents", unit_cents), ("units", work.claimed_units), ("allowed_cents", allowed)
    if allowed < before:
        return reduced(ReasonCode.ALTERNATE_BENEFIT, *figures)
    return passed(*figures)


def laboratory_fee(work: LineWork) -> Finding:
    """What a laboratory charged, up to its limits, on top of the professional fee that is allowed (CDAnet 150, 152)."""
    limit, fee = work.terms.laboratory, work.line.lab_fee_cents
    if limit is None or not fee:
        return PASSED
    professional = work.allowed_cents
    most = limit.most(professional)
    work.laboratory_cents = allowed = fee if most is None else min(fee, most)
    work.allowed_cents = work.eligible_cents = professional + allowed
    figures = (
        ("laboratory_cents", fee),
        ("professional_cents", professional),
        ("allowed_laboratory_cents", allowed),
        ("allowed_cents", work.allowed_cents),
    )
    if allowed < fee:
        return reduced(ReasonCode.LABORATORY_FEE_LIMITED, *figures)
    return passed(*figures)


def per_visit_cap(work: LineWork) -> Finding:
    """All lines of one person, benefit, day and provider share one cap."""
    cap = work.terms.benefit.per_visit_cap_cents
    if cap is None:
        return PASSED
    use = work.use_of(work.terms.benefit.code)
    used = use.on(work.line.service_date, work.claim.provider_key).eligible_cents if use else 0
    before = work.allowed_cents
    work.allowed_cents = work.eligible_cents = allowed = min(before, max(0, cap - used))
    figures = ("cap_cents", cap), ("used_cents", used), ("allowed_cents", allowed)
    if not allowed:
        return denied(ReasonCode.VISIT_CAP_REACHED, *figures)
    if allowed < before:
        return reduced(ReasonCode.ABOVE_VISIT_CAP, *figures)
    return passed(*figures)


def eligible_for(work: LineWork, units: int) -> int:
    """Cents of the allowed amount that belong to so many of the units.

    The share of what was charged is cut to the whole cent, so an eligible amount never exceeds it; a cap on the visit
    or the line holds again for the units that are left.
    """
    claimed = work.claimed_units
    eligible = work.professional_cents * units // claimed
    if work.unit_cents is not None:
        eligible = min(eligible, work.unit_cents * units)
    return min(work.allowed_cents, eligible + work.laboratory_cents * units // claimed)
