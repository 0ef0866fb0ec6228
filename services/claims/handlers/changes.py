"""What becomes of a claim when it is changed, whoever changes it: it is decided again, by difference (CLM-10).

Asking for what is so already changes nothing and gives the same claim: a caller who heard no answer may ask again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.claims.domain.changes import (
    Correction,
    PapersUnknownError,
    corrected,
    new_papers,
    says,
    voided,
    with_papers,
)
from services.claims.domain.claim import Cause, Claim
from services.claims.handlers.asking import Words
from services.claims.handlers.deciding import Plans, Repositories
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.ports_papers import Papers
from services.claims.handlers.redeciding import decided_again, keep
from shared.clock import Clock
from shared.outbox import Work


@dataclass(frozen=True, slots=True)
class Desk:
    """What changing claims works with."""

    repositories: Repositories
    plans: Plans
    papers: Papers
    words: Words
    clock: Clock


async def join_papers(stored: StoredClaim, receipts: Sequence[str], work: Work, *, desk: Desk) -> Claim:
    """The claim with uploaded papers, decided again.

    Raises:
        ClaimIsVoidedError, PapersUnknownError, TooManyPapersError.
    """
    wanted = new_papers(stored.claim, receipts)
    if not wanted:
        return stored.claim
    found = await desk.papers.attach(wanted, stored.claim, session=work.session)
    if missing := len(wanted) - len(found):
        raise PapersUnknownError(missing)
    return await _decide(stored, with_papers(stored.claim, found), work, desk=desk, cause=Cause.DOCUMENT_ADDED)


async def correct(
    stored: StoredClaim, correction: Correction, work: Work, *, expected_version: int, desk: Desk
) -> Claim:
    """The claim as the correction makes it, decided again.

    Raises:
        ClaimIsVoidedError, ClaimChangedError, TooManyCorrectionsError.
    """
    if says(stored.claim, correction):
        return stored.claim
    changed = corrected(stored.claim, correction, expected_version=expected_version)
    return await _decide(stored, changed, work, desk=desk, cause=Cause.CORRECTED)


async def void(stored: StoredClaim, reason: str, work: Work, *, desk: Desk) -> Claim:
    """The claim, withdrawn: what was paid for it is taken back, and its services may be claimed again."""
    if stored.claim.voided:
        return stored.claim
    return await _decide(stored, voided(stored.claim, reason=reason), work, desk=desk, cause=Cause.VOIDED)


async def _decide(before: StoredClaim, changed: Claim, work: Work, *, desk: Desk, cause: Cause) -> Claim:
    now = desk.clock()
    again = await decided_again(
        before, changed, work, repositories=desk.repositories, plans=desk.plans, cause=cause, now=now
    )
    await keep(again, work, repositories=desk.repositories, now=now)
    return again.claim
