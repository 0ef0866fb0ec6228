"""What claims decided becomes payable (PAY-6, PAY-7)."""

from collections.abc import Sequence

from services.payments.domain.claim_version import Adjustment, DecidedClaim, DecidedLine, book
from services.payments.ports import ClaimVersionRepository, LedgerRepository, PayableRepository
from shared.clock import Clock
from shared.contracts.claims import AdjudicatedLine, ClaimAdjudicated
from shared.envelopes import Received
from shared.outbox import Work


async def on_claim_adjudicated(
    batch: Sequence[Received[ClaimAdjudicated]],
    works: Sequence[Work],
    *,
    claims: ClaimVersionRepository,
    payables: PayableRepository,
    ledger: LedgerRepository,
    clock: Clock,
) -> Sequence[None]:
    """Book each claim version once: one read and three writes, however many messages share the transaction.

    A version that is booked already, or that a newer one overtook, changes nothing.
    """
    session = works[0].session
    heads = dict(await claims.heads({received.message.claim_id for received in batch}, session=session))
    adjustments: list[Adjustment] = []
    for received in batch:
        claim = _decided(received.message)
        adjustment = book(claim, heads.get(claim.claim_id), at=clock())
        if adjustment is not None:
            heads[claim.claim_id] = adjustment.version.head
            adjustments.append(adjustment)
    await claims.add_many([adjustment.version for adjustment in adjustments], session=session)
    await payables.add_many([payable for item in adjustments for payable in item.payables], session=session)
    await ledger.post([item.transfer for item in adjustments if item.transfer is not None], session=session)
    return [None] * len(batch)


def _decided(event: ClaimAdjudicated) -> DecidedClaim:
    """A claim pays the dossier, unless the benefit is assigned to the provider that submitted it (CLM-6)."""
    provider_id = event.provider_id if event.pay_to == "provider" else None
    return DecidedClaim(
        claim_id=event.claim_id,
        claim_number=event.claim_number,
        version=event.version,
        payee_id=provider_id or event.dossier_id,
        payee_class="provider" if provider_id else "member",
        person_id=event.person_id,
        claim_type=event.claim_type,
        benefit_cents=event.benefit_cents,
        lines=tuple(_decided_line(line) for line in event.lines),
    )


def _decided_line(line: AdjudicatedLine) -> DecidedLine:
    return DecidedLine(
        line=line.line,
        service_date=line.service_date,
        submitted_cents=line.submitted_cents,
        eligible_cents=line.eligible_cents,
        deductible_cents=line.deductible_cents,
        share_basis_points=line.share_basis_points,
        benefit_cents=line.benefit_cents,
        outcome=line.outcome,
        reason_codes=line.reason_codes,
    )
