"""What a decision depends on besides the claim and the plan: everything that was looked up, as it was found.

Stored with the claim, so that the decision can be replayed on exactly these facts, whatever happens to the family, the
drug list or the provider later (CLM-8).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.claims.domain.accumulators import Accumulators
from services.claims.domain.coverage import Coverage


@dataclass(frozen=True, slots=True)
class DrugFacts:
    """A product of the drug list on the day of the decision.

    ``atc`` are its ATC codes, most often one; ``schedules`` as Health Canada names them, folded to codes
    (``prescription``, ``narcotic`` …); ``group`` is the id that products with the same active ingredients share.
    """

    din: str
    name: str
    atc: tuple[str, ...] = ()
    schedules: frozenset[str] = frozenset()
    group: str = ""


@dataclass(frozen=True, slots=True)
class ProviderStanding:
    """A registered provider as identity published it: what it may bill, and since when.

    ``agreement_from`` is the day from which a signed agreement lets it bill for itself; None without one.
    """

    provider_id: str
    kind: str
    active: bool = True
    agreement_from: date | None = None


class HeldAs(StrEnum):
    """How a person stands in a plan."""

    MEMBER_FULL_TIME = "member_full_time"
    MEMBER_PART_TIME = "member_part_time"
    MEMBER_RETIRED = "member_retired"
    DEPENDANT = "dependant"


class Custody(StrEnum):
    """Whose plan it is, seen from a child whose parents live apart."""

    TOGETHER = "together"
    JOINT_PARENT = "joint_parent"
    JOINT_PARENTS_SPOUSE = "joint_parents_spouse"
    CUSTODIAL_PARENT = "custodial_parent"
    CUSTODIAL_PARENTS_SPOUSE = "custodial_parents_spouse"
    OTHER_PARENT = "other_parent"
    OTHER_PARENTS_SPOUSE = "other_parents_spouse"


@dataclass(frozen=True, slots=True)
class Holding:
    """How the persons concerned stand in one of two plans, as far as the order of payment depends on it.

    ``since`` is the day from which a member holds it; ``birthday`` is (month, day) of the adult whose plan covers a
    child, ``first_name`` theirs. The spouses of parents with joint custody follow in the order of the parents: theirs
    are the birthday and the name of the parent.
    """

    held_as: HeldAs
    since: date | None = None
    birthday: tuple[int, int] | None = None
    first_name: str = ""
    custody: Custody = Custody.TOGETHER


@dataclass(frozen=True, slots=True)
class OtherCoverage:
    """Another insurer's plan that covers persons of the dossier too, as the member declared it.

    ``ours`` and ``theirs`` are how those persons stand in our plan and in the other; both end dates are covered.
    """

    id: str
    insurer: str
    person_ids: frozenset[str]
    ours: Holding
    theirs: Holding
    effective_from: date
    effective_to: date | None = None

    def covers(self, person_id: str, day: date) -> bool:
        """Whether it covers that person on that day."""
        if person_id not in self.person_ids or day < self.effective_from:
            return False
        return self.effective_to is None or day <= self.effective_to


@dataclass(frozen=True, slots=True)
class Estimate:
    """A predetermination of ours that a claim quotes: for whom, what, and until when it counts.

    ``codes`` are service codes, and drugs as ``plan.drug_count`` names them.
    """

    number: str
    person_id: str
    codes: frozenset[str]
    valid_through: date


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Facts around a claim. A ``coverage`` of None is not known (yet) and pends the claim.

    ``accumulators`` are by benefit year (``LIFETIME`` among them), an absent one means nothing used; ``seen`` are
    fingerprints of lines of *other* claims that were not denied; ``drugs`` are by DIN, those that exist; ``provider``
    is None for one that is not registered with us; ``today`` is the business day of the decision.
    """

    today: date
    coverage: Coverage | None
    accumulators: Mapping[int, Accumulators] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    drugs: Mapping[str, DrugFacts] = field(default_factory=dict)
    provider: ProviderStanding | None = None
    other_coverages: tuple[OtherCoverage, ...] = ()
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
