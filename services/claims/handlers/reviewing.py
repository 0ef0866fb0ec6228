"""Agents decide what the rules leave to people (CLM-12)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from services.claims.domain.changes import ClaimChangedError
from services.claims.domain.claim import Cause, Claim
from services.claims.domain.facts import Ruling
from services.claims.domain.reasons import ReasonCode
from services.claims.domain.review import (
    Act,
    Note,
    Proposal,
    ProposalPendingError,
    Verdict,
    needs_second_approval,
    pended_lines,
    ruled,
)
from services.claims.handlers.redeciding import Redecided, decided_again, keep
from services.claims.handlers.review_desk import Case, Desk, note_act, open_case, require_agent
from services.claims.handlers.review_views import benefit_of, lock_view, note_view
from shared.contracts.claims.reviewing import (
    AddReviewNote,
    BulkResult,
    ConfirmReview,
    DecideReview,
    DecideReviews,
    Judgement,
    LockReview,
    RefuseReview,
    ReviewDecided,
    ReviewLocked,
    ReviewNotes,
    ReviewsDecided,
)
from shared.envelopes import Received
from shared.errors import AppError, Transient
from shared.outbox import Work


async def lock_review(received: Received[LockReview], work: Work, *, desk: Desk) -> ReviewLocked:
    """Take the claim in hand.

    Raises:
        ReviewLockedError, NothingPendedError, WaitsForDossierError.
    """
    case = await open_case(received.message.claim_number, received, work, desk=desk)
    pended_lines(case.claim)
    taken = case.review.taken(case.agent_id, now=case.now)
    await desk.reviews.save(taken, session=work.session)
    note_act(work, received, case, "review_locked")
    view = lock_view(taken, case.now)
    if view is None:
        raise TypeError("a claim that was just taken is in somebody's hands")
    return ReviewLocked(claim_number=case.claim.number, version=case.claim.version, lock=view)


async def add_review_note(received: Received[AddReviewNote], work: Work, *, desk: Desk) -> ReviewNotes:
    """Write something for other agents; a note needs no lock."""
    case = await open_case(received.message.claim_number, received, work, desk=desk)
    noted = case.review.noted(Note(case.agent_id, case.now, received.message.text))
    await desk.reviews.save(noted, session=work.session)
    note_act(work, received, case, "review_note")
    return ReviewNotes(notes=tuple(map(note_view, noted.notes)))


async def decide_review(received: Received[DecideReview], work: Work, *, desk: Desk) -> ReviewDecided:
    """Decide lines of a claim that the agent has in hand; where it takes two agents, propose the decision.

    Raises:
        ReviewLockedError, LockNeededError, ClaimChangedError, ProposalPendingError, NothingPendedError,
        WaitsForDossierError, LineNotPendedError.
    """
    command = received.message
    case = await open_case(command.claim_number, received, work, desk=desk)
    case.review.require_held_by(case.agent_id, now=case.now)
    if case.claim.version != command.expected_version:
        raise ClaimChangedError(case.claim.number, case.claim.version)
    verdicts = [verdict_of(each, line=each.line) for each in command.verdicts]
    return await _decide(case, verdicts, received, work, desk=desk)


async def decide_reviews(received: Received[DecideReviews], work: Work, *, desk: Desk) -> ReviewsDecided:
    """The same judgement on every pended line of each claim. What is refused is so before anything is written."""
    require_agent(received.require_actor())
    results = []
    for number in dict.fromkeys(received.message.claim_numbers):
        try:
            decided = await _decide_all(number, received, work, desk=desk)
        except Transient:
            raise
        except AppError as refusal:
            results.append(BulkResult(claim_number=number, state="refused", code=refusal.code))
        else:
            benefit = decided.benefit_cents
            results.append(BulkResult(claim_number=number, state=decided.state, benefit_cents=benefit))
    return ReviewsDecided(results=tuple(results))


async def confirm_review(received: Received[ConfirmReview], work: Work, *, desk: Desk) -> ReviewDecided:
    """A second agent agrees: the decision counts.

    Raises:
        NoProposalError, SameAgentError, ReviewLockedError.
    """
    case = await open_case(received.message.claim_number, received, work, desk=desk)
    proposal = case.review.proposal_for(case.agent_id, version=case.claim.version)
    case.review.require_free_for(case.agent_id, now=case.now)
    again = await _decided(case, proposal.rulings, work, desk=desk)
    return await _settle(case, again, received, work, desk=desk, act="review_confirmed")


async def refuse_review(received: Received[RefuseReview], work: Work, *, desk: Desk) -> ReviewDecided:
    """A second agent does not agree: nothing changes, and the note says why.

    Raises:
        NoProposalError, SameAgentError, ReviewLockedError.
    """
    command = received.message
    case = await open_case(command.claim_number, received, work, desk=desk)
    case.review.proposal_for(case.agent_id, version=case.claim.version)
    case.review.require_free_for(case.agent_id, now=case.now)
    refused = case.review.noted(Note(case.agent_id, case.now, command.note)).settled()
    await desk.reviews.save(refused, session=work.session)
    note_act(work, received, case, "review_refused")
    return _told(case.claim, "refused")


def verdict_of(judgement: Judgement, *, line: int) -> Verdict:
    """A judgement on one line, as the domain has it."""
    return Verdict(
        line=line,
        act=Act(judgement.act),
        allowed_cents=judgement.allowed_cents,
        reason=None if judgement.reason is None else ReasonCode(judgement.reason),
        document=judgement.document or "",
    )


async def _decide_all(number: str, received: Received[DecideReviews], work: Work, *, desk: Desk) -> ReviewDecided:
    case = await open_case(number, received, work, desk=desk)
    case.review.require_free_for(case.agent_id, now=case.now)
    judgement = received.message.judgement
    verdicts = [verdict_of(judgement, line=line.number) for line in pended_lines(case.claim)]
    return await _decide(case, verdicts, received, work, desk=desk)


async def _decide(
    case: Case, verdicts: Iterable[Verdict], received: Received[Any], work: Work, *, desk: Desk
) -> ReviewDecided:
    if case.review.standing_proposal(case.claim.version) is not None:
        raise ProposalPendingError
    rulings = ruled(case.claim, verdicts)
    again = await _decided(case, rulings, work, desk=desk)
    before, after = benefit_of(case.claim), benefit_of(again.claim)
    if not needs_second_approval(before, after, above_cents=desk.second_approval_cents):
        return await _settle(case, again, received, work, desk=desk, act="review_decided")
    proposal = Proposal(case.agent_id, case.now, case.claim.version, after, rulings)
    await desk.reviews.save(case.review.proposed(proposal), session=work.session)
    note_act(work, received, case, "review_proposed")
    return _told(case.claim, "proposed").model_copy(update={"benefit_cents": after})


async def _decided(case: Case, rulings: Mapping[int, Ruling], work: Work, *, desk: Desk) -> Redecided:
    """The claim as these rulings make it; nothing is stored yet."""
    return await decided_again(
        case.stored,
        replace(case.claim, rulings=rulings),
        work,
        repositories=desk.repositories,
        plans=desk.plans,
        cause=Cause.REVIEWED,
        now=case.now,
    )


async def _settle(
    case: Case, again: Redecided, received: Received[Any], work: Work, *, desk: Desk, act: str
) -> ReviewDecided:
    await keep(again, work, repositories=desk.repositories, now=case.now)
    await desk.reviews.save(case.review.settled(), session=work.session)
    note_act(work, received, case, act)
    return _told(again.claim, "decided")


def _told(claim: Claim, state: Literal["decided", "proposed", "refused"]) -> ReviewDecided:
    decision = claim.decision
    if decision is None:
        raise TypeError("only decided claims are reviewed")
    return ReviewDecided(
        claim_number=claim.number,
        state=state,
        version=claim.version,
        status=claim.status.value,
        outcome=decision.outcome.value,
        benefit_cents=decision.totals.benefit_cents,
    )
