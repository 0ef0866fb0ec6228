"""A part of an approved run goes out: batches get their numbers and are booked, banking is asked for deposits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.payments.domain.cheque import Cheque, cheque_number
from services.payments.domain.claim_version import version_key
from services.payments.domain.draft import DraftBatch, DraftRun
from services.payments.domain.payment import Payment, PaymentItem, batch_number, scheduling_of
from services.payments.domain.run import Run
from services.payments.domain.statement import issue_statement, newest_versions
from services.payments.handlers.ports_returns import ChequeRepository
from services.payments.handlers.views import payment_scheduled, run_item, statement_issued
from services.payments.ports import (
    ClaimVersionRepository,
    LedgerRepository,
    PayableRepository,
    PaymentRepository,
    RunRepository,
    StatementRepository,
)
from shared.clock import IdMaker
from shared.contracts.payments import RunApproved
from shared.mongo import Session
from shared.outbox import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    """What a part that goes out writes."""

    payables: PayableRepository
    runs: RunRepository
    payments: PaymentRepository
    ledger: LedgerRepository
    cheques: ChequeRepository
    claims: ClaimVersionRepository
    statements: StatementRepository
    ids: IdMaker

    async def release(self, draft: DraftRun, batches: Sequence[DraftBatch], work: Work, *, at: datetime) -> None:
        """Pay these payees, as the part of the run that ``draft`` counted last; the last part ends the run."""
        payable_on = _payable_on(draft)
        deposits = [batch for batch in batches if batch.outcome == "deposit"]
        others = [batch for batch in batches if batch.outcome == "cheque"]
        scheduled = await self._scheduled([*deposits, *others], draft, payable_on, at=at, session=work.session)
        await self.payables.put_into_batches(scheduled, run_id=draft.run_id, session=work.session)
        await self.ledger.post([scheduling_of(payment) for payment in scheduled], session=work.session)
        for payment in scheduled:
            work.publish(payment_scheduled(payment))
        await self.payments.add_many(scheduled, session=work.session)
        to_deposit, by_cheque = scheduled[: len(deposits)], scheduled[len(deposits) :]
        if by_cheque:
            await self._issue_cheques(by_cheque, work, at=at)
        if draft.state == "released":
            await self.runs.add(_run(draft, payable_on, at=at), session=work.session)
        if to_deposit or draft.parts > 1:
            work.publish(_run_approved(draft, payable_on, to_deposit))

    async def _scheduled(
        self,
        batches: Sequence[DraftBatch],
        draft: DraftRun,
        payable_on: date,
        *,
        at: datetime,
        session: Session | None,
    ) -> Sequence[Payment]:
        if not batches:
            return []
        first = await self.runs.take_batch_ordinals(len(batches), session=session)
        return [
            Payment(
                payment_id=self.ids(),
                batch_number=batch_number(ordinal),
                run_id=draft.run_id,
                payee_class=draft.payee_class,
                payee_id=batch.payee_id,
                amount_cents=batch.amount_cents,
                items=tuple(
                    PaymentItem(claim_id=payable.claim_id, version=payable.version, amount_cents=payable.amount_cents)
                    for payable in batch.payables
                ),
                payable_on=payable_on,
                scheduled_at=at,
                status="sent" if batch.outcome == "cheque" else "scheduled",
                sent_at=at if batch.outcome == "cheque" else None,
                method="cheque" if batch.outcome == "cheque" else "deposit",
            )
            for ordinal, batch in enumerate(batches, start=first)
        ]

    async def _issue_cheques(self, payments: Sequence[Payment], work: Work, *, at: datetime) -> None:
        """Entries of the register, and the statements, which deposits have when their file was sent."""
        session = work.session
        first = await self.cheques.take_ordinals(len(payments), session=session)
        cheques = [
            Cheque.issued(payment, number=cheque_number(ordinal), at=at)
            for ordinal, payment in enumerate(payments, start=first)
        ]
        await self.cheques.add_many(cheques, session=session)
        keys = {version_key(*newest) for payment in payments for newest in newest_versions(payment).items()}
        versions = await self.claims.get_many(keys, session=session)
        issued = [issue_statement(payment, versions, at=at) for payment in payments]
        await self.statements.add_many(issued, session=session)
        for payment, statement in zip(payments, issued, strict=True):
            work.publish(statement_issued(payment, statement))


def _payable_on(draft: DraftRun) -> date:
    if draft.payable_on is None:
        raise LookupError(f"run {draft.run_id} goes out without a date")
    return draft.payable_on


def _run(draft: DraftRun, payable_on: date, *, at: datetime) -> Run:
    waiting = draft.carried_over.and_(draft.dropped)
    return Run(
        run_id=draft.run_id,
        payee_class=draft.payee_class,
        payable_on=payable_on,
        closed_at=at,
        payments=draft.released.payees,
        claims=draft.released.claims,
        amount_cents=draft.released.amount_cents,
        carried_over_payees=waiting.payees,
        carried_over_cents=waiting.amount_cents,
    )


def _run_approved(draft: DraftRun, payable_on: date, payments: Sequence[Payment]) -> RunApproved:
    return RunApproved(
        run_id=draft.run_id,
        payee_class=draft.payee_class,
        payable_on=payable_on,
        amount_cents=sum(payment.amount_cents for payment in payments),
        items=tuple(run_item(payment) for payment in payments),
        part=draft.parts_done,
        parts=draft.parts,
    )
