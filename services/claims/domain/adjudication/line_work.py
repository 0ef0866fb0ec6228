"""The worksheet of one line: its facts, and the amounts that the rules fill in on their way down the pipeline.

It lives inside one call of ``adjudicate`` and is the only mutable thing there.
"""

from dataclasses import dataclass, field
from datetime import date

from services.claims.domain.accumulators import AccumulatorDelta, Accumulators, ServiceUse
from services.claims.domain.circumstances import Circumstances, DrugFacts
from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.domain.facts import ClaimFacts, ClaimLine, Ruling
from services.claims.domain.formulary import DrugTerms
from services.claims.domain.plan import BenefitTerms, Plan, ServiceTerms, drug_count

NOT_COVERED = BenefitTerms("", covered=False)
UNKNOWN_SERVICE = ServiceTerms("", "", NOT_COVERED)
UNKNOWN_PERSON = CoveredPerson("", Relationship.SELF, date.min, date.max)
"""Stand-ins that the first rules turn away, so that no later rule meets a None."""


@dataclass(slots=True)
class ClaimWork:
    """What all lines of one claim share.

    ``accumulators_by_year`` already holds what earlier lines added; ``earlier`` maps fingerprints of earlier lines that
    were not denied to their numbers. Both grow line by line.
    """

    facts: ClaimFacts
    plan: Plan
    around: Circumstances
    coverage: Coverage
    person: CoveredPerson
    provider_key: str
    accumulators_by_year: dict[int, Accumulators]
    earlier: dict[str, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The business day of the decision."""
        return self.around.today


@dataclass(slots=True)
class LineWork:
    """Facts of the line, then amounts: all in cents, ``share_e4`` in ten-thousandths of a cent.

    ``accumulators`` are those of the line's benefit year. ``professional_cents`` is what was charged without the
    laboratory fee, ``laboratory_cents`` what is allowed of that fee. What a formulary says stands in ``drug_terms``;
    ``share_bp`` is the share of the drug's tier, or of the whole line where parts of it have different shares, None for
    that of the benefit. ``own_cents`` is what the person bears of the co-insurance, where a limit counts it.
    ``insurers_before`` says how many plans pay before ours, ``others_paid_cents`` what they paid and we must respect.
    ``ruling`` is what reviewers decided about the line.
    """

    claim: ClaimWork
    number: int
    line: ClaimLine
    fingerprint: str
    terms: ServiceTerms
    accumulators: Accumulators
    unit_cents: int | None = None
    professional_cents: int = 0
    laboratory_cents: int = 0
    allowed_cents: int = 0
    eligible_cents: int = 0
    permitted_units: int = 0
    deductible_cents: int = 0
    share_e4: int = 0
    own_cents: int = 0
    insurers_before: int = 0
    others_paid_cents: int = 0
    benefit_cents: int = 0
    drug: DrugFacts | None = None
    drug_terms: DrugTerms | None = None
    ingredient_cents: int = 0
    share_bp: int | None = None
    copay_cents: int = 0

    @property
    def coinsurance_bp(self) -> int:
        """The plan's share, in basis points."""
        return self.terms.benefit.coinsurance_bp if self.share_bp is None else self.share_bp

    @property
    def claimed_units(self) -> int:
        """Units as charges and limits count them: a code for half an hour is worth two of a quarter."""
        return self.line.units * self.terms.units

    @property
    def ruling(self) -> Ruling | None:
        return self.claim.facts.rulings.get(self.number)

    def use_of(self, name: str) -> ServiceUse | None:
        return self.accumulators.service_use(self.claim.facts.person_id, name)

    def paid_cents(self, name: str) -> int:
        return self.accumulators.paid_cents(self.claim.facts.person_id, name)

    def delta(self) -> AccumulatorDelta:
        """What the line adds to the accumulators once it is payable."""
        terms, supply = self.terms, self.line.drug if self.drug else None
        counted = terms.counted(self.line.tooth)
        return AccumulatorDelta(
            year=self.accumulators.year,
            person_id=self.claim.facts.person_id,
            paid_under=terms.paid_under,
            paid_cents=self.benefit_cents,
            deductible_group=terms.deductible.id if terms.deductible else "",
            deductible_cents=self.deductible_cents,
            counted_under=(*counted, drug_count(supply.din)) if supply else counted,
            units=supply.days_supplied if supply else self.permitted_units,
            service_date=self.line.service_date,
            provider_key=self.claim.provider_key,
            eligible_cents=self.eligible_cents,
            expenses=self._expenses(),
            lifetime_paid_under=terms.lifetime_paid_under,
            lifetime_counted_under=terms.lifetime_counted(self.line.tooth),
        )

    def _expenses(self) -> tuple[tuple[str, int], ...]:
        """What counts towards tiers: all that was shared; and towards an out-of-pocket limit: what nobody else paid."""
        benefit, expenses = self.terms.benefit, []
        if benefit.tiers:
            expenses.append((benefit.code, self.eligible_cents - self.deductible_cents))
        if benefit.out_of_pocket is not None:
            unpaid = self.eligible_cents - self.benefit_cents - self.others_paid_cents
            expenses.append((benefit.out_of_pocket.id, max(0, min(self.own_cents, unpaid))))
        return tuple((name, cents) for name, cents in expenses if cents)
