"""Closing a run: open payables become batches that banking is asked to deposit (PAY-1)."""

from collections.abc import Sequence
from datetime import date, datetime

from services.payments.domain.draft_errors import TwoAgentsNeeded
from services.payments.domain.errors import NothingPayable, RunOfAnotherClass
from services.payments.domain.payable import PayeeClass
from services.payments.domain.payment import Payment, PaymentItem, batch_number, scheduling_of
from services.payments.domain.run import Batch, Run, RunPlan, plan_run
from services.payments.domain.run_rules import RunRules
from services.payments.handlers.access import require_agent
from services.payments.handlers.views import payment_scheduled, run_item, run_view
from services.payments.ports import (
    LedgerRepository,
    PayableRepository,
    PayeeRepository,
    PaymentRepository,
    RunRepository,
)
from shared.clock import Clock, IdMaker
from shared.contracts.payments import CloseRun, RunApproved, RunView
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work


async def close_run(
    received: Received[CloseRun],
    work: Work,
    *,
    payables: PayableRepository,
    payees: PayeeRepository,
    runs: RunRepository,
    payments: PaymentRepository,
    ledger: LedgerRepository,
    clock: Clock,
    ids: IdMaker,
    max_batches: int,
    rules: RunRules,
) -> RunView:
    """Close the run ``run_id``, or answer with it when it is closed already.

    Raises:
        TwoAgentsNeeded: runs are prepared by one agent and approved by another here (PAY-8).
    """
    require_agent(received.require_actor())
    if rules.approvals > 1:
        raise TwoAgentsNeeded
    command, session = received.message, work.session
    await runs.take_turn(command.payee_class, session=session)
    closed = await runs.get(command.run_id, session=session)
    if closed is not None:
        if closed.payee_class != command.payee_class:
            raise RunOfAnotherClass(closed.run_id, closed.payee_class)
        return run_view(closed, await payments.counts(closed.run_id, session=session))
    now = clock()
    plan = await _plan(
        command.payee_class, payables=payables, payees=payees, max_batches=max_batches, at=now, session=session
    )
    payable_on = rules.calendars[command.payee_class].payable_on(now)
    run, scheduled = await _close(command, plan, payable_on, runs=runs, ids=ids, at=now, session=session)
    await payables.put_into_batches(scheduled, run_id=run.run_id, session=session)
    await payments.add_many(scheduled, session=session)
    await ledger.post([scheduling_of(payment) for payment in scheduled], session=session)
    for payment in scheduled:
        work.publish(payment_scheduled(payment))
    work.publish(_run_approved(run, scheduled))
    return run_view(run, {"scheduled": len(scheduled)})


async def _plan(
    payee_class: PayeeClass,
    *,
    payables: PayableRepository,
    payees: PayeeRepository,
    max_batches: int,
    at: datetime,
    session: Session | None,
) -> RunPlan:
    open_payables = await payables.list_open(payee_class, session=session)
    known = await payees.get_many({payable.payee_id for payable in open_payables}, session=session)
    enrolled = {payee_id for payee_id, payee in known.items() if payee.payable(at)}
    plan = plan_run(open_payables, enrolled=enrolled, max_batches=max_batches)
    if not plan.batches:
        raise NothingPayable(payee_class)
    return plan


async def _close(
    command: CloseRun,
    plan: RunPlan,
    payable_on: date,
    *,
    runs: RunRepository,
    ids: IdMaker,
    at: datetime,
    session: Session | None,
) -> tuple[Run, Sequence[Payment]]:
    first = await runs.take_batch_ordinals(len(plan.batches), session=session)
    scheduled = [
        _payment(batch, command, payment_id=ids(), number=batch_number(ordinal), payable_on=payable_on, at=at)
        for ordinal, batch in enumerate(plan.batches, start=first)
    ]
    run = Run(
        run_id=command.run_id,
        payee_class=command.payee_class,
        payable_on=payable_on,
        closed_at=at,
        payments=len(scheduled),
        claims=sum(len(payment.claim_ids) for payment in scheduled),
        amount_cents=sum(payment.amount_cents for payment in scheduled),
        carried_over_payees=plan.carried_over_payees,
        carried_over_cents=plan.carried_over_cents,
    )
    await runs.add(run, session=session)
    return run, scheduled


def _payment(
    batch: Batch, command: CloseRun, *, payment_id: str, number: str, payable_on: date, at: datetime
) -> Payment:
    return Payment(
        payment_id=payment_id,
        batch_number=number,
        run_id=command.run_id,
        payee_class=command.payee_class,
        payee_id=batch.payee_id,
        amount_cents=batch.amount_cents,
        items=tuple(
            PaymentItem(claim_id=payable.claim_id, version=payable.version, amount_cents=payable.amount_cents)
            for payable in batch.payables
        ),
        payable_on=payable_on,
        scheduled_at=at,
    )


def _run_approved(run: Run, payments: Sequence[Payment]) -> RunApproved:
    return RunApproved(
        run_id=run.run_id,
        payee_class=run.payee_class,
        payable_on=run.payable_on,
        amount_cents=run.amount_cents,
        items=tuple(run_item(payment) for payment in payments),
    )
