"""The review of pended claims by agents (CLM-12)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictInt, model_validator

from shared.contracts import Command, Contract, Identifier, Instant, Part, Query, View
from shared.contracts.claims import Cause, ClaimNumber, ClaimStatus, ClaimSummary, ClaimView, Outcome

ReviewAct = Literal["approve", "deny", "ask"]
DenialReason = Literal[
    "review_denied_not_necessary",
    "review_denied_not_proven",
    "review_denied_document_unusable",
    "review_denied_work_accident",
    "review_denied_other_insurer",
    "review_denied_not_confirmed",
    "review_denied_not_insured",
]
AskedDocument = Literal["receipt", "prescription", "referral", "other_insurer_statement", "xray", "other"]
NoteText = Annotated[str, Field(min_length=1, max_length=2000)]
_PARTS = {"approve": frozenset({"allowed_cents"}), "deny": frozenset({"reason"}), "ask": frozenset({"document"})}


class Judgement(Contract):
    """What an agent says: ``approve``, for at most ``allowed_cents`` if stated; ``deny`` for a reason; ``ask`` for
    a document.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"act": "deny", "reason": "review_denied_not_proven"}]})

    act: ReviewAct
    allowed_cents: StrictInt | None = Field(default=None, ge=1, le=10_000_000)
    reason: DenialReason | None = None
    document: AskedDocument | None = None

    @model_validator(mode="after")
    def _says_what_its_act_needs(self) -> "Judgement":
        stated = {name for name in ("allowed_cents", "reason", "document") if getattr(self, name) is not None}
        if not stated <= _PARTS[self.act]:
            raise ValueError("reason goes with deny, document with ask, allowed_cents with approve")
        if self.act != "approve" and not stated:
            raise ValueError("deny needs a reason, ask needs a document")
        return self


class LineVerdict(Judgement):
    """A judgement on one line."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"line": 1, "act": "approve", "allowed_cents": 9_000}]})

    line: StrictInt = Field(ge=1, le=20)


class ListReviewQueue(Query):
    """Claims in review, in order of receipt; ``older_than`` in days; ``after`` is ``next_after`` of the page before."""

    wire_type: ClassVar[str] = "claims.list_review_queue.v1"
    reason: str | None = Field(default=None, max_length=60, pattern=r"^[a-z_]+$")
    claim_type: str | None = Field(default=None, max_length=40, pattern=r"^[a-z0-9_]+$")
    older_than: int | None = Field(default=None, ge=0, le=3650)
    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=80)


class LockView(Part):
    """Who has a claim in hand, until when."""

    agent_id: Identifier
    until: Instant


class QueuedClaim(Part):
    """A claim that waits for a reviewer; ``reasons`` are those of its pended lines."""

    claim: ClaimSummary
    reasons: tuple[str, ...]
    lock: LockView | None = None
    proposed: bool = False


class ReviewQueueView(View):
    """A page of the queue."""

    claims: tuple[QueuedClaim, ...]
    next_after: str | None = None


class LockReview(Command):
    """Take a claim in hand for a quarter of an hour, or keep it for another."""

    wire_type: ClassVar[str] = "claims.lock_review.v1"
    claim_number: ClaimNumber


class ReviewLocked(View):
    """The claim is in the caller's hands."""

    claim_number: ClaimNumber
    version: int
    lock: LockView


class GetReview(Query):
    """Everything about a claim that a reviewer needs; looking is an act that the audit keeps."""

    wire_type: ClassVar[str] = "claims.get_review.v1"
    claim_number: ClaimNumber


class PersonFacts(Part):
    """Who the claim is for, as covered; unknown while the dossier is."""

    person_id: Identifier
    age: int | None = Field(default=None, description="Full years on the first date of service.")
    relationship: str | None = None
    student: bool | None = None
    covered_from: date | None = None
    covered_to: date | None = None
    province: str | None = None
    plan_code: str | None = None


class NoteView(Part):
    """What an agent wrote."""

    agent_id: Identifier
    at: Instant
    text: str


class RulingView(Part):
    """What reviewers decided about a line."""

    line: int
    waived: tuple[str, ...] = ()
    denied_for: str | None = None
    allowed_cents: int | None = None
    asked_for: str | None = None


class ProposalView(Part):
    """A decision that waits for a second agent."""

    agent_id: Identifier
    at: Instant
    benefit_cents: int
    rulings: tuple[RulingView, ...]


class RevisionView(Part):
    """What was decided before."""

    version: int
    cause: Cause
    outcome: Outcome
    benefit_cents: int


class ReviewView(View):
    """A claim beside its rule trace, its papers, and what reviewers did."""

    claim: ClaimView
    cause: Cause
    person: PersonFacts
    receipts: tuple[Identifier, ...] = ()
    documents: tuple[str, ...] = ()
    rulings: tuple[RulingView, ...] = ()
    notes: tuple[NoteView, ...] = ()
    history: tuple[RevisionView, ...] = ()
    lock: LockView | None = None
    proposal: ProposalView | None = None
    void_reason: str | None = None


class DecideReview(Command):
    """Decide lines of a claim that the agent has in hand, in the version that was read."""

    wire_type: ClassVar[str] = "claims.decide_review.v1"
    claim_number: ClaimNumber
    expected_version: int = Field(ge=1)
    verdicts: tuple[LineVerdict, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _once_per_line(self) -> "DecideReview":
        if len({verdict.line for verdict in self.verdicts}) < len(self.verdicts):
            raise ValueError("a line is decided once")
        return self


class ConfirmReview(Command):
    """A second agent agrees with a proposed decision."""

    wire_type: ClassVar[str] = "claims.confirm_review.v1"
    claim_number: ClaimNumber


class RefuseReview(Command):
    """A second agent does not agree, and says why; the claim goes back to the queue."""

    wire_type: ClassVar[str] = "claims.refuse_review.v1"
    claim_number: ClaimNumber
    note: NoteText


class ReviewDecided(View):
    """What became of a decision: ``proposed`` waits for a second agent, and nothing has changed yet."""

    claim_number: ClaimNumber
    state: Literal["decided", "proposed", "refused"]
    version: int
    status: ClaimStatus
    outcome: Outcome
    benefit_cents: int


class AddReviewNote(Command):
    """Write something for other agents."""

    wire_type: ClassVar[str] = "claims.add_review_note.v1"
    claim_number: ClaimNumber
    text: NoteText


class ReviewNotes(View):
    """All notes on a claim, oldest first."""

    notes: tuple[NoteView, ...]


class DecideReviews(Command):
    """The same judgement on every pended line of many claims; each claim stands for itself."""

    wire_type: ClassVar[str] = "claims.decide_reviews.v1"
    claim_numbers: tuple[ClaimNumber, ...] = Field(min_length=1, max_length=100)
    judgement: Judgement


class BulkResult(Part):
    """What became of one claim: ``code`` says why it was refused."""

    claim_number: ClaimNumber
    state: Literal["decided", "proposed", "refused"]
    code: str | None = None
    benefit_cents: int | None = None


class ReviewsDecided(View):
    """One result per claim, in the order asked."""

    results: tuple[BulkResult, ...]
