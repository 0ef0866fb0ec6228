"""Which drugs a plan pays, and how (CLM-8, COV-2): by DIN, ATC code or schedule, in tiers.

Of the entries that name a drug, the most specific one decides: its DIN, else the longest of its ATC prefixes, else a
schedule; entries of the same kind never name the same thing twice. A drug that no entry names is of the default tier.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.claims.domain.circumstances import DrugFacts


@dataclass(frozen=True, slots=True)
class Tier:
    """How drugs of one tier are paid: ``share_bp`` of what is left after the deductible, less ``copay_cents``."""

    id: str
    number: int
    share_bp: int
    copay_cents: int = 0


@dataclass(frozen=True, slots=True)
class DrugTerms:
    """What the formulary says of one drug; not covered without a tier."""

    tier: Tier | None
    prior_authorization: bool = False
    max_days_supply: int | None = None


@dataclass(frozen=True, slots=True)
class Formulary:
    """Compiled formulary of a plan.

    ``fee_cap_cents`` limits the dispensing fee, ``max_days_supply`` what one dispensing may last; a refill is due once
    ``refill_after_bp`` of the days supplied have passed. ``unit_prices`` are, by group of interchangeable products
    (``DrugFacts.group``) or DIN, the most that is allowed for one unit, in ten-thousandths of a cent.
    ``prescription_for`` are schedules for which the prescription itself must be joined.
    """

    default: DrugTerms
    by_din: Mapping[str, DrugTerms] = field(default_factory=dict)
    by_atc: Mapping[str, DrugTerms] = field(default_factory=dict)
    by_schedule: Mapping[str, DrugTerms] = field(default_factory=dict)
    fee_cap_cents: int | None = None
    max_days_supply: int | None = None
    refill_after_bp: int | None = None
    unit_prices: Mapping[str, int] = field(default_factory=dict)
    prescription_for: frozenset[str] = frozenset()

    def terms_of(self, drug: DrugFacts) -> DrugTerms:
        """What holds for the drug."""
        found = self.by_din.get(drug.din)
        if found is not None:
            return found
        prefixes = [(len(prefix), prefix) for code in drug.atc for prefix in _prefixes(code) if prefix in self.by_atc]
        if prefixes:
            return self.by_atc[max(prefixes)[1]]
        named = [self.by_schedule[each] for each in sorted(drug.schedules) if each in self.by_schedule]
        return named[0] if named else self.default

    def unit_price_e4(self, drug: DrugFacts) -> int | None:
        """The most that is allowed for one unit, in ten-thousandths of a cent; None when not limited."""
        price = self.unit_prices.get(drug.din)
        return self.unit_prices.get(drug.group) if price is None else price

    def days_supply_limit(self, terms: DrugTerms) -> int | None:
        """The most days that one dispensing may last: the drug's own limit, else that of the plan."""
        return terms.max_days_supply or self.max_days_supply


def _prefixes(code: str) -> tuple[str, ...]:
    return tuple(code[:length] for length in range(1, len(code) + 1))
