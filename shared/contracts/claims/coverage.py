"""What a member is covered for: balances (COV-5), eligibility (COV-2), the plan, and other insurers' plans (CLM-8)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Contract, Identifier, Part, Query, View
from shared.contracts.claims import Din, Outcome, ReasonView

LimitKind = Literal["deductible", "maximum", "visits", "units", "interval"]
ServiceCode = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$", examples=["PH-TRT"])]
HeldAs = Literal["member_full_time", "member_part_time", "member_retired", "dependant"]
Custody = Literal[
    "together",
    "joint_parent",
    "joint_parents_spouse",
    "custodial_parent",
    "custodial_parents_spouse",
    "other_parent",
    "other_parents_spouse",
]


class GetBalances(Query):
    """What a person of the actor's dossier has used on a day, by default today."""

    wire_type: ClassVar[str] = "claims.get_balances.v1"
    person_id: Identifier
    on: date | None = None


class GetDossierBalances(Query):
    """The same of any dossier, for agents."""

    wire_type: ClassVar[str] = "claims.get_dossier_balances.v1"
    dossier_id: Identifier
    person_id: Identifier
    on: date | None = None


class LimitView(Part):
    """One limit, in cents for ``deductible`` and ``maximum``, counted for ``visits`` and ``units``, else in months.

    ``next_day`` is the first day on which a service under an interval may come again; absent when any day is.
    """

    kind: LimitKind
    name: str
    scope: Literal["person", "family"]
    limit: int
    used: int
    remaining: int
    first_day: date | None = None
    last_day: date | None = None
    next_day: date | None = None


class BenefitBalanceView(Part):
    """One benefit with what is left of it."""

    benefit: str
    name: str
    covered: bool
    share_basis_points: int
    per_visit_cap_cents: int | None = None
    limits: tuple[LimitView, ...] = ()


class BalancesView(View):
    """All benefits of the plan for one person on one day."""

    person_id: Identifier
    plan_code: str
    plan_name: str
    on: date
    benefits: tuple[BenefitBalanceView, ...]


class CheckEligibility(Query):
    """What a service would be paid for a person on a day; nothing is claimed and nothing is used (COV-2)."""

    wire_type: ClassVar[str] = "claims.check_eligibility.v1"
    person_id: Identifier
    claim_type: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")
    service: ServiceCode | None = None
    on: date | None = None
    amount_cents: int = Field(default=10_000, ge=1, le=10_000_000)
    units: int = Field(default=1, ge=1, le=999)


class CheckDrugEligibility(Query):
    """What a drug would be paid for a person on a day (COV-2)."""

    wire_type: ClassVar[str] = "claims.check_drug_eligibility.v1"
    din: Din
    person_id: Identifier
    on: date | None = None
    amount_cents: int = Field(default=10_000, ge=1, le=10_000_000)


class EligibilityView(View):
    """The answer of the same rules that decide claims.

    ``conditions``: it is paid once something is done or decided first; ``reasons`` say what. Amounts are for
    ``amount_cents``, which is a notional hundred dollars unless the question named one.
    """

    person_id: Identifier
    on: date
    covered: Literal["yes", "no", "conditions"]
    outcome: Outcome
    amount_cents: int
    allowed_cents: int
    deductible_cents: int
    share_basis_points: int
    benefit_cents: int
    papers: tuple[str, ...] = ()
    reasons: tuple[ReasonView, ...] = ()
    limits: tuple[LimitView, ...] = ()
    explanation: tuple[str, ...] = ()


class Holding(Contract):
    """How persons stand in one of two plans; ``birthday`` is month and day of the adult whose plan covers a child."""

    held_as: HeldAs
    since: date | None = None
    birthday: str | None = Field(
        default=None, pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", examples=["04-17"]
    )
    first_name: str = Field(default="", max_length=40)
    custody: Custody = "together"


class OtherCoverageForm(Contract):
    """The body of ``PUT /other-coverages/{coverage_id}``."""

    insurer: str = Field(min_length=2, max_length=80)
    person_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=20)
    ours: Holding
    theirs: Holding
    effective_from: date
    effective_to: date | None = None


class DeclareOtherCoverage(Command):
    """Another insurer's plan covers persons of the actor's dossier too; the same id again changes it."""

    wire_type: ClassVar[str] = "claims.declare_other_coverage.v1"
    coverage_id: Identifier
    insurer: str = Field(min_length=2, max_length=80)
    person_ids: tuple[Identifier, ...] = Field(min_length=1, max_length=20)
    ours: Holding
    theirs: Holding
    effective_from: date
    effective_to: date | None = None


class ListOtherCoverages(Query):
    """Other insurers' plans of the actor's dossier."""

    wire_type: ClassVar[str] = "claims.list_other_coverages.v1"


class OtherCoverageView(View):
    """One plan of another insurer, as declared."""

    coverage_id: Identifier
    insurer: str
    person_ids: tuple[Identifier, ...]
    ours: Holding
    theirs: Holding
    effective_from: date
    effective_to: date | None = None


class OtherCoveragesView(View):
    """All of a dossier."""

    other_coverages: tuple[OtherCoverageView, ...]


class GetPlan(Query):
    """The plan of the actor's dossier and the persons it covers."""

    wire_type: ClassVar[str] = "claims.get_plan.v1"


class CoveredPersonView(Part):
    """A person of the dossier; both end dates are covered."""

    person_id: Identifier
    relationship: Literal["self", "spouse", "child"]
    effective_from: date
    effective_to: date | None = None


class PlanBenefitView(Part):
    """What a plan says about one benefit."""

    benefit: str
    name: str
    covered: bool
    share_basis_points: int


class PlanView(View):
    """The plan in the actor's language."""

    plan_code: str
    plan_name: str
    persons: tuple[CoveredPersonView, ...]
    benefits: tuple[PlanBenefitView, ...]
