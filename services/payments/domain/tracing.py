"""The way of a cent, step by step: claim → payable → batch → file line → settlement or return (PAY-6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.payments.domain.reconciliation import Facts
from shared.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One step. ``reference`` names it where it is stored; ``note`` says what it joins."""

    at: datetime
    what: str
    reference: str
    amount_cents: Cents
    note: str


def trace(facts: Facts, *, claim_ids: frozenset[str] | None = None) -> tuple[TraceStep, ...]:
    """All steps that are written down, in the order of their time; at one instant, in the order of the way.

    With ``claim_ids``, other claims in the same batches are left out.
    """
    steps = [*_claims(facts), *_payables(facts), *_batches(facts, claim_ids), *_words(facts), *_transfers(facts)]
    return tuple(sorted(steps, key=lambda step: step.at))


def _claims(facts: Facts) -> Iterator[TraceStep]:
    for version in facts.versions:
        note = f"follows version {version.follows}" if version.follows else f"claim {version.claim.claim_number}"
        yield TraceStep(
            at=version.recorded_at,
            what="adjudicated",
            reference=version.key,
            amount_cents=version.claim.benefit_cents,
            note=note,
        )


def _payables(facts: Facts) -> Iterator[TraceStep]:
    for stored in facts.payables:
        yield TraceStep(
            at=stored.payable.opened_at,
            what="payable" if stored.payable.amount_cents > 0 else "recovery",
            reference=stored.payable.key,
            amount_cents=stored.payable.amount_cents,
            note="open" if stored.run_id is None else f"taken by run {stored.run_id}",
        )


def _batches(facts: Facts, claim_ids: frozenset[str] | None) -> Iterator[TraceStep]:
    for batch in facts.batches:
        for item in batch.items:
            if claim_ids is not None and item.claim_id not in claim_ids:
                continue
            yield TraceStep(
                at=batch.scheduled_at,
                what="in batch",
                reference=batch.batch_number,
                amount_cents=item.amount_cents,
                note=f"claim {item.claim_id}, version {item.version}",
            )
        yield TraceStep(
            at=batch.scheduled_at,
            what="batch",
            reference=batch.batch_number,
            amount_cents=batch.amount_cents,
            note=f"payment {batch.payment_id}, {batch.status}",
        )


def _words(facts: Facts) -> Iterator[TraceStep]:
    payments = {batch.payment_id for batch in facts.batches}
    for word in facts.words:
        for line in word.lines:
            if line.payment_id in payments:
                yield TraceStep(
                    at=word.said_at,
                    what="file line" if word.kind == "file" else f"bank: {word.kind}",
                    reference=line.payment_id,
                    amount_cents=line.amount_cents,
                    note="" if word.file_number is None else f"deposit file {word.file_number:04}",
                )


def _transfers(facts: Facts) -> Iterator[TraceStep]:
    for transfer in facts.transfers:
        for posting in transfer.postings:
            yield TraceStep(
                at=transfer.posted_at,
                what="posted",
                reference=transfer.key,
                amount_cents=posting.amount_cents,
                note=posting.account.name,
            )
