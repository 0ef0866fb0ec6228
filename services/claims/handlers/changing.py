"""Members change claims of their own: a document is added, a mistake corrected, a claim withdrawn (CLM-10).

Each is answered with the claim as it is decided then. Asking for what is so already changes nothing and gives the same
answer, so that a caller who heard none may ask again.
"""

from dataclasses import dataclass
from typing import Any, cast

from services.claims.domain.bilingual import Language
from services.claims.domain.changes import (
    Correction,
    PapersUnknownError,
    corrected,
    new_papers,
    require_members_own,
    says,
    voided,
    with_papers,
)
from services.claims.domain.claim import Cause, Claim
from services.claims.domain.facts import Provider
from services.claims.handlers.asking import ClaimNotFound, Words, view_of
from services.claims.handlers.deciding import Plans, Repositories
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.ports_papers import Papers
from services.claims.handlers.reading import lines_of, provider_of
from services.claims.handlers.redeciding import decided_again, keep
from shared.clock import Clock
from shared.contracts.claims import ClaimView
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from shared.envelopes import Received
from shared.outbox import Work


@dataclass(frozen=True, slots=True)
class Desk:
    """What changing claims works with."""

    repositories: Repositories
    plans: Plans
    papers: Papers
    words: Words
    clock: Clock


async def add_documents(received: Received[AddClaimDocuments], work: Work, *, desk: Desk) -> ClaimView:
    """Join uploaded papers to the claim and decide it again.

    Raises:
        ClaimNotFound, ClaimIsVoidedError, PapersUnknownError, TooManyPapersError.
    """
    stored = await _own(received, work, desk)
    wanted = new_papers(stored.claim, received.message.receipts)
    if not wanted:
        return _told(stored.claim, received, desk)
    found = await desk.papers.attach(wanted, stored.claim, session=work.session)
    if missing := len(wanted) - len(found):
        raise PapersUnknownError(missing)
    changed = with_papers(stored.claim, found)
    return await _decided(stored, changed, received, work, desk=desk, cause=Cause.DOCUMENT_ADDED)


async def correct_claim(received: Received[CorrectClaim], work: Work, *, desk: Desk) -> ClaimView:
    """Replace lines and provider of the claim and decide it again.

    Raises:
        ClaimNotFound, BilledByProviderError, ClaimIsVoidedError, ClaimChangedError, TooManyCorrectionsError.
    """
    stored = await _own(received, work, desk)
    require_members_own(stored.claim)
    command = received.message
    provider = await _provider(command, stored.claim, work, desk)
    correction = Correction(lines_of(command.lines), provider)
    if says(stored.claim, correction):
        return _told(stored.claim, received, desk)
    changed = corrected(stored.claim, correction, expected_version=command.expected_version)
    return await _decided(stored, changed, received, work, desk=desk, cause=Cause.CORRECTED)


async def void_claim(received: Received[VoidClaim], work: Work, *, desk: Desk) -> ClaimView:
    """Withdraw the claim: what was paid for it is taken back, and its services may be claimed again.

    Raises:
        ClaimNotFound, BilledByProviderError.
    """
    stored = await _own(received, work, desk)
    require_members_own(stored.claim)
    if stored.claim.voided:
        return _told(stored.claim, received, desk)
    changed = voided(stored.claim, reason=received.message.reason or "")
    return await _decided(stored, changed, received, work, desk=desk, cause=Cause.VOIDED)


async def _provider(command: CorrectClaim, claim: Claim, work: Work, desk: Desk) -> Provider:
    """With the directory's facts where one was chosen there (CLM-2)."""
    stated = provider_of(command.provider), claim.dossier_id
    chosen = await desk.repositories.providers.chosen({stated}, session=work.session)
    return chosen.get(stated, stated[0])


async def _own(received: Received[Any], work: Work, desk: Desk) -> StoredClaim:
    number, dossier_id = received.message.claim_number, received.require_actor().dossier_id
    stored = await desk.repositories.claims.find(number, session=work.session)
    if stored is None or stored.claim.dossier_id != dossier_id:
        raise ClaimNotFound(number)
    return stored


async def _decided(
    before: StoredClaim, changed: Claim, received: Received[Any], work: Work, *, desk: Desk, cause: Cause
) -> ClaimView:
    now = desk.clock()
    again = await decided_again(
        before, changed, work, repositories=desk.repositories, plans=desk.plans, cause=cause, now=now
    )
    await keep(again, work, repositories=desk.repositories, now=now)
    return _told(again.claim, received, desk)


def _told(claim: Claim, received: Received[Any], desk: Desk) -> ClaimView:
    """Written anew each time: a transaction that will be run again must leave nothing behind in a cache."""
    return view_of(claim, desk.words, cast("Language", received.require_actor().language))
