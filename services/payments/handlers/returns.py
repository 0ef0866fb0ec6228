"""A payment came back: booked once, its payee told, its bank details not paid to any more (BNK-5, PAY-6)."""

from collections.abc import Mapping
from datetime import datetime

from services.payments.domain.errors import NotSentYet, NotSettledYet, PaymentUnknown
from services.payments.domain.payee import Payee
from services.payments.domain.payment import Payment
from services.payments.domain.returns import return_transfer
from services.payments.handlers.access import require_agent
from services.payments.handlers.ports_returns import ChequeRepository, ReturnRepository
from services.payments.handlers.views import event_of
from services.payments.ports import LedgerRepository, PayeeRepository, PaymentRepository
from shared.clock import Clock
from shared.contracts.banking_returns import DepositReturned
from shared.contracts.payments_returns import (
    ListReturnedPayments,
    PaymentReturned,
    Reissue,
    ReturnedPayment,
    ReturnedPaymentsPage,
)
from shared.envelopes import Received
from shared.outbox import Work


async def on_deposit_returned(
    received: Received[DepositReturned],
    work: Work,
    *,
    payments: PaymentRepository,
    payees: PayeeRepository,
    ledger: LedgerRepository,
    returns: ReturnRepository,
    clock: Clock,
) -> None:
    """Book the return and say so; a payment that came back already stays as it is.

    Raises:
        PaymentUnknown, NotSentYet, NotSettledYet: what the return speaks of has not arrived here yet.
    """
    event, session = received.message, work.session
    payment = (await payments.get_many([event.payment_id], session=session)).get(event.payment_id)
    if payment is None:
        raise PaymentUnknown(event.payment_id)
    payment.check_amount(event.amount_cents)
    if payment.status == "returned":
        return
    if payment.status == "scheduled":
        raise NotSentYet(payment.payment_id)
    if event.was_settled and payment.status != "settled":
        raise NotSettledYet(payment.payment_id)
    now = clock()
    returned = payment.returned(on=event.returned_on, reason=event.reason_code)
    await payments.advance([returned], expected=payment.status, session=session)
    await ledger.post([return_transfer(returned, at=now)], session=session)
    if event.details_version is not None:
        await returns.flag_details(payment.payee_id, version=event.details_version, session=session)
    told = (await payees.get_many([payment.payee_id], session=session)).get(payment.payee_id)
    work.publish(payment_returned(returned, at=now, account_ids=told.account_ids if told else ()))


def payment_returned(payment: Payment, *, at: datetime, account_ids: tuple[str, ...] = ()) -> PaymentReturned:
    """What is said of a payment that came back."""
    if payment.returned_on is None:
        raise ValueError(f"{payment.payment_id} did not come back")
    return event_of(
        PaymentReturned,
        payment,
        account_ids=account_ids,
        method=payment.method,
        reason_code=payment.return_reason,
        returned_on=payment.returned_on,
        returned_at=at,
    )


async def list_returned_payments(
    received: Received[ListReturnedPayments],
    *,
    returns: ReturnRepository,
    payments: PaymentRepository,
    payees: PayeeRepository,
    cheques: ChequeRepository,
) -> ReturnedPaymentsPage:
    """Payments that came back, each with its way from the claims to what was done about it; for agents."""
    require_agent(received.require_actor())
    query = received.message
    found = await returns.list_returned(reissued=query.reissued, before=query.before, limit=query.limit + 1)
    page = found[: query.limit]
    anew = [payment.reissued_by for payment in page if payment.reissued_by is not None]
    reissues = {one.reissue_of: one for one in (await payments.get_many(anew, session=None)).values()}
    numbers = await cheques.numbers_of(anew, session=None)
    known = await payees.get_many({payment.payee_id for payment in page}, session=None)
    return ReturnedPaymentsPage(
        payments=tuple(
            _view(payment, known.get(payment.payee_id), reissue=_reissue(reissues.get(payment.payment_id), numbers))
            for payment in page
        ),
        next_before=page[-1].batch_number if len(found) > query.limit else None,
    )


def _reissue(reissue: Payment | None, numbers: Mapping[str, str]) -> Reissue | None:
    return None if reissue is None else reissue_part(reissue, cheque_number=numbers.get(reissue.payment_id))


def reissue_part(reissue: Payment, *, cheque_number: str | None) -> Reissue:
    """The payment in the place of a returned one."""
    return Reissue(
        payment_id=reissue.payment_id,
        batch_number=reissue.batch_number,
        run_id=reissue.run_id,
        method=reissue.method,
        status=reissue.status,
        cheque_number=cheque_number,
        issued_at=reissue.scheduled_at,
    )


def _view(payment: Payment, payee: Payee | None, *, reissue: Reissue | None) -> ReturnedPayment:
    if payment.returned_on is None:
        raise ValueError(f"{payment.payment_id} did not come back")
    return ReturnedPayment(
        payment_id=payment.payment_id,
        batch_number=payment.batch_number,
        run_id=payment.run_id,
        payee_class=payment.payee_class,
        payee_id=payment.payee_id,
        amount_cents=payment.amount_cents,
        claim_ids=payment.claim_ids,
        method=payment.method,
        file_number=payment.file_number,
        settled_on=payment.settled_on,
        returned_on=payment.returned_on,
        reason_code=payment.return_reason,
        reissue_of=payment.reissue_of,
        details_flagged=payee is not None and payee.flagged,
        reissue=reissue,
    )
