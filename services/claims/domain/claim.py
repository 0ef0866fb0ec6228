"""The claim: what was submitted, what happened to it, what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from services.claims.domain.adjudication.decision import Decision, Outcome
from services.claims.domain.circumstances import Estimate
from services.claims.domain.coverage import Coverage
from services.claims.domain.errors import ClaimWithoutLinesError
from services.claims.domain.facts import ClaimFacts, ClaimKind, ClaimLine, DocumentKind, PayTo, Provider, Ruling
from services.claims.domain.plan import drug_count
from shared.clock import business_day


class ClaimStatus(StrEnum):
    """Where a claim stands (CLM-11): ``PAID`` when the payment has left, ``DEPOSITED`` when it has arrived,
    ``RETURNED`` when it came back and is owed again, ``VOIDED`` when the claim was withdrawn.
    """

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    DECIDED = "decided"
    SCHEDULED = "scheduled"
    PAID = "paid"
    DEPOSITED = "deposited"
    RETURNED = "returned"
    VOIDED = "voided"


class Cause(StrEnum):
    """Why a claim was decided (again)."""

    SUBMITTED = "submitted"
    DOSSIER_ARRIVED = "dossier_arrived"
    DOCUMENT_ADDED = "document_added"
    CORRECTED = "corrected"
    VOIDED = "voided"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """One line of the claim's history; ``at`` is an aware instant."""

    status: ClaimStatus
    at: datetime


UNIDENTIFIED: Final = "unidentified"
"""In place of a person: a provider named the patient by birth date, and it is not known yet who that is."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The claim as it was decided before: kept for ever, so that every version can be explained and replayed.

    ``version`` is that of the claim after the decision, which was announced under it; ``record`` as in ``Claim``.
    """

    version: int
    cause: Cause
    lines: tuple[ClaimLine, ...]
    decision: Decision
    record: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim in one version; every change makes the next version (optimistic lock).

    ``provider_id`` is that of the registered provider that submitted it, "" when the member did; ``born_on`` is by what
    that provider named the patient; ``receipts`` are ids
    of uploaded papers, ``documents`` the kinds among them; ``record`` is the JSON of the facts that ``decision`` was
    made from (``adjudication.record``), and ``cause`` why it was made; ``history`` holds what was decided before.
    ``void_reason`` is what the member said on withdrawing the claim.

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
    kind: ClaimKind = ClaimKind.CLAIM
    pay_to: PayTo = PayTo.MEMBER
    provider_id: str = ""
    born_on: date | None = None
    receipts: tuple[str, ...] = ()
    predetermination: str = ""
    rulings: Mapping[int, Ruling] = field(default_factory=dict)
    voided: bool = False
    void_reason: str = ""
    cause: Cause = Cause.SUBMITTED
    record: str = ""
    history: tuple[Revision, ...] = ()

    def __post_init__(self) -> None:
        if not self.lines:
            raise ClaimWithoutLinesError(self.id)

    @property
    def status(self) -> ClaimStatus:
        return self.timeline[-1].status

    def identified(self, coverage: Coverage | None) -> "Claim":
        """With the person that a provider named by birth date; as it is when nobody or more than one was born then."""
        if self.person_id != UNIDENTIFIED or coverage is None:
            return self
        born = [person for person in coverage.persons if person.birth_date == self.born_on]
        return replace(self, person_id=born[0].person_id) if len(born) == 1 else self

    @property
    def released_fingerprints(self) -> frozenset[str]:
        """Of services that the decision before this one held as claimed, and that may be claimed again now."""
        if not self.history or self.decision is None:
            return frozenset()
        return frozenset(self.history[-1].decision.fingerprints) - frozenset(self.decision.fingerprints)

    def as_estimate(self) -> Estimate | None:
        """What a claim may quote: None unless this is a predetermination that pays for something."""
        decision = self.decision
        if decision is None or decision.valid_through is None or self.voided:
            return None
        paid = [line for line in decision.lines if line.benefit_cents]
        codes = {line.code for line in paid}
        supplies = (self.lines[line.number - 1].drug for line in paid)
        codes.update(drug_count(supply.din) for supply in supplies if supply)
        return Estimate(self.number, self.person_id, frozenset(codes), decision.valid_through) if codes else None

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
            kind=self.kind,
            pay_to=self.pay_to,
            predetermination=self.predetermination,
            rulings=self.rulings,
            voided=self.voided,
        )

    def decided(
        self,
        decision: Decision,
        at: datetime,
        *,
        cause: Cause = Cause.SUBMITTED,
        record: str = "",
        instead_of: "Claim | None" = None,
    ) -> "Claim":
        """The claim with its decision: in review while a line is pended, decided otherwise.

        A claim may be decided again at any time: a document arrives, a correction is made (CLM-10). What was decided
        before goes to ``history``, as the claim stood then: ``instead_of``, where it was changed since.
        """
        former = self if instead_of is None else instead_of
        before = () if former.decision is None else (former._revision(former.decision),)  # noqa: SLF001
        return replace(
            self,
            decision=decision,
            cause=cause,
            record=record,
            history=(*self.history, *before),
            timeline=(*self.timeline, StatusEntry(_status(self, decision), at)),
            version=self.version + 1,
        )

    def _revision(self, decision: Decision) -> Revision:
        return Revision(self.version, self.cause, self.lines, decision, self.record)


def _status(claim: Claim, decision: Decision) -> ClaimStatus:
    if claim.voided:
        return ClaimStatus.VOIDED
    return ClaimStatus.IN_REVIEW if decision.outcome is Outcome.PENDED else ClaimStatus.DECIDED
