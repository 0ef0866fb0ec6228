"""How often and how much: visits, units and the time between services (CLM-8).

Every limit counts under its own name, one ``per_tooth`` under the name with the tooth. A claim that arrives after a
later service is measured against that one just the same.
"""

from collections.abc import Iterator
from datetime import date

from services.claims.domain.accumulators import LIFETIME, Day, ServiceUse, Visit
from services.claims.domain.adjudication.amounts import eligible_for
from services.claims.domain.adjudication.line_work import LineWork
from services.claims.domain.adjudication.months import add_months
from services.claims.domain.adjudication.trace import PASSED, Figures, Finding, day_figure, denied, passed, reduced
from services.claims.domain.plan_limits import FrequencyLimit
from services.claims.domain.reasons import ReasonCode


def months_since_last(work: LineWork) -> Finding:
    """The service may come again N months after the last one; services of one day are one occasion."""
    limits = work.terms.interval_limits
    if not limits:
        return PASSED
    day = work.line.service_date
    for limit in limits:
        months = limit.months_between or 0
        for use in _uses(work, limit):
            for other in use.days:
                if other != day and add_months(min(other, day), months) > max(other, day):
                    return denied(ReasonCode.TOO_SOON, ("months", months), day_figure("last_date", other))
    return passed(("months", max(limit.months_between or 0 for limit in limits)))


def visits_per_year(work: LineWork) -> Finding:
    """Another line of a visit that is already counted needs no visit of its own."""
    limits = work.terms.visit_limits
    if not limits:
        return PASSED
    return _visits([(limit.max_visits or 0, _visits_used(work, _use(work, limit))) for limit in limits])


def units_per_year(work: LineWork) -> Finding:
    """Units beyond the yearly number are not paid."""
    limits = work.terms.unit_limits
    if not limits:
        return PASSED
    return _units(work, [(limit.max_units or 0, _units_of(_use(work, limit))) for limit in limits])


def visits_in_months(work: LineWork) -> Finding:
    """In no N months, wherever they begin, are there more visits."""
    limits = [limit for limit in work.terms.rolling_limits if limit.max_visits is not None]
    if not limits:
        return PASSED
    at = (work.line.service_date, work.claim.provider_key)
    found = []
    for limit in limits:
        used = max(len(visits) - (at in visits) for visits in _windows(work, limit))
        found.append((limit.max_visits or 0, used, limit.in_months or 0))
    maximum, used, months = min(found, key=lambda each: each[0] - each[1])
    return _visits([(maximum, used)], ("months", months))


def units_in_months(work: LineWork) -> Finding:
    """In no N months, wherever they begin, are there more units."""
    limits = [limit for limit in work.terms.rolling_limits if limit.max_units is not None]
    if not limits:
        return PASSED
    found = []
    for limit in limits:
        used = max(sum(visit.units for visit in visits.values()) for visits in _windows(work, limit))
        found.append((limit.max_units or 0, used, limit.in_months or 0))
    maximum, used, months = min(found, key=lambda each: each[0] - each[1])
    return _units(work, [(maximum, used)], ("months", months))


def visits_in_lifetime(work: LineWork) -> Finding:
    """So many visits for as long as the person is insured."""
    limits = [limit for limit in work.terms.lifetime_limits if limit.max_visits is not None]
    if not limits:
        return PASSED
    return _visits([(limit.max_visits or 0, _visits_used(work, _lifetime_use(work, limit))) for limit in limits])


def units_in_lifetime(work: LineWork) -> Finding:
    """So many units for as long as the person is insured."""
    limits = [limit for limit in work.terms.lifetime_limits if limit.max_units is not None]
    if not limits:
        return PASSED
    return _units(work, [(limit.max_units or 0, _units_of(_lifetime_use(work, limit))) for limit in limits])


def units_per_visit(work: LineWork) -> Finding:
    """All lines of one day and provider share the units of the visit, such as one unit at each recall."""
    limits = work.terms.per_visit_limits
    if not limits:
        return PASSED
    found = []
    for limit in limits:
        use = _use(work, limit)
        used = use.on(work.line.service_date, work.claim.provider_key).units if use else 0
        found.append((limit.max_units_per_visit or 0, used))
    return _units(work, found)


def _visits(found: list[tuple[int, int]], *more: tuple[str, int]) -> Finding:
    """The tightest of (maximum, visits used) decides."""
    maximum, used = min(found, key=lambda each: each[0] - each[1])
    figures: Figures = (("max_visits", maximum), ("used_visits", used), *more)
    if used >= maximum:
        return denied(ReasonCode.VISITS_REACHED, *figures)
    return passed(*figures)


def _units(work: LineWork, found: list[tuple[int, int]], *more: tuple[str, int]) -> Finding:
    """The tightest of (maximum, units used) decides; amounts are worked out again for the units that are permitted."""
    maximum, used = min(found, key=lambda each: each[0] - each[1])
    before = work.permitted_units
    work.permitted_units = permitted = max(0, min(before, maximum - used))
    if permitted < before:
        work.eligible_cents = eligible_for(work, permitted)
    figures: Figures = (
        ("max_units", maximum),
        ("used_units", used),
        ("permitted_units", permitted),
        ("eligible_cents", work.eligible_cents),
        *more,
    )
    if not permitted:
        return denied(ReasonCode.UNITS_REACHED, *figures)
    if permitted < before:
        return reduced(ReasonCode.UNITS_LIMITED, *figures)
    return passed(*figures)


def _use(work: LineWork, limit: FrequencyLimit) -> ServiceUse | None:
    return work.use_of(limit.count(work.line.tooth))


def _lifetime_use(work: LineWork, limit: FrequencyLimit) -> ServiceUse | None:
    ever = work.claim.accumulators_by_year.get(LIFETIME)
    return ever.service_use(work.claim.facts.person_id, limit.count(work.line.tooth)) if ever else None


def _uses(work: LineWork, limit: FrequencyLimit) -> Iterator[ServiceUse]:
    """What was used under the limit in all benefit years that were loaded."""
    person, name = work.claim.facts.person_id, limit.count(work.line.tooth)
    for year, accumulators in work.claim.accumulators_by_year.items():
        use = None if year == LIFETIME else accumulators.service_use(person, name)
        if use is not None:
            yield use


def _windows(work: LineWork, limit: FrequencyLimit) -> Iterator[dict[Day, Visit]]:
    """The visits in each span of N months that holds the service date and begins with a visit, or on that date.

    Any other span of N months around the date holds no more than one of these.
    """
    day, months = work.line.service_date, limit.in_months or 0
    visits = {at: visit for use in _uses(work, limit) for at, visit in use.by_day.items()}
    starts = {other for other, _ in visits if other < day < add_months(other, months)}
    for start in (day, *sorted(starts)):
        end: date = add_months(start, months)
        yield {at: visit for at, visit in visits.items() if start <= at[0] < end}


def _visits_used(work: LineWork, use: ServiceUse | None) -> int:
    if use is None:
        return 0
    return use.visits - ((work.line.service_date, work.claim.provider_key) in use.by_day)


def _units_of(use: ServiceUse | None) -> int:
    return use.units if use is not None else 0
