"""The building blocks of a plan: deductibles, charges, limits, maxima and shares, as plans name them.

Money is integer cents; shares are basis points (8 000 = 80 %). ``None`` means "no such limit".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.money import BASIS_POINTS


@dataclass(frozen=True, slots=True)
class DeductibleGroup:
    """What persons pay first, each and together, over all benefits of the group in a benefit year."""

    id: str
    per_person_cents: int
    per_family_cents: int | None


@dataclass(frozen=True, slots=True)
class Maximum:
    """Most that is paid under the name ``id``, per person and/or for the family, over all that counts under it.

    It holds for ``years`` benefit years together, of which the first is ``first_year`` or so many years before or
    after it; or, when ``lifetime``, for as long as the person is insured.
    """

    id: str
    per_person_cents: int | None
    per_family_cents: int | None
    years: int = 1
    first_year: int = 0
    lifetime: bool = False

    @property
    def yearly(self) -> bool:
        return self.years == 1 and not self.lifetime

    def years_with(self, year: int) -> range:
        """The benefit years that count together with this one."""
        first = year - (year - self.first_year) % self.years
        return range(first, first + self.years)


@dataclass(frozen=True, slots=True)
class FrequencyLimit:
    """How often the services of a group are paid.

    ``max_visits`` and ``max_units`` hold for a benefit year, for any ``in_months`` months, or for ``lifetime``;
    ``max_units_per_visit`` for one day with one provider; between two services lie ``months_between`` months.
    A limit ``per_tooth`` counts each tooth by itself.
    """

    group: str
    max_visits: int | None = None
    max_units: int | None = None
    months_between: int | None = None
    in_months: int | None = None
    lifetime: bool = False
    per_tooth: bool = False
    max_units_per_visit: int | None = None

    @property
    def yearly(self) -> bool:
        return self.in_months is None and not self.lifetime

    def count(self, tooth: str) -> str:
        """The name under which a service on that tooth counts."""
        return f"{self.group}#{tooth}" if self.per_tooth else self.group


@dataclass(frozen=True, slots=True)
class ShareTier:
    """The plan's share of what a person spends above so much in a benefit year, up to the next tier."""

    above_cents: int
    coinsurance_bp: int


@dataclass(frozen=True, slots=True)
class OutOfPocketLimit:
    """Once persons have borne so much of the co-insurance themselves in a benefit year, the plan pays all of it."""

    id: str
    per_person_cents: int | None
    per_family_cents: int | None


@dataclass(frozen=True, slots=True)
class CustomaryCharge:
    """The reasonable and customary charge of one unit, by province of residence where it differs."""

    unit_cents: int
    by_province: Mapping[str, int]

    def in_province(self, province: str) -> int:
        return self.by_province.get(province, self.unit_cents)


@dataclass(frozen=True, slots=True)
class AlternateBenefit:
    """The least expensive adequate treatment: the service is allowed at the charge of another.

    ``teeth`` are those on which it holds, all when empty.
    """

    service: str
    charge: CustomaryCharge
    teeth: frozenset[str] = frozenset()

    def holds_on(self, tooth: str) -> bool:
        return not self.teeth or tooth in self.teeth


@dataclass(frozen=True, slots=True)
class LaboratoryLimit:
    """Most that is allowed of what a laboratory charged: a share of the professional fee allowed, or an amount."""

    share_bp: int | None
    cap_cents: int | None

    def most(self, professional_cents: int) -> int | None:
        """Cents, a part of a cent dropped; None without a limit."""
        limits = [] if self.cap_cents is None else [self.cap_cents]
        if self.share_bp is not None:
            limits.append(professional_cents * self.share_bp // BASIS_POINTS)
        return min(limits, default=None)
