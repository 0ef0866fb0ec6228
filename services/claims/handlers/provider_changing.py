"""Providers change what they billed: a document is added, a mistake corrected, a claim withdrawn (CLM-6, CLM-10).

What was paid too much for it is deducted from the provider's next payments.
"""

from typing import Any, cast

from services.claims.domain.bilingual import Language
from services.claims.domain.changes import Correction
from services.claims.domain.claim import Claim
from services.claims.handlers.asking import ClaimNotFound
from services.claims.handlers.changes import Desk, correct, join_papers, void
from services.claims.handlers.ports import StoredClaim
from services.claims.handlers.provider_claims import provider_view_of
from services.claims.handlers.reading import lines_of
from shared.contracts.claims.provider_changing import (
    AddProviderClaimDocuments,
    CorrectProviderClaim,
    VoidProviderClaim,
)
from shared.contracts.claims.provider_claims import ProviderClaimView
from shared.envelopes import Received
from shared.outbox import Work


async def add_provider_documents(
    received: Received[AddProviderClaimDocuments], work: Work, *, desk: Desk
) -> ProviderClaimView:
    """Join uploaded papers to a claim that was billed and decide it again.

    Raises:
        ClaimNotFound, ClaimIsVoidedError, PapersUnknownError, TooManyPapersError.
    """
    stored = await _own(received, work, desk)
    return _told(await join_papers(stored, received.message.receipts, work, desk=desk), received, desk)


async def correct_provider_claim(
    received: Received[CorrectProviderClaim], work: Work, *, desk: Desk
) -> ProviderClaimView:
    """Replace the lines of a claim that was billed and decide it again; patient and provider stay.

    Raises:
        ClaimNotFound, ClaimIsVoidedError, ClaimChangedError, TooManyCorrectionsError.
    """
    stored, command = await _own(received, work, desk), received.message
    correction, version = Correction(lines_of(command.lines), stored.claim.provider), command.expected_version
    return _told(await correct(stored, correction, work, expected_version=version, desk=desk), received, desk)


async def void_provider_claim(received: Received[VoidProviderClaim], work: Work, *, desk: Desk) -> ProviderClaimView:
    """Withdraw a claim that was billed.

    Raises:
        ClaimNotFound.
    """
    stored = await _own(received, work, desk)
    return _told(await void(stored, received.message.reason or "", work, desk=desk), received, desk)


async def _own(received: Received[Any], work: Work, desk: Desk) -> StoredClaim:
    number, provider_id = received.message.claim_number, received.require_actor().provider_id
    stored = await desk.repositories.claims.find(number, session=work.session)
    if stored is None or not provider_id or stored.claim.provider_id != provider_id:
        raise ClaimNotFound(number)
    return stored


def _told(claim: Claim, received: Received[Any], desk: Desk) -> ProviderClaimView:
    return provider_view_of(claim, desk.words, cast("Language", received.require_actor().language))
