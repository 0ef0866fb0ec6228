"""Plans, compiled once into typed objects so that adjudicating a line only looks things up.

Money is integer cents; shares are basis points (8 000 = 80 %). ``None`` means "no such limit".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.claims.domain.accumulators import LIFETIME
from services.claims.domain.bilingual import Bilingual
from services.claims.domain.catalogue import ANY_ANSWER, Ask
from services.claims.domain.facts import DocumentKind
from services.claims.domain.formulary import Formulary
from services.claims.domain.plan_limits import (
    AlternateBenefit,
    CustomaryCharge,
    DeductibleGroup,
    FrequencyLimit,
    LaboratoryLimit,
    Maximum,
    OutOfPocketLimit,
    ShareTier,
)
from services.claims.domain.reasons import ReasonCode

_MONTHS_IN_YEAR: Final = 12
LONGEST_SUPPLY_MONTHS: Final = 12
"""How long before or after another dispensing may matter."""


def drug_count(din: str) -> str:
    """The name under which days of supply of a drug count."""
    return f"din:{din}"


@dataclass(frozen=True, slots=True)
class BenefitTerms:
    """How a plan pays one benefit.

    ``annual_maximum_cents`` is per person; ``combined`` are yearly maxima shared with other benefits, ``maxima`` all
    others that hold for the whole benefit: over several years, for life. Shares of ``tiers`` follow ``coinsurance_bp``,
    lowest first. Treatment above ``predetermination_above_cents`` needs an estimate first.
    """

    code: str
    covered: bool
    coinsurance_bp: int = 0
    tiers: tuple[ShareTier, ...] = ()
    out_of_pocket: OutOfPocketLimit | None = None
    deductible: DeductibleGroup | None = None
    per_visit_cap_cents: int | None = None
    annual_maximum_cents: int | None = None
    annual_family_maximum_cents: int | None = None
    combined: tuple[Maximum, ...] = ()
    maxima: tuple[Maximum, ...] = ()
    waiting_days: int = 0
    predetermination_above_cents: int | None = None
    formulary: Formulary | None = None


@dataclass(frozen=True, slots=True)
class ReviewedAnswer:
    """An answer that makes a person of the insurer look at the line first; ``ANY_ANSWER`` stands for every one."""

    question: str
    answer: str
    reason: ReasonCode

    def is_given(self, answers: Mapping[str, str]) -> bool:
        given = answers.get(self.question, "")
        return bool(given.strip()) if self.answer == ANY_ANSWER else given == self.answer


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """All that a plan and the catalogue say about one service code.

    One service is worth ``units`` of what charges and limits count; ``surfaces`` is how many it stands for.
    ``charges_by_kind`` are customary charges of certain kinds of provider, ``provider_kinds`` the kinds that may give
    the service, any when empty; ``service_maxima`` are maxima of some services of the benefit only. The fields that
    follow ``deductible`` are worked out of the others, once: limits and maxima by the rule that looks at them, and the
    names under which payments and services count.
    """

    code: str
    claim_type: str
    benefit: BenefitTerms
    asks: tuple[Ask, ...] = ()
    surfaces: int | None = None
    units: int = 1
    documents_needed: tuple[DocumentKind, ...] = ()
    required_answers: tuple[str, ...] = ()
    reviewed_answers: tuple[ReviewedAnswer, ...] = ()
    provider_kinds: frozenset[str] = frozenset()
    charge: CustomaryCharge | None = None
    charges_by_kind: Mapping[str, CustomaryCharge] | None = None
    alternate: AlternateBenefit | None = None
    laboratory: LaboratoryLimit | None = None
    missing_tooth_clause: bool = False
    deductible_waived: bool = False
    limits: tuple[FrequencyLimit, ...] = ()
    service_maxima: tuple[Maximum, ...] = ()
    age_from: int | None = None
    age_through: int | None = None
    deductible: DeductibleGroup | None = field(init=False)
    visit_limits: tuple[FrequencyLimit, ...] = field(init=False)
    unit_limits: tuple[FrequencyLimit, ...] = field(init=False)
    interval_limits: tuple[FrequencyLimit, ...] = field(init=False)
    rolling_limits: tuple[FrequencyLimit, ...] = field(init=False)
    lifetime_limits: tuple[FrequencyLimit, ...] = field(init=False)
    per_visit_limits: tuple[FrequencyLimit, ...] = field(init=False)
    yearly_maxima: tuple[Maximum, ...] = field(init=False)
    several_years_maxima: tuple[Maximum, ...] = field(init=False)
    lifetime_maxima: tuple[Maximum, ...] = field(init=False)
    paid_under: tuple[str, ...] = field(init=False)
    lifetime_paid_under: tuple[str, ...] = field(init=False)
    counted_under: tuple[str, ...] = field(init=False)
    longest_interval_months: int = field(init=False)

    def __post_init__(self) -> None:
        benefit, limits, maxima = self.benefit, self.limits, (*self.service_maxima, *self.benefit.maxima)
        yearly = [limit for limit in limits if limit.yearly]
        self._set("deductible", None if self.deductible_waived else benefit.deductible)
        self._set("visit_limits", tuple(limit for limit in yearly if limit.max_visits is not None))
        self._set("unit_limits", tuple(limit for limit in yearly if limit.max_units is not None))
        self._set("interval_limits", tuple(limit for limit in limits if limit.months_between is not None))
        self._set("rolling_limits", tuple(limit for limit in limits if limit.in_months is not None))
        self._set("lifetime_limits", tuple(limit for limit in limits if limit.lifetime))
        self._set("per_visit_limits", tuple(limit for limit in limits if limit.max_units_per_visit is not None))
        self._set("yearly_maxima", tuple(each for each in maxima if each.yearly))
        self._set("several_years_maxima", tuple(each for each in maxima if each.years > 1))
        self._set("lifetime_maxima", tuple(each for each in maxima if each.lifetime))
        paid = (*benefit.combined, *(each for each in maxima if not each.lifetime))
        self._set("paid_under", (benefit.code, *(each.id for each in paid)))
        self._set("lifetime_paid_under", tuple(each.id for each in self.lifetime_maxima))
        groups = dict.fromkeys(limit.group for limit in limits if not limit.lifetime and not limit.per_tooth)
        self._set("counted_under", tuple(groups) if benefit.per_visit_cap_cents is None else (benefit.code, *groups))
        supply = 0 if benefit.formulary is None else LONGEST_SUPPLY_MONTHS
        reach = max((max(limit.months_between or 0, limit.in_months or 0) for limit in limits), default=0)
        self._set("longest_interval_months", max(reach, supply))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def counted(self, tooth: str) -> tuple[str, ...]:
        """Names under which visits, units and dates count in a year: those that a cap or a limit looks at."""
        names = (limit.count(tooth) for limit in self.limits if limit.per_tooth and not limit.lifetime)
        return (*self.counted_under, *dict.fromkeys(names))

    def lifetime_counted(self, tooth: str) -> tuple[str, ...]:
        """The same, for as long as the person is insured."""
        return tuple(dict.fromkeys(limit.count(tooth) for limit in self.lifetime_limits))

    def counts_looked_at(self, tooth: str) -> tuple[str, ...]:
        """Names of everything in the accumulators that deciding the service on that tooth reads or moves."""
        deductible, limit = self.deductible, self.benefit.out_of_pocket
        groups = (*((deductible.id,) if deductible else ()), *((limit.id,) if limit else ()))
        counted = (*self.counted(tooth), *self.lifetime_counted(tooth))
        return (*self.paid_under, *self.lifetime_paid_under, *counted, *groups)

    def years_looked_at(self, year: int) -> Iterator[int]:
        """Benefit years, and ``LIFETIME``, in which a decision about a service of that year reads or moves counts."""
        reach = -(-self.longest_interval_months // _MONTHS_IN_YEAR)
        yield from range(year - reach, year + reach + 1)
        for maximum in self.several_years_maxima:
            yield from maximum.years_with(year)
        if self.lifetime_maxima or self.lifetime_limits:
            yield LIFETIME

    def customary_unit_cents(self, province: str, provider_kind: str = "") -> int | None:
        """The reasonable and customary charge of one unit in the province of residence; None when not limited."""
        charge = self.charge
        if self.charges_by_kind is not None:
            charge = self.charges_by_kind.get(provider_kind, charge)
        return None if charge is None else charge.in_province(province)


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan in one version; ``services`` is by service code and by claim type.

    Providers of ``agreement_kinds`` bill for themselves only under a signed agreement.
    """

    code: str
    version: int
    names: Bilingual
    year_starts_month: int
    claim_deadline_months: int
    dependant_age_limit: int
    student_age_limit: int
    estimate_valid_days: int
    benefits: Mapping[str, BenefitTerms]
    services: Mapping[str, ServiceTerms]
    agreement_kinds: frozenset[str] = frozenset()

    def benefit_year(self, day: date) -> int:
        """The benefit year that holds the day, named by the calendar year in which it begins."""
        return day.year if day.month >= self.year_starts_month else day.year - 1
