"""The allowed amount, and what frequency limits leave of it (CLM-8).

Caps come before deductible and co-insurance. When fewer units are permitted than were claimed, the share of the
submitted amount that belongs to them is cut to the whole cent: an eligible amount never exceeds what was charged.
"""

from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.months import add_months
from services.claims.domain.adjudication.trace import PASSED, Finding, day_figure, denied, passed, reduced
from services.claims.domain.plan import FrequencyLimit
from services.claims.domain.reasons import ReasonCode


def customary_charge(work: LineWork) -> Finding:
    """The lesser of the submitted amount and the customary charge of the province × units."""
    work.permitted_units = units = work.claimed_units
    work.unit_cents = unit_cents = work.terms.customary_unit_cents(work.claim.coverage.province)
    submitted = work.line.submitted_cents
    if unit_cents is None:
        work.allowed_cents = work.eligible_cents = submitted
        return passed(("submitted_cents", submitted), ("allowed_cents", submitted))
    work.allowed_cents = work.eligible_cents = allowed = min(submitted, unit_cents * units)
    figures = (
        ("submitted_cents", submitted),
        ("unit_cents", unit_cents),
        ("units", units),
        ("allowed_cents", allowed),
    )
    if allowed < submitted:
        return reduced(ReasonCode.ABOVE_CUSTOMARY_CHARGE, *figures)
    return passed(*figures)


def per_visit_cap(work: LineWork) -> Finding:
    """All lines of one person, benefit, day and provider share one cap."""
    cap = work.terms.benefit.per_visit_cap_cents
    if cap is None:
        return PASSED
    use = work.use_of(work.terms.benefit.code)
    used = use.on(work.line.service_date, work.claim.provider_key).eligible_cents if use else 0
    before = work.allowed_cents
    work.visit_left_cents = max(0, cap - used)
    work.allowed_cents = work.eligible_cents = allowed = min(before, work.visit_left_cents)
    figures = ("cap_cents", cap), ("used_cents", used), ("allowed_cents", allowed)
    if not allowed:
        return denied(ReasonCode.VISIT_CAP_REACHED, *figures)
    if allowed < before:
        return reduced(ReasonCode.ABOVE_VISIT_CAP, *figures)
    return passed(*figures)


def months_since_last(work: LineWork) -> Finding:
    """The service may come again N months after the last one; services of one day are one occasion.

    A claim that arrives after a later service is measured against that one just the same.
    """
    limits = work.terms.interval_limits
    if not limits:
        return PASSED
    day = work.line.service_date
    for limit in limits:
        months = limit.months_between or 0
        for accumulators in work.claim.accumulators_by_year.values():
            use = accumulators.service_use(work.claim.facts.person_id, limit.group)
            for other in use.days if use else ():
                if other != day and add_months(min(other, day), months) > max(other, day):
                    return denied(ReasonCode.TOO_SOON, ("months", months), day_figure("last_date", other))
    return passed(("months", max(limit.months_between or 0 for limit in limits)))


def visits_per_year(work: LineWork) -> Finding:
    """Another line of a visit that is already counted needs no visit of its own."""
    limits = work.terms.visit_limits
    if not limits:
        return PASSED
    limit = min(limits, key=lambda each: (each.max_visits or 0) - _visits_used(work, each))
    maximum, used = limit.max_visits or 0, _visits_used(work, limit)
    figures = ("max_visits", maximum), ("used_visits", used)
    if used >= maximum:
        return denied(ReasonCode.VISITS_REACHED, *figures)
    return passed(*figures)


def units_per_year(work: LineWork) -> Finding:
    """Units beyond the yearly number are not paid; the caps are worked out again for those that are."""
    limits = work.terms.unit_limits
    if not limits:
        return PASSED
    left, maximum = min(((limit.max_units or 0) - _units_used(work, limit), limit.max_units or 0) for limit in limits)
    claimed = work.claimed_units
    work.permitted_units = permitted = max(0, min(claimed, left))
    if permitted < claimed:
        work.eligible_cents = _eligible_for(work, permitted)
    figures = (
        ("max_units", maximum),
        ("used_units", maximum - left),
        ("permitted_units", permitted),
        ("eligible_cents", work.eligible_cents),
    )
    if not permitted:
        return denied(ReasonCode.UNITS_REACHED, *figures)
    if permitted < claimed:
        return reduced(ReasonCode.UNITS_LIMITED, *figures)
    return passed(*figures)


def _eligible_for(work: LineWork, units: int) -> int:
    eligible = work.line.submitted_cents * units // work.claimed_units
    if work.unit_cents is not None:
        eligible = min(eligible, work.unit_cents * units)
    if work.visit_left_cents is not None:
        eligible = min(eligible, work.visit_left_cents)
    return eligible


def _visits_used(work: LineWork, limit: FrequencyLimit) -> int:
    use = work.use_of(limit.group)
    if use is None:
        return 0
    return use.visits - ((work.line.service_date, work.claim.provider_key) in use.by_day)


def _units_used(work: LineWork, limit: FrequencyLimit) -> int:
    use = work.use_of(limit.group)
    return use.units if use is not None else 0
