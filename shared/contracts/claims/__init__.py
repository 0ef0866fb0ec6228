"""What claims is asked, answers and publishes."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool, StrictInt, model_validator

from shared.contracts import Command, Contract, Event, Identifier, Instant, Part, Query, View

CROCKFORD = "0-9A-HJKMNP-TV-Z"
ClaimNumber = Annotated[
    str,
    Field(pattern=rf"^[{CROCKFORD}]{{4}}-[{CROCKFORD}]{{4}}-[{CROCKFORD}]{{4}}$", examples=["7K2M-9QXA-4T1B"]),
]
Outcome = Literal["approved", "reduced", "denied", "pended"]
ClaimStatus = Literal["received", "in_review", "decided", "scheduled", "paid", "deposited", "returned", "voided"]
ClaimKind = Literal["claim", "predetermination"]
PayTo = Literal["member", "provider"]
Cause = Literal["submitted", "dossier_arrived", "document_added", "corrected", "voided", "reviewed"]
Din = Annotated[str, Field(pattern=r"^[0-9]{8}$", description="Drug identification number.", examples=["02242903"])]


class ClaimProvider(Contract):
    """Who gave the service, as the member states it; with ``id``, one that was found in the directory (CLM-2)."""

    id: Identifier | None = None
    name: str = Field(min_length=2, max_length=80)
    phone: str | None = Field(default=None, max_length=20, pattern=r"^[0-9+() .-]{7,20}$", examples=["418 555-0110"])


class DrugDispensed(Contract):
    """What a pharmacy's receipt says (CLM-5)."""

    din: Din
    quantity: str = Field(
        pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?$", description="In the unit of the product.", examples=["30", "2.5"]
    )
    days_supplied: StrictInt = Field(ge=1, le=999)
    ingredient_cents: StrictInt = Field(ge=0, le=10_000_000, examples=[8_500])
    fee_cents: StrictInt = Field(ge=0, le=100_000, examples=[1_000], description="The dispensing fee.")


class ClaimLine(Contract):
    """One treatment: what, when, how many units, for how much (CLM-3).

    ``lab_fee_cents`` is a part of ``amount_cents``; a drug's ingredient cost and fee add up to it.
    """

    service_date: date
    code: str | None = Field(default=None, max_length=20, pattern=r"^[A-Za-z0-9._-]+$", examples=["PHYSIO"])
    units: StrictInt = Field(default=1, ge=1, le=999)
    amount_cents: StrictInt = Field(
        ge=1, le=10_000_000, examples=[9_500], description="What was charged for the line, in cents."
    )
    answers: dict[str, str] = Field(default_factory=dict, max_length=20)
    tooth: str | None = Field(default=None, pattern=r"^[0-9]{2}$", description="FDI code.", examples=["16"])
    surfaces: str | None = Field(default=None, pattern=r"^[MOIDBLV]{1,5}$", examples=["MOD"])
    lab_fee_cents: StrictInt = Field(default=0, ge=0, le=10_000_000)
    drug: DrugDispensed | None = None
    others_paid_cents: StrictInt | None = Field(
        default=None, ge=0, le=10_000_000, description="What insurers that pay before us paid for the line."
    )

    @model_validator(mode="after")
    def _parts_add_up(self) -> "ClaimLine":
        if self.lab_fee_cents > self.amount_cents:
            raise ValueError("lab_fee_cents must not be above amount_cents")
        if self.drug is not None and self.drug.ingredient_cents + self.drug.fee_cents != self.amount_cents:
            raise ValueError("ingredient_cents and fee_cents must add up to amount_cents")
        return self


class Authorisation(Contract):
    """The "confirm and authorise" box (CLM-4)."""

    accepted: StrictBool
    text_version: str = Field(min_length=1, max_length=20)


class ClaimSubmission(Contract):
    """The body of ``POST /claims``; a predetermination asks what would be paid, and reserves nothing (CLM-10)."""

    claim_type: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$", examples=["physiotherapy"])
    person_id: Identifier
    provider: ClaimProvider
    lines: tuple[ClaimLine, ...] = Field(min_length=1, max_length=20)
    authorisation: Authorisation
    kind: ClaimKind = "claim"
    receipts: tuple[Identifier, ...] = Field(default=(), max_length=10, description="Uploaded before.")
    predetermination: ClaimNumber | None = Field(default=None, description="The estimate that the claim is about.")


class SubmitClaim(Command):
    """A claim accepted at the edge. ``claim_id`` derives from account and Idempotency-Key (CLM-7)."""

    wire_type: ClassVar[str] = "claims.submit_claim.v1"
    claim_id: Identifier
    claim_number: ClaimNumber
    body_sha256: str
    received_at: Instant
    submission: ClaimSubmission


class ClaimAccepted(View):
    """The answer to a submission: it is safely with us."""

    claim_number: ClaimNumber
    status: Literal["received"] = "received"
    received_at: Instant


class GetClaim(Query):
    """One claim of the actor's dossier."""

    wire_type: ClassVar[str] = "claims.get_claim.v1"
    claim_number: ClaimNumber


class ListClaims(Query):
    """Claims of the actor's dossier, newest first."""

    wire_type: ClassVar[str] = "claims.list_claims.v1"
    limit: int = Field(default=20, ge=1, le=100)
    before: str | None = Field(default=None, max_length=64, description="Cursor from the previous page.")


class ReasonView(Part):
    """Why, in plain words, and what to do next (CLM-9)."""

    code: str
    text: str
    next_step: str


class TraceStepView(Part):
    """What one rule did to a line, with its figures (CLM-8)."""

    rule: str
    outcome: str
    figures: dict[str, int] = Field(default_factory=dict)
    reason: str | None = None


class DecidedLineView(Part):
    """A line with its figures: submitted, eligible, deductible, share, benefit."""

    line: int
    service_date: date
    units: int
    submitted_cents: int
    eligible_cents: int
    deductible_cents: int
    share_basis_points: int
    benefit_cents: int
    outcome: Outcome
    reasons: tuple[ReasonView, ...] = ()
    trace: tuple[TraceStepView, ...] = ()


class StatusChange(Part):
    """A step on the claim's way, with its time (CLM-11)."""

    status: ClaimStatus
    at: Instant


class ClaimSummary(Part):
    """A claim in a list."""

    claim_number: ClaimNumber
    claim_type: str
    claim_type_name: str
    person_id: Identifier
    status: ClaimStatus
    outcome: Outcome | None
    submitted_cents: int
    benefit_cents: int
    received_at: Instant
    kind: ClaimKind = "claim"


class ClaimsPage(View):
    """A page of claims and the cursor of the next."""

    claims: tuple[ClaimSummary, ...]
    next_before: str | None = None


class SpanView(Part):
    """How long a step took for so many claims, in milliseconds: median and 90th percentile."""

    claims: int
    median_ms: int
    p90_ms: int


class ExpectedTimes(Part):
    """How long claims like this one took in the last thirty days: from receipt to decision, from there to payment."""

    measured_at: Instant
    decided: SpanView | None = None
    paid: SpanView | None = None


class ClaimView(View):
    """A claim with its decision and the reasons, in the actor's language."""

    claim_number: ClaimNumber
    claim_type: str
    claim_type_name: str
    person_id: Identifier
    provider_name: str
    status: ClaimStatus
    outcome: Outcome | None
    submitted_cents: int
    benefit_cents: int
    received_at: Instant
    kind: ClaimKind = "claim"
    version: int = 1
    pay_to: PayTo = "member"
    valid_through: date | None = Field(default=None, description="Of a predetermination.")
    decided_at: Instant | None = None
    timeline: tuple[StatusChange, ...] = ()
    lines: tuple[DecidedLineView, ...] = ()
    explanation: tuple[str, ...] = ()
    expected: ExpectedTimes | None = None


class AdjudicatedLine(Part):
    """A decided line as payments and subscribers see it."""

    line: int
    service_date: date
    submitted_cents: int
    eligible_cents: int
    deductible_cents: int
    share_basis_points: int
    benefit_cents: int
    outcome: Outcome
    reason_codes: tuple[str, ...] = ()


class ClaimAdjudicated(Event):
    """A claim was decided; ``version`` rises with each re-adjudication and is paid at most once.

    ``benefit_cents`` is what the claim is worth in this version, not the difference to the one before; 0 once it is
    voided. It goes to the dossier, or with ``pay_to`` "provider" to ``provider_id``.
    """

    wire_type: ClassVar[str] = "claims.claim_adjudicated.v1"
    public: ClassVar[bool] = True
    claim_id: Identifier
    claim_number: ClaimNumber
    version: int = Field(ge=1)
    account_id: Identifier
    dossier_id: Identifier
    person_id: Identifier
    claim_type: str
    outcome: Outcome
    submitted_cents: int
    benefit_cents: int
    received_at: Instant
    decided_at: Instant
    lines: tuple[AdjudicatedLine, ...]
    cause: Cause = "submitted"
    pay_to: PayTo = "member"
    provider_id: Identifier | None = None

    def subject(self) -> str:
        return self.claim_id


class ClaimEstimated(Event):
    """A predetermination was decided: what would be paid until ``valid_through``, on figures that may change."""

    wire_type: ClassVar[str] = "claims.claim_estimated.v1"
    claim_id: Identifier
    claim_number: ClaimNumber
    version: int = Field(ge=1)
    account_id: Identifier
    dossier_id: Identifier
    person_id: Identifier
    claim_type: str
    outcome: Outcome
    submitted_cents: int
    benefit_cents: int
    decided_at: Instant
    valid_through: date | None

    def subject(self) -> str:
        return self.claim_id
