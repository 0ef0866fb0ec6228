"""The worksheet of one line: its facts, and the amounts that the rules fill in on their way down the pipeline.

It lives inside one call of ``adjudicate`` and is the only mutable thing there.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from services.claims.domain.accumulators import AccumulatorDelta, Accumulators, ServiceUse
from services.claims.domain.coverage import Coverage, CoveredPerson, Relationship
from services.claims.domain.facts import ClaimFacts, ClaimLine
from services.claims.domain.plan import BenefitTerms, Plan, ServiceTerms

NOT_COVERED = BenefitTerms("", covered=False)
UNKNOWN_SERVICE = ServiceTerms("", "", NOT_COVERED)
UNKNOWN_PERSON = CoveredPerson("", Relationship.SELF, date.min, date.max)
"""Stand-ins that the first rules turn away, so that no later rule meets a None."""


@dataclass(slots=True)
class ClaimWork:
    """What all lines of one claim share.

    ``earlier`` maps fingerprints of earlier lines that were not denied to their numbers; ``accumulators_by_year``
    already holds what earlier lines added. Both grow line by line.
    """

    facts: ClaimFacts
    plan: Plan
    coverage: Coverage
    person: CoveredPerson
    provider_key: str
    seen: AbstractSet[str]
    today: date
    accumulators_by_year: dict[int, Accumulators]
    earlier: dict[str, int]


@dataclass(slots=True)
class LineWork:
    """Facts of the line, then amounts: all in cents, ``share_e4`` in ten-thousandths of a cent.

    ``accumulators`` are those of the line's benefit year; ``visit_left_cents`` is the rest of a per-visit cap, None
    without one.
    """

    claim: ClaimWork
    line: ClaimLine
    fingerprint: str
    terms: ServiceTerms
    accumulators: Accumulators
    unit_cents: int | None = None
    visit_left_cents: int | None = None
    allowed_cents: int = 0
    eligible_cents: int = 0
    permitted_units: int = 0
    deductible_cents: int = 0
    share_e4: int = 0
    benefit_cents: int = 0

    def use_of(self, name: str) -> ServiceUse | None:
        return self.accumulators.service_use(self.claim.facts.person_id, name)

    def paid_cents(self, name: str) -> int:
        return self.accumulators.paid_cents(self.claim.facts.person_id, name)

    def delta(self) -> AccumulatorDelta:
        """What the line adds to the accumulators once it is payable."""
        benefit = self.terms.benefit
        return AccumulatorDelta(
            year=self.accumulators.year,
            person_id=self.claim.facts.person_id,
            paid_under=self.terms.paid_under,
            paid_cents=self.benefit_cents,
            deductible_group=benefit.deductible.id if benefit.deductible else "",
            deductible_cents=self.deductible_cents,
            counted_under=self.terms.counted_under,
            units=self.permitted_units,
            service_date=self.line.service_date,
            provider_key=self.claim.provider_key,
            eligible_cents=self.eligible_cents,
        )
