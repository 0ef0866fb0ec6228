"""What banking tells about deposits: the file went out, the money arrived (PAY-3, PAY-6)."""

from collections.abc import Mapping, Sequence

from services.payments.domain.claim_version import version_key
from services.payments.domain.errors import Contradiction, NotSentYet, PaymentUnknown
from services.payments.domain.ledger import Transfer
from services.payments.domain.payment import Payment, settlement_of
from services.payments.domain.run import DepositFile
from services.payments.domain.statement import Statement, issue_statement, newest_versions
from services.payments.handlers.views import event_of, statement_issued
from services.payments.ports import (
    ClaimVersionRepository,
    LedgerRepository,
    PayeeRepository,
    PaymentRepository,
    RunRepository,
    StatementRepository,
)
from shared.clock import Clock
from shared.contracts.banking import DepositFileSent, DepositSettled
from shared.contracts.payments import PaymentSent, PaymentSettled
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work


async def on_deposit_file_sent(
    received: Received[DepositFileSent],
    work: Work,
    *,
    runs: RunRepository,
    payments: PaymentRepository,
    payees: PayeeRepository,
    claims: ClaimVersionRepository,
    statements: StatementRepository,
    clock: Clock,
) -> None:
    """Mark the payments of the file as sent and issue their statements; those sent already stay as they are."""
    event, session = received.message, work.session
    known = await payments.get_many([item.payment_id for item in event.items], session=session)
    to_send = _not_yet_sent(event, known)
    if not to_send:
        return
    file = DepositFile(number=event.file_number, name=event.file_name, sha256=event.sha256)
    await runs.record_file(event.run_id, file, session=session)
    sent = [payment.sent(at=event.sent_at, file_number=event.file_number) for payment in to_send]
    await payments.advance(sent, expected="scheduled", session=session)
    issued = await _issue(sent, claims=claims, clock=clock, session=session)
    await statements.add_many(issued, session=session)
    told = await payees.get_many({payment.payee_id for payment in sent}, session=session)
    for payment, statement in zip(sent, issued, strict=True):
        work.publish(_payment_sent(payment, event, account_ids=told[payment.payee_id].account_ids))
        work.publish(statement_issued(payment, statement))


def _not_yet_sent(event: DepositFileSent, known: Mapping[str, Payment]) -> Sequence[Payment]:
    """Check the file against the payments; a difference is for a person to look at, never to be booked."""
    to_send: list[Payment] = []
    for item in event.items:
        payment = known.get(item.payment_id)
        if payment is None:
            raise PaymentUnknown(item.payment_id)
        payment.check_amount(item.amount_cents)
        if payment.run_id != event.run_id:
            raise Contradiction(f"{payment.payment_id} belongs to run {payment.run_id}, not {event.run_id}")
        if payment.status == "scheduled":
            to_send.append(payment)
        elif payment.file_number != event.file_number:
            raise Contradiction(f"{payment.payment_id} went out in file {payment.file_number} already")
    return to_send


async def _issue(
    sent: Sequence[Payment], *, claims: ClaimVersionRepository, clock: Clock, session: Session | None
) -> Sequence[Statement]:
    wanted = {version_key(*newest) for payment in sent for newest in newest_versions(payment).items()}
    versions = await claims.get_many(wanted, session=session)
    at = clock()
    return [issue_statement(payment, versions, at=at) for payment in sent]


async def on_deposit_settled(
    batch: Sequence[Received[DepositSettled]],
    works: Sequence[Work],
    *,
    payments: PaymentRepository,
    ledger: LedgerRepository,
    clock: Clock,
) -> Sequence[None]:
    """Book each settlement once: the money left the bank account and is not in transit any longer."""
    session = works[0].session
    known = dict(await payments.get_many({received.message.payment_id for received in batch}, session=session))
    settled: list[Payment] = []
    transfers: list[Transfer] = []
    for received, work in zip(batch, works, strict=True):
        payment = _settled(received.message, known)
        if payment is not None:
            known[payment.payment_id] = payment
            settled.append(payment)
            transfers.append(settlement_of(payment, at=clock()))
            work.publish(_payment_settled(payment, received.message))
    await payments.advance(settled, expected="sent", session=session)
    await ledger.post(transfers, session=session)
    return [None] * len(batch)


def _settled(event: DepositSettled, known: Mapping[str, Payment]) -> Payment | None:
    payment = known.get(event.payment_id)
    if payment is None:
        raise PaymentUnknown(event.payment_id)
    payment.check_amount(event.amount_cents)
    if payment.settled_on is not None:
        return None
    if payment.status == "scheduled":
        raise NotSentYet(payment.payment_id)
    return payment.settled(on=event.settled_on)


def _payment_sent(payment: Payment, event: DepositFileSent, *, account_ids: tuple[str, ...]) -> PaymentSent:
    return event_of(
        PaymentSent,
        payment,
        account_ids=account_ids,
        file_number=event.file_number,
        payable_on=payment.payable_on,
        sent_at=event.sent_at,
    )


def _payment_settled(payment: Payment, event: DepositSettled) -> PaymentSettled:
    return event_of(
        PaymentSettled,
        payment,
        settled_on=event.settled_on,
    )
