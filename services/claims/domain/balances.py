"""What a person has used of a plan, and what is left (COV-5): every limit of every benefit, from plan and accumulators.

``LIMITS`` is the table of kinds of limits; a new kind is one function there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from services.claims.domain.accumulators import LIFETIME, Accumulators
from services.claims.domain.adjudication.months import add_months
from services.claims.domain.plan import BenefitTerms, Plan, ServiceTerms
from services.claims.domain.plan_limits import FrequencyLimit

_MONTHS_IN_YEAR: Final = 12


class LimitKind(StrEnum):
    """What is limited: cents of deductible or of benefit, visits, units, or the time between services."""

    DEDUCTIBLE = "deductible"
    MAXIMUM = "maximum"
    VISITS = "visits"
    UNITS = "units"
    INTERVAL = "interval"


class Scope(StrEnum):
    """Whose use counts."""

    PERSON = "person"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day on which use counts; for ever where they are None."""

    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class LimitBalance:
    """One limit. ``limit``, ``used`` and ``remaining`` are cents, visits, units or (interval) months.

    Used and remaining add up to the limit, but for an interval: there ``next_day`` is the first day on which the
    service may come again, None when it may come any day.
    """

    kind: LimitKind
    name: str
    scope: Scope
    limit: int
    used: int
    remaining: int
    period: Period
    next_day: date | None = None


@dataclass(frozen=True, slots=True)
class BenefitBalance:
    """One benefit for one person; one that is not covered has no limits."""

    benefit: str
    covered: bool
    share_bp: int
    per_visit_cap_cents: int | None
    limits: tuple[LimitBalance, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a limit is worked out from; ``services`` are those of the benefit."""

    plan: Plan
    benefit: BenefitTerms
    services: tuple[ServiceTerms, ...]
    person_id: str
    on: date
    years: Mapping[int, Accumulators]

    @property
    def used(self) -> Accumulators:
        """Of the benefit year that holds the day asked for."""
        return self.of(self.plan.benefit_year(self.on))

    def of(self, year: int) -> Accumulators:
        return self.years.get(year) or Accumulators("", "", year)

    def person_limit(self, kind: LimitKind, name: str, *, limit: int, used: int) -> LimitBalance:
        """A count of the benefit year; what was used before a limit was lowered is not shown beyond it."""
        period, shown = benefit_period(self.plan, self.plan.benefit_year(self.on)), min(used, limit)
        return LimitBalance(kind, name, Scope.PERSON, limit, shown, limit - shown, period)

    def family_limit(self, kind: LimitKind, name: str, *, limit: int, used: int) -> LimitBalance:
        """The same of the whole family."""
        return replace(self.person_limit(kind, name, limit=limit, used=used), scope=Scope.FAMILY)


def balances(
    plan: Plan, person_id: str, accumulators: Mapping[int, Accumulators], *, on: date
) -> tuple[BenefitBalance, ...]:
    """Every benefit of the plan, in its order, as it stands on that day; ``years_needed`` says which years to load."""
    return tuple(_benefit_balance(plan, benefit, person_id, accumulators, on=on) for benefit in plan.benefits.values())


def years_needed(plan: Plan, on: date) -> tuple[int, ...]:
    """Years whose accumulators the balances of that day depend on, ``LIFETIME`` among them."""
    year = plan.benefit_year(on)
    months = max((service.longest_interval_months for service in plan.services.values()), default=0)
    together = (maximum.years_with(year) for each in plan.services.values() for maximum in each.several_years_maxima)
    years = {*range(year - -(-months // _MONTHS_IN_YEAR), year + 1), *(other for span in together for other in span)}
    return (LIFETIME, *sorted(years))


def benefit_period(plan: Plan, year: int, *, years: int = 1) -> Period:
    """The days of so many benefit years, the first of which begins in ``year``."""
    first, after = date(year, plan.year_starts_month, 1), date(year + years, plan.year_starts_month, 1)
    return Period(first, after - timedelta(days=1))


def _benefit_balance(
    plan: Plan, benefit: BenefitTerms, person_id: str, accumulators: Mapping[int, Accumulators], *, on: date
) -> BenefitBalance:
    services = tuple(service for service in plan.services.values() if service.benefit.code == benefit.code)
    asked = _Asked(plan, benefit, services, person_id, on, accumulators)
    return BenefitBalance(
        benefit=benefit.code,
        covered=benefit.covered,
        share_bp=benefit.coinsurance_bp,
        per_visit_cap_cents=benefit.per_visit_cap_cents,
        limits=tuple(limit for limits in LIMITS for limit in limits(asked)) if benefit.covered else (),
    )


def _deductible(asked: _Asked) -> Iterator[LimitBalance]:
    group = asked.benefit.deductible
    if group is None:
        return
    yield asked.person_limit(
        LimitKind.DEDUCTIBLE,
        group.id,
        limit=group.per_person_cents,
        used=asked.used.deductible_cents(asked.person_id, group.id),
    )
    if group.per_family_cents is not None:
        taken = asked.used.family_deductible_cents(group.id)
        yield asked.family_limit(LimitKind.DEDUCTIBLE, group.id, limit=group.per_family_cents, used=taken)


def _annual_maximum(asked: _Asked) -> Iterator[LimitBalance]:
    maximum, code = asked.benefit.annual_maximum_cents, asked.benefit.code
    if maximum is not None:
        paid = asked.used.paid_cents(asked.person_id, code)
        yield asked.person_limit(LimitKind.MAXIMUM, code, limit=maximum, used=paid)


def _combined_maxima(asked: _Asked) -> Iterator[LimitBalance]:
    for combined in asked.benefit.combined:
        if combined.per_person_cents is not None:
            paid = asked.used.paid_cents(asked.person_id, combined.id)
            yield asked.person_limit(LimitKind.MAXIMUM, combined.id, limit=combined.per_person_cents, used=paid)
        if combined.per_family_cents is not None:
            paid = asked.used.family_paid_cents(combined.id)
            yield asked.family_limit(LimitKind.MAXIMUM, combined.id, limit=combined.per_family_cents, used=paid)


def _family_maximum(asked: _Asked) -> Iterator[LimitBalance]:
    maximum, code = asked.benefit.annual_family_maximum_cents, asked.benefit.code
    if maximum is not None:
        paid = asked.used.family_paid_cents(code)
        yield asked.family_limit(LimitKind.MAXIMUM, code, limit=maximum, used=paid)


def _further_maxima(asked: _Asked) -> Iterator[LimitBalance]:
    """Of some services, over several benefit years, or for life."""
    maxima = {
        each.id: each for service in asked.services for each in (*service.service_maxima, *service.benefit.maxima)
    }
    for maximum in maxima.values():
        span = maximum.years_with(asked.plan.benefit_year(asked.on))
        counted = [asked.of(year) for year in ((LIFETIME,) if maximum.lifetime else span)]
        forever = Period(None, None)
        period = forever if maximum.lifetime else benefit_period(asked.plan, span.start, years=maximum.years)
        if maximum.per_person_cents is not None:
            paid = sum(each.paid_cents(asked.person_id, maximum.id) for each in counted)
            limit = asked.person_limit(LimitKind.MAXIMUM, maximum.id, limit=maximum.per_person_cents, used=paid)
            yield replace(limit, period=period)
        if maximum.per_family_cents is not None:
            paid = sum(each.family_paid_cents(maximum.id) for each in counted)
            limit = asked.family_limit(LimitKind.MAXIMUM, maximum.id, limit=maximum.per_family_cents, used=paid)
            yield replace(limit, period=period)


def _visits(asked: _Asked) -> Iterator[LimitBalance]:
    for limit in _each_once(limit for service in asked.services for limit in service.visit_limits):
        use = asked.used.service_use(asked.person_id, limit.group)
        visits = use.visits if use else 0
        yield asked.person_limit(LimitKind.VISITS, limit.group, limit=limit.max_visits or 0, used=visits)


def _units(asked: _Asked) -> Iterator[LimitBalance]:
    for limit in _each_once(limit for service in asked.services for limit in service.unit_limits):
        use = asked.used.service_use(asked.person_id, limit.group)
        units = use.units if use else 0
        yield asked.person_limit(LimitKind.UNITS, limit.group, limit=limit.max_units or 0, used=units)


def _intervals(asked: _Asked) -> Iterator[LimitBalance]:
    for limit in _each_once(limit for service in asked.services for limit in service.interval_limits):
        months = limit.months_between or 0
        uses = (each.service_use(asked.person_id, limit.group) for each in asked.years.values())
        days = [day for use in uses if use for day in use.days if day <= asked.on]
        next_day = add_months(max(days), months) if days else None
        waiting = next_day is not None and next_day > asked.on
        yield LimitBalance(
            kind=LimitKind.INTERVAL,
            name=limit.group,
            scope=Scope.PERSON,
            limit=months,
            used=0,
            remaining=0,
            period=Period(None, None),
            next_day=next_day if waiting else None,
        )


def _each_once(limits: Iterable[FrequencyLimit]) -> tuple[FrequencyLimit, ...]:
    """Without those that count each tooth by itself: they leave a person nothing to add up."""
    return tuple({limit.group: limit for limit in limits if not limit.per_tooth}.values())


LIMITS: Final[tuple[Callable[[_Asked], Iterator[LimitBalance]], ...]] = (
    _deductible,
    _annual_maximum,
    _family_maximum,
    _combined_maxima,
    _further_maxima,
    _visits,
    _units,
    _intervals,
)
