"""The claim: what was submitted, what happened to it, what was decided."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.claims.domain.adjudication.decision import Decision, Outcome
from services.claims.domain.errors import ClaimWithoutLinesError
from services.claims.domain.facts import ClaimFacts, ClaimLine, DocumentKind, Provider
from shared.clock import business_day


class ClaimStatus(StrEnum):
    """Where a claim stands (CLM-11); ``PAID`` when the payment has left, ``DEPOSITED`` when it has arrived."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    DECIDED = "decided"
    SCHEDULED = "scheduled"
    PAID = "paid"
    DEPOSITED = "deposited"


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """One line of the claim's history; ``at`` is an aware instant."""

    status: ClaimStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim in one version; every change makes the next version (optimistic lock).

    Raises:
        ClaimWithoutLinesError: on creation without a line.
    """

    id: str
    number: str
    account_id: str
    dossier_id: str
    person_id: str
    provider: Provider
    claim_type: str
    lines: tuple[ClaimLine, ...]
    received_at: datetime
    timeline: tuple[StatusEntry, ...]
    documents: frozenset[DocumentKind] = frozenset()
    decision: Decision | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if not self.lines:
            raise ClaimWithoutLinesError(self.id)

    @property
    def status(self) -> ClaimStatus:
        return self.timeline[-1].status

    def facts(self) -> ClaimFacts:
        """What a decision on this claim depends on."""
        return ClaimFacts(
            claim_id=self.id,
            person_id=self.person_id,
            provider=self.provider,
            claim_type=self.claim_type,
            lines=self.lines,
            received_on=business_day(self.received_at),
            documents=self.documents,
        )

    def decided(self, decision: Decision, at: datetime) -> "Claim":
        """The claim with its decision: in review while a line is pended, decided otherwise.

        A claim may be decided again at any time: a document arrives, a correction is made (CLM-10).
        """
        waiting = decision.outcome is Outcome.PENDED
        entry = StatusEntry(ClaimStatus.IN_REVIEW if waiting else ClaimStatus.DECIDED, at)
        return replace(self, decision=decision, timeline=(*self.timeline, entry), version=self.version + 1)
