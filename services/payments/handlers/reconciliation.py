"""Reconciliation for agents, and keeping what banking says for it (PAY-6).

What banking said is kept as it was said, by a queue of its own: also what the booking of settlements refuses, because
that is what a reconciliation has to find.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from services.payments.domain.claim_version import ClaimVersion, version_key
from services.payments.domain.payable import payable_key
from services.payments.domain.reconciliation import (
    BankLine,
    BankWord,
    Batch,
    BatchRow,
    Difference,
    Equation,
    Facts,
    Reconciliation,
    StoredPayable,
)
from services.payments.domain.reconciling import reconcile
from services.payments.handlers.access import require_agent
from services.payments.ports_ledger import Records
from shared.clock import BUSINESS_ZONE, Clock, business_day
from shared.contracts import payments_ledger as contract
from shared.contracts.banking import DepositFileSent, DepositSettled
from shared.contracts.banking_returns import DepositReturned
from shared.contracts.payments_ledger import Reconcile, ReconciliationView
from shared.envelopes import Received
from shared.errors import Rejected
from shared.outbox import Work

LISTED: Final = 500
"""Batches and differences in one answer; the command line writes all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is reconciled: a run, or business days, both included."""

    run_id: str | None = None
    from_day: date | None = None
    to_day: date | None = None

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """From the first moment of the first day to the first moment after the last."""
        if self.from_day is None or self.to_day is None:
            raise TypeError("the scope is a run")
        return _midnight(self.from_day), _midnight(self.to_day + timedelta(days=1))


class ReconciliationScopeInvalid(Rejected):
    """A run together with days, or days in the wrong order."""

    def __init__(self) -> None:
        super().__init__("payments.reconciliation_scope")


def scope_of(run_id: str | None, from_day: date | None, to_day: date | None, *, today: date) -> Scope:
    """A run, or days: today without either, one day without the last.

    Raises:
        ReconciliationScopeInvalid
    """
    if run_id is not None:
        if from_day is not None or to_day is not None:
            raise ReconciliationScopeInvalid
        return Scope(run_id=run_id)
    first = from_day or today
    last = to_day or first
    if last < first or (to_day is not None and from_day is None):
        raise ReconciliationScopeInvalid
    return Scope(from_day=first, to_day=last)


async def gather(scope: Scope, *, records: Records) -> Facts:
    """Read everything that is written down about the claims and runs of a scope."""
    if scope.run_id is not None:
        return await _gather_run(scope.run_id, records=records)
    start, end = scope.instants
    runs = await records.runs_scheduled(start, end)
    batches = await records.batches(runs)
    claims = {item.claim_id for batch in batches for item in batch.items}
    versions = await records.versions(claims | set(await records.claims_recorded(start, end)))
    keys = {version.key for version in versions if start <= version.recorded_at < end}
    return await _facts(versions, (), version_keys=keys, run_ids=runs, records=records)


async def gather_claims(claim_ids: Collection[str], *, records: Records) -> Facts:
    """Everything about claims, wherever their money went."""
    versions = await records.versions(claim_ids)
    keys = {version.key for version in versions}
    facts = await _facts(versions, (), version_keys=keys, run_ids=(), records=records)
    payments = {batch.payment_id for batch in facts.batches if {item.claim_id for item in batch.items} & set(claim_ids)}
    batches = tuple(batch for batch in facts.batches if batch.payment_id in payments)
    run_ids = frozenset(batch.run_id for batch in batches)
    return Facts(
        versions=facts.versions,
        payables=facts.payables,
        batches=batches,
        words=tuple(await records.bank_words(run_ids)),
        transfers=tuple(await records.transfers(version_keys=keys, payment_ids=_moved(batches))),
        version_keys=facts.version_keys,
        run_ids=run_ids,
    )


async def _gather_run(run_id: str, *, records: Records) -> Facts:
    taken = await records.payables_of_run(run_id)
    items = [item for batch in await records.batches([run_id]) for item in batch.items]
    keys = {version_key(item.claim_id, item.version) for item in items}
    keys |= {version_key(one.payable.claim_id, one.payable.version) for one in taken}
    claims = {item.claim_id for item in items} | {one.payable.claim_id for one in taken}
    versions = await records.versions(claims)
    return await _facts(versions, taken, version_keys=keys, run_ids=[run_id], records=records)


async def _facts(
    versions: Sequence[ClaimVersion],
    taken: Sequence[StoredPayable],
    *,
    version_keys: Collection[str],
    run_ids: Collection[str],
    records: Records,
) -> Facts:
    """``taken``: payables that were read already, among them such as no version explains."""
    payables = {one.payable.key: one for one in (*await records.payables(_payable_keys(versions)), *taken)}
    runs = {one.run_id for one in payables.values() if one.run_id is not None} | set(run_ids)
    batches = await records.batches(runs)
    return Facts(
        versions=tuple(versions),
        payables=tuple(payables.values()),
        batches=tuple(batches),
        words=tuple(await records.bank_words(run_ids)),
        transfers=tuple(
            await records.transfers(
                version_keys=version_keys,
                payment_ids=_moved(batch for batch in batches if batch.run_id in set(run_ids)),
            )
        ),
        version_keys=frozenset(version_keys),
        run_ids=frozenset(run_ids),
    )


def _moved(batches: Iterable[Batch]) -> set[str]:
    """Payments of which transfers speak: those of the batches, and those in whose place they stand."""
    return {one for batch in batches for one in (batch.payment_id, batch.reissue_of) if one is not None}


def _payable_keys(versions: Sequence[ClaimVersion]) -> set[str]:
    """Every payable that a version may have: to its own payee, and to those whom the claim paid before."""
    payees: dict[str, set[str]] = {}
    for version in versions:
        payees.setdefault(version.claim.claim_id, set()).add(version.claim.payee_id)
    return {
        payable_key(version.claim.claim_id, version.claim.version, payee_id)
        for version in versions
        for payee_id in payees[version.claim.claim_id]
    }


async def answer_reconciliation(received: Received[Reconcile], *, records: Records, clock: Clock) -> ReconciliationView:
    """The reconciliation of a run or of business days; for agents."""
    require_agent(received.require_actor())
    query, now = received.message, clock()
    scope = scope_of(query.run_id, query.from_day, query.to_day, today=business_day(now))
    return view_of(reconcile(await gather(scope, records=records)), scope, at=now, limit=LISTED)


def view_of(result: Reconciliation, scope: Scope, *, at: datetime, limit: int | None) -> ReconciliationView:
    """A reconciliation as it is shown, with all batches and differences unless there is a limit."""
    return ReconciliationView(
        run_id=scope.run_id,
        from_day=scope.from_day,
        to_day=scope.to_day,
        compared_at=at,
        reconciled=result.reconciled,
        difference_cents=result.difference_cents,
        equations=tuple(map(_equation, result.equations)),
        difference_count=len(result.differences),
        differences=tuple(map(_difference, result.differences[:limit])),
        batch_count=len(result.batches),
        batches=tuple(map(_batch, result.batches[:limit])),
    )


async def on_deposit_file_sent(received: Received[DepositFileSent], work: Work, *, records: Records) -> None:
    """Keep the lines of a file."""
    event = received.message
    word = BankWord(
        word_id=received.message_id,
        kind="file",
        run_id=event.run_id,
        lines=tuple(BankLine(payment_id=i.payment_id, amount_cents=i.amount_cents) for i in event.items),
        said_at=event.sent_at,
        file_number=event.file_number,
    )
    await records.record([word], session=work.session)


async def on_deposit_settled(
    batch: Sequence[Received[DepositSettled]], works: Sequence[Work], *, records: Records, clock: Clock
) -> Sequence[None]:
    """Keep settlements as the bank reported them."""
    now = clock()
    words = [
        BankWord(
            word_id=received.message_id,
            kind="settlement",
            run_id=received.message.run_id,
            lines=(BankLine(payment_id=received.message.payment_id, amount_cents=received.message.amount_cents),),
            said_at=now,
        )
        for received in batch
    ]
    await records.record(words, session=works[0].session)
    return [None] * len(batch)


async def on_deposit_returned(
    received: Received[DepositReturned], work: Work, *, records: Records, clock: Clock
) -> None:
    """Keep a return as the bank reported it."""
    event = received.message
    word = BankWord(
        word_id=received.message_id,
        kind="return",
        run_id=event.run_id,
        lines=(BankLine(payment_id=event.payment_id, amount_cents=event.amount_cents),),
        said_at=clock(),
    )
    await records.record([word], session=work.session)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BUSINESS_ZONE).astimezone(UTC)


def _equation(equation: Equation) -> contract.ReconciliationEquation:
    return contract.ReconciliationEquation(
        name=equation.name,
        left=dict(equation.left),
        right=dict(equation.right),
        difference_cents=equation.difference_cents,
    )


def _difference(difference: Difference) -> contract.ReconciliationDifference:
    return contract.ReconciliationDifference(
        kind=difference.kind,
        subject=difference.subject,
        expected_cents=difference.expected_cents,
        found_cents=difference.found_cents,
        difference_cents=difference.cents,
    )


def _batch(row: BatchRow) -> contract.ReconciledBatch:
    return contract.ReconciledBatch(
        batch_number=row.batch_number,
        payment_id=row.payment_id,
        run_id=row.run_id,
        payee_id=row.payee_id,
        status=row.status,
        method=row.method,
        claims=row.claims,
        items_cents=row.items_cents,
        batch_cents=row.batch_cents,
        ledger_cents=row.ledger_cents,
        file_cents=row.file_cents,
        settled_cents=row.settled_cents,
        cashed_cents=row.cashed_cents,
        returned_cents=row.returned_cents,
        reissued_cents=row.reissued_cents,
        in_transit_cents=row.in_transit_cents,
    )
