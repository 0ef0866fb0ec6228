"""Reviewers of the insurer: who has a claim in hand, what they noted, and what they decide line by line (CLM-12)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.claims.domain.adjudication import DOSSIER_KNOWN, LineDecision, Outcome, StepOutcome
from services.claims.domain.claim import Claim
from services.claims.domain.facts import Ruling
from services.claims.domain.reasons import ReasonCode
from shared.errors import Conflict, Forbidden, Rejected

LEASE: Final = timedelta(minutes=15)
"""How long a claim stays in one agent's hands without a decision."""
NOTES_AT_MOST: Final = 100
DOCUMENT_ASKED: Final = "review.document_asked"
"""The rule that pends a line for what a reviewer asked for."""


class ReviewLockedError(Conflict):
    """Another agent has the claim in hand, until then."""

    def __init__(self, agent_id: str, until: datetime) -> None:
        super().__init__("claims.review_locked", agent_id=agent_id, until=until.isoformat())


class LockNeededError(Conflict):
    """The claim must be taken in hand before it is decided."""

    def __init__(self) -> None:
        super().__init__("claims.review_lock_needed")


class NothingPendedError(Conflict):
    """The claim does not wait for a reviewer, or not any more."""

    def __init__(self) -> None:
        super().__init__("claims.review_nothing_pended")


class LineNotPendedError(Rejected):
    """The claim has no such line, or the line does not wait for a reviewer."""

    def __init__(self, line: int) -> None:
        super().__init__("claims.review_line_not_pended", line=line)


class WaitsForDossierError(Conflict):
    """Nobody knows yet whether the person is covered: a reviewer cannot say either."""

    def __init__(self) -> None:
        super().__init__("claims.review_dossier_unknown")


class ProposalPendingError(Conflict):
    """Another decision on the claim waits for a second agent."""

    def __init__(self) -> None:
        super().__init__("claims.review_proposal_pending")


class NoProposalError(Conflict):
    """There is no decision that waits for a second agent."""

    def __init__(self) -> None:
        super().__init__("claims.review_no_proposal")


class SameAgentError(Forbidden):
    """Whoever proposed a decision does not confirm or refuse it."""

    def __init__(self) -> None:
        super().__init__("claims.review_same_agent")


class TooManyNotesError(Rejected):
    """The claim has as many notes as a claim may have."""

    def __init__(self) -> None:
        super().__init__("claims.review_too_many_notes", limit=NOTES_AT_MOST)


class Act(StrEnum):
    """What a reviewer says of a line; ``ASK`` leaves it waiting for a document."""

    APPROVE = "approve"
    DENY = "deny"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One act on one line: with ``allowed_cents`` when approved for less, ``reason`` when denied, ``document`` (a kind)
    when one is asked for.
    """

    line: int
    act: Act
    allowed_cents: int | None = None
    reason: ReasonCode | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """A claim in an agent's hands until ``until``."""

    agent_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What an agent wrote for other agents."""

    agent_id: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision that waits for a second agent; ``version`` is that of the claim on which it was made."""

    agent_id: str
    at: datetime
    version: int
    benefit_cents: int
    rulings: Mapping[int, Ruling]


@dataclass(frozen=True, slots=True)
class Review:
    """What reviewers keep about one claim, beside it."""

    claim_id: str
    lock: Lock | None = None
    notes: tuple[Note, ...] = ()
    proposal: Proposal | None = None

    def holder(self, now: datetime) -> Lock | None:
        """Who has the claim in hand; a lease that is over holds nobody off."""
        return self.lock if self.lock is not None and self.lock.until > now else None

    def taken(self, agent_id: str, *, now: datetime) -> "Review":
        """In this agent's hands for the next quarter of an hour, anew if it was.

        Raises:
            ReviewLockedError.
        """
        self.require_free_for(agent_id, now=now)
        return replace(self, lock=Lock(agent_id, now + LEASE))

    def require_free_for(self, agent_id: str, *, now: datetime) -> None:
        """Nobody else has it in hand.

        Raises:
            ReviewLockedError.
        """
        holder = self.holder(now)
        if holder is not None and holder.agent_id != agent_id:
            raise ReviewLockedError(holder.agent_id, holder.until)

    def require_held_by(self, agent_id: str, *, now: datetime) -> None:
        """This agent has it in hand.

        Raises:
            ReviewLockedError, LockNeededError.
        """
        self.require_free_for(agent_id, now=now)
        if self.holder(now) is None:
            raise LockNeededError

    def noted(self, note: Note) -> "Review":
        """With one more note.

        Raises:
            TooManyNotesError.
        """
        if len(self.notes) >= NOTES_AT_MOST:
            raise TooManyNotesError
        return replace(self, notes=(*self.notes, note))

    def proposed(self, proposal: Proposal) -> "Review":
        """Out of hand, with a decision for a second agent."""
        return replace(self, lock=None, proposal=proposal)

    def settled(self) -> "Review":
        """Out of hand, with nothing left to say."""
        return replace(self, lock=None, proposal=None)

    def standing_proposal(self, version: int) -> Proposal | None:
        """The decision that waits, unless the claim changed since it was proposed."""
        return self.proposal if self.proposal is not None and self.proposal.version == version else None

    def proposal_for(self, agent_id: str, *, version: int) -> Proposal:
        """The decision that waits, for an agent who may confirm or refuse it.

        Raises:
            NoProposalError, SameAgentError.
        """
        proposal = self.standing_proposal(version)
        if proposal is None:
            raise NoProposalError
        if proposal.agent_id == agent_id:
            raise SameAgentError
        return proposal


def pended_lines(claim: Claim) -> Sequence[LineDecision]:
    """Lines that wait for a reviewer.

    Raises:
        NothingPendedError, WaitsForDossierError.
    """
    decision = claim.decision
    if decision is None or decision.outcome is not Outcome.PENDED or claim.voided:
        raise NothingPendedError
    if not decision.dossier_known:
        raise WaitsForDossierError
    return [line for line in decision.lines if line.outcome is Outcome.PENDED]


def ruled(claim: Claim, verdicts: Iterable[Verdict]) -> Mapping[int, Ruling]:
    """All rulings on the claim after these verdicts.

    Raises:
        NothingPendedError, WaitsForDossierError, LineNotPendedError.
    """
    pended = {line.number: line for line in pended_lines(claim)}
    rulings = dict(claim.rulings)
    for verdict in verdicts:
        if verdict.line not in pended:
            raise LineNotPendedError(verdict.line)
        rulings[verdict.line] = _ruling(verdict, pended[verdict.line], rulings.get(verdict.line, Ruling()))
    return rulings


def needs_second_approval(before_cents: int, after_cents: int, *, above_cents: int) -> bool:
    """Whether a reviewer's decision pays more than before, and in all more than one agent may grant alone."""
    return after_cents > before_cents and after_cents > above_cents


def _ruling(verdict: Verdict, line: LineDecision, before: Ruling) -> Ruling:
    match verdict.act:
        case Act.APPROVE:
            waived = before.waived | _pending_rules(line)
            return Ruling(waived=waived, allowed_cents=verdict.allowed_cents)
        case Act.DENY:
            reason = verdict.reason
            return replace(before, denied_for="" if reason is None else reason.value, asked_for="")
        case Act.ASK:
            return replace(before, asked_for=verdict.document)


def _pending_rules(line: LineDecision) -> frozenset[str]:
    """Rules whose question the reviewer has answered by approving; what was asked for is dropped, not waived."""
    pended = {step.rule_id for step in line.trace if step.outcome is StepOutcome.PENDED}
    return frozenset(pended - {DOSSIER_KNOWN, DOCUMENT_ASKED})
