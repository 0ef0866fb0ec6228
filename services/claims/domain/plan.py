"""Plans, compiled once into typed objects so that adjudicating a line only looks things up.

Money is integer cents; shares are basis points (8 000 = 80 %). ``None`` means "no such limit".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.claims.domain.bilingual import Bilingual
from services.claims.domain.catalogue import ANY_ANSWER, Ask
from services.claims.domain.facts import DocumentKind
from services.claims.domain.formulary import Formulary
from services.claims.domain.reasons import ReasonCode

LONGEST_SUPPLY_MONTHS: Final = 12
"""How long before or after another dispensing may matter."""


def drug_count(din: str) -> str:
    """The name under which days of supply of a drug count."""
    return f"din:{din}"


@dataclass(frozen=True, slots=True)
class DeductibleGroup:
    """What persons pay first, each and together, over all benefits of the group in a benefit year."""

    id: str
    per_person_cents: int
    per_family_cents: int | None


@dataclass(frozen=True, slots=True)
class CombinedMaximum:
    """A yearly maximum that several benefits share, per person and/or for the family."""

    id: str
    per_person_cents: int | None
    per_family_cents: int | None


@dataclass(frozen=True, slots=True)
class FrequencyLimit:
    """How often the services of a group are paid: per benefit year, or once in so many months."""

    group: str
    max_visits: int | None
    max_units: int | None
    months_between: int | None


@dataclass(frozen=True, slots=True)
class BenefitTerms:
    """How a plan pays one benefit; ``annual_maximum_cents`` is per person."""

    code: str
    covered: bool
    coinsurance_bp: int = 0
    deductible: DeductibleGroup | None = None
    per_visit_cap_cents: int | None = None
    annual_maximum_cents: int | None = None
    combined: tuple[CombinedMaximum, ...] = ()
    waiting_days: int = 0
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
    unit_cents: int | None = None
    unit_cents_by_province: Mapping[str, int] | None = None
    visit_limits: tuple[FrequencyLimit, ...] = ()
    unit_limits: tuple[FrequencyLimit, ...] = ()
    interval_limits: tuple[FrequencyLimit, ...] = ()
    age_from: int | None = None
    age_through: int | None = None

    def customary_unit_cents(self, province: str) -> int | None:
        """The reasonable and customary charge of one unit in the province of residence; None when not limited."""
        if self.unit_cents_by_province is not None and province in self.unit_cents_by_province:
            return self.unit_cents_by_province[province]
        return self.unit_cents

    @property
    def paid_under(self) -> tuple[str, ...]:
        """Names under which payments count towards maxima."""
        return (self.benefit.code, *(maximum.id for maximum in self.benefit.combined))

    @property
    def counted_under(self) -> tuple[str, ...]:
        """Names under which visits, units and dates count: those that a cap or a limit looks at."""
        groups = {limit.group: None for limit in (*self.visit_limits, *self.unit_limits, *self.interval_limits)}
        return tuple(groups) if self.benefit.per_visit_cap_cents is None else (self.benefit.code, *groups)

    @property
    def counts_looked_at(self) -> tuple[str, ...]:
        """Names of everything in the accumulators that deciding the service reads or moves."""
        deductible = self.benefit.deductible
        return (*self.paid_under, *self.counted_under, *((deductible.id,) if deductible else ()))

    @property
    def longest_interval_months(self) -> int:
        """How far back and ahead a decision looks for other services."""
        supply = 0 if self.benefit.formulary is None else LONGEST_SUPPLY_MONTHS
        return max((limit.months_between or 0 for limit in self.interval_limits), default=supply)


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan in one version; ``services`` is by service code and by claim type."""

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

    def benefit_year(self, day: date) -> int:
        """The benefit year that holds the day, named by the calendar year in which it begins."""
        return day.year if day.month >= self.year_starts_month else day.year - 1
