"""Claims in review, as agents see them (CLM-12)."""

from collections.abc import Mapping
from datetime import datetime

from services.claims.domain.bilingual import Language
from services.claims.domain.claim import Claim, Revision
from services.claims.domain.coverage import Coverage
from services.claims.domain.facts import Ruling
from services.claims.domain.review import Note, Review
from services.claims.handlers.asking import Words, summary_of, view_of
from shared.contracts.claims.reviewing import (
    LockView,
    NoteView,
    PersonFacts,
    ProposalView,
    QueuedClaim,
    ReviewView,
    RevisionView,
    RulingView,
)


def queued_claim(claim: Claim, review: Review, words: Words, language: Language, *, now: datetime) -> QueuedClaim:
    """One line of the queue."""
    lines = claim.decision.lines if claim.decision else ()
    codes = (code.value for line in lines if line.outcome == "pended" for code in line.reason_codes)
    return QueuedClaim(
        claim=summary_of(claim, words, language),
        reasons=tuple(dict.fromkeys(codes)),
        lock=lock_view(review, now),
        proposed=review.standing_proposal(claim.version) is not None,
    )


def review_view(
    claim: Claim, review: Review, coverage: Coverage | None, words: Words, language: Language, *, now: datetime
) -> ReviewView:
    """Everything about the claim."""
    return ReviewView(
        claim=view_of(claim, words, language),
        cause=claim.cause.value,
        person=person_facts(claim, coverage),
        receipts=claim.receipts,
        documents=tuple(sorted(kind.value for kind in claim.documents)),
        rulings=rulings_view(claim.rulings),
        notes=tuple(map(note_view, review.notes)),
        history=tuple(map(_revision_view, claim.history)),
        lock=lock_view(review, now),
        proposal=_proposal_view(claim, review),
        void_reason=claim.void_reason or None,
    )


def person_facts(claim: Claim, coverage: Coverage | None) -> PersonFacts:
    """Who the claim is for, as identity published it."""
    person = coverage.person(claim.person_id) if coverage else None
    if coverage is None or person is None:
        return PersonFacts(person_id=claim.person_id)
    first_day = min(line.service_date for line in claim.lines)
    return PersonFacts(
        person_id=claim.person_id,
        age=person.age_on(first_day),
        relationship=person.relationship.value,
        student=person.student,
        covered_from=person.effective_from,
        covered_to=person.effective_to,
        province=coverage.province,
        plan_code=coverage.plan_code,
    )


def rulings_view(rulings: Mapping[int, Ruling]) -> tuple[RulingView, ...]:
    return tuple(
        RulingView(
            line=number,
            waived=tuple(sorted(ruling.waived)),
            denied_for=ruling.denied_for or None,
            allowed_cents=ruling.allowed_cents,
            asked_for=ruling.asked_for or None,
        )
        for number, ruling in sorted(rulings.items())
    )


def lock_view(review: Review, now: datetime) -> LockView | None:
    """Who has the claim in hand at this moment."""
    holder = review.holder(now)
    return None if holder is None else LockView(agent_id=holder.agent_id, until=holder.until)


def note_view(note: Note) -> NoteView:
    return NoteView(agent_id=note.agent_id, at=note.at, text=note.text)


def benefit_of(claim: Claim) -> int:
    """What the claim pays as it is decided, in cents."""
    return claim.decision.totals.benefit_cents if claim.decision else 0


def _proposal_view(claim: Claim, review: Review) -> ProposalView | None:
    proposal = review.standing_proposal(claim.version)
    if proposal is None:
        return None
    return ProposalView(
        agent_id=proposal.agent_id,
        at=proposal.at,
        benefit_cents=proposal.benefit_cents,
        rulings=rulings_view(proposal.rulings),
    )


def _revision_view(revision: Revision) -> RevisionView:
    decision = revision.decision
    return RevisionView(
        version=revision.version,
        cause=revision.cause.value,
        outcome=decision.outcome.value,
        benefit_cents=decision.totals.benefit_cents,
    )
