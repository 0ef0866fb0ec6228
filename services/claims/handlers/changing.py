"""Members change claims of their own: a document is added, a mistake corrected, a claim withdrawn (CLM-10).

Each is answered with the claim as it is decided then.
"""

from typing import Any, cast

from services.claims.domain.bilingual import Language
from services.claims.domain.changes import Correction, require_members_own
from services.claims.domain.claim import Claim
from services.claims.domain.facts import Provider
from services.claims.handlers.asking import ClaimNotFound, view_of
from services.claims.handlers.changes import Desk, correct, join_papers, void
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.reading import lines_of, provider_of
from shared.contracts.claims import ClaimView
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from shared.envelopes import Received
from shared.outbox import Work


async def add_documents(received: Received[AddClaimDocuments], work: Work, *, desk: Desk) -> ClaimView:
    """Join uploaded papers to the claim and decide it again.

    Raises:
        ClaimNotFound, ClaimIsVoidedError, PapersUnknownError, TooManyPapersError.
    """
    stored = await _own(received, work, desk)
    return _told(await join_papers(stored, received.message.receipts, work, desk=desk), received, desk)


async def correct_claim(received: Received[CorrectClaim], work: Work, *, desk: Desk) -> ClaimView:
    """Replace lines and provider of the claim and decide it again.

    Raises:
        ClaimNotFound, BilledByProviderError, ClaimIsVoidedError, ClaimChangedError, TooManyCorrectionsError.
    """
    stored, command = await _own(received, work, desk), received.message
    require_members_own(stored.claim)
    correction = Correction(lines_of(command.lines), await _provider(command, stored.claim, work, desk))
    version = command.expected_version
    return _told(await correct(stored, correction, work, expected_version=version, desk=desk), received, desk)


async def void_claim(received: Received[VoidClaim], work: Work, *, desk: Desk) -> ClaimView:
    """Withdraw the claim: what was paid for it is taken back, and its services may be claimed again.

    Raises:
        ClaimNotFound, BilledByProviderError.
    """
    stored = await _own(received, work, desk)
    require_members_own(stored.claim)
    return _told(await void(stored, received.message.reason or "", work, desk=desk), received, desk)


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


def _told(claim: Claim, received: Received[Any], desk: Desk) -> ClaimView:
    """Written anew each time: a transaction that will be run again must leave nothing behind in a cache."""
    return view_of(claim, desk.words, cast("Language", received.require_actor().language))
