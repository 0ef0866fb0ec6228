"""Tracing a claim, a batch or a payment through everything that is written down (PAY-6)."""

from collections.abc import Sequence
from dataclasses import replace

from services.payments.domain.claim_version import version_key
from services.payments.domain.payable import payable_key
from services.payments.domain.reconciliation import Batch, Facts
from services.payments.domain.tracing import TraceStep, trace
from services.payments.handlers.reconciliation import gather_claims
from services.payments.ports_ledger import Records


async def trace_reference(reference: str, *, records: Records) -> Sequence[TraceStep]:
    """The way of a claim (its number or id), a batch (its number) or a payment (its id); empty when nobody knows it."""
    batch = await records.batch(reference)
    if batch is not None:
        facts = await gather_claims({item.claim_id for item in batch.items}, records=records)
        return trace(_of_batch(facts, batch))
    claim_ids = frozenset(await records.claim_ids(reference) or (reference,))
    return trace(await gather_claims(claim_ids, records=records), claim_ids=claim_ids)


def _of_batch(facts: Facts, batch: Batch) -> Facts:
    """What leads into a batch and out of it; other batches of its claims are left out."""
    versions = {version_key(item.claim_id, item.version) for item in batch.items}
    payables = {payable_key(item.claim_id, item.version, batch.payee_id) for item in batch.items}
    return replace(
        facts,
        versions=tuple(version for version in facts.versions if version.key in versions),
        payables=tuple(stored for stored in facts.payables if stored.payable.key in payables),
        batches=(batch,),
        transfers=tuple(
            transfer
            for transfer in facts.transfers
            if transfer.payment_id == batch.payment_id or transfer.key.partition("/")[2] in versions
        ),
    )
