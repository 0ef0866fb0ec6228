"""The cheque register (PAY-5): read, and told what became of a cheque."""

from services.payments.domain.cheque import Cheque
from services.payments.domain.errors import ChequeNotFound, Contradiction
from services.payments.domain.payment import Payment
from services.payments.domain.returns import cashing_transfer, return_transfer
from services.payments.handlers.access import require_agent
from services.payments.handlers.ports_returns import ChequeRepository
from services.payments.handlers.returns import payment_returned
from services.payments.handlers.views import event_of
from services.payments.ports import LedgerRepository, PaymentRepository
from shared.clock import Clock
from shared.contracts.payments import PaymentSettled
from shared.contracts.payments_returns import (
    ChequeDecided,
    ChequesPage,
    ChequeView,
    DecideCheque,
    ListCheques,
    ReturnsActRecorded,
)
from shared.envelopes import Received
from shared.outbox import Work


async def list_cheques(received: Received[ListCheques], *, cheques: ChequeRepository) -> ChequesPage:
    """The register, newest first; for agents."""
    require_agent(received.require_actor())
    query = received.message
    found = await cheques.list_of(query.status, before=query.before, limit=query.limit + 1)
    page = found[: query.limit]
    return ChequesPage(
        cheques=tuple(_view(cheque) for cheque in page),
        next_before=page[-1].number if len(found) > query.limit else None,
    )


async def decide_cheque(
    received: Received[DecideCheque],
    work: Work,
    *,
    cheques: ChequeRepository,
    payments: PaymentRepository,
    ledger: LedgerRepository,
    clock: Clock,
) -> ChequeDecided:
    """Book that a cheque was cashed, or that it never will be: then its payment may be re-issued.

    Raises:
        ChequeNotFound: no cheque has the number.
        ChequeAlreadyDecided: otherwise, before.
    """
    require_agent(received.require_actor())
    command, session, now = received.message, work.session, clock()
    cheque = await cheques.get(command.cheque_number, session=session)
    if cheque is None:
        raise ChequeNotFound(command.cheque_number)
    decided = cheque.decided(command.outcome, on=command.on)
    if decided is cheque:
        return ChequeDecided(cheque=_view(cheque))
    await cheques.decide(decided, session=session)
    payment = await _payment_of(cheque, payments, work)
    if command.outcome == "cashed":
        moved, transfer = payment.settled(on=command.on), cashing_transfer(payment, at=now)
        work.publish(_settled(moved, command))
    else:
        moved = payment.returned(on=command.on, reason=None)
        transfer = return_transfer(moved, at=now)
        work.publish(payment_returned(moved, at=now))
    await payments.advance([moved], expected=payment.status, session=session)
    await ledger.post([transfer], session=session)
    work.publish(
        ReturnsActRecorded(
            act="cheque_decided",
            account_id=received.require_actor().account_id,
            about=payment.payee_id,
            correlation_id=received.correlation_id,
            occurred_at=now,
            details={"cheque_number": cheque.number, "outcome": command.outcome},
        )
    )
    return ChequeDecided(cheque=_view(decided))


async def _payment_of(cheque: Cheque, payments: PaymentRepository, work: Work) -> Payment:
    payment = (await payments.get_many([cheque.payment_id], session=work.session)).get(cheque.payment_id)
    if payment is None:
        raise Contradiction(f"cheque {cheque.number} is over a payment that is not stored")
    return payment


def _settled(payment: Payment, command: DecideCheque) -> PaymentSettled:
    return event_of(
        PaymentSettled,
        payment,
        settled_on=command.on,
    )


def _view(cheque: Cheque) -> ChequeView:
    return ChequeView(
        cheque_number=cheque.number,
        payee_id=cheque.payee_id,
        payee_class=cheque.payee_class,
        amount_cents=cheque.amount_cents,
        payment_id=cheque.payment_id,
        batch_number=cheque.batch_number,
        status=cheque.status,
        issued_at=cheque.issued_at,
        decided_on=cheque.decided_on,
    )
