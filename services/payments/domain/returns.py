"""What the ledger says of a payment that came back and of the one that takes its place (BNK-5, PAY-6).

    returned:   in_transit, bank or cheques  ->  returned:<payee>
    re-issued:  returned:<payee>             ->  in_transit:<run> or cheques
    cashed:     cheques                      ->  bank

The key of a re-issue names the payment that came back, so that it is paid anew once (PAY-7).
"""

from datetime import date, datetime

from services.payments.domain.ledger import BANK, CHEQUES, Account, Transfer, in_transit, returned_to, transfer
from services.payments.domain.payment import Payment, PaymentMethod


def reissue_of(
    payment: Payment,
    *,
    payment_id: str,
    batch_number: str,
    run_id: str,
    method: PaymentMethod,
    payable_on: date,
    at: datetime,
) -> Payment:
    """The payment in the place of one that came back: the same items under numbers of its own.

    A cheque is on its way as soon as it stands in the register; a deposit waits for its file.
    """
    is_cheque = method == "cheque"
    return Payment(
        payment_id=payment_id,
        batch_number=batch_number,
        run_id=run_id,
        payee_class=payment.payee_class,
        payee_id=payment.payee_id,
        amount_cents=payment.amount_cents,
        items=payment.items,
        payable_on=payable_on,
        scheduled_at=at,
        status="sent" if is_cheque else "scheduled",
        sent_at=at if is_cheque else None,
        method=method,
        reissue_of=payment.payment_id,
    )


def return_transfer(returned: Payment, *, at: datetime) -> Transfer:
    """The amount came back from where it was, and is owed to the payee again."""
    where = BANK if returned.settled_on is not None else _on_its_way(returned)
    return transfer(
        f"returned/{returned.payment_id}",
        debit=where,
        credit=returned_to(returned.payee_id),
        amount_cents=returned.amount_cents,
        at=at,
    )


def reissue_transfer(reissue: Payment) -> Transfer:
    """The payee is not owed the returned amount any longer; it is on its way again."""
    return transfer(
        f"reissued/{reissue.reissue_of}",
        debit=returned_to(reissue.payee_id),
        credit=_on_its_way(reissue),
        amount_cents=reissue.amount_cents,
        at=reissue.scheduled_at,
    )


def cashing_transfer(payment: Payment, *, at: datetime) -> Transfer:
    """The bank paid the cheque of the payment."""
    return transfer(
        f"settled/{payment.payment_id}", debit=CHEQUES, credit=BANK, amount_cents=payment.amount_cents, at=at
    )


def _on_its_way(payment: Payment) -> Account:
    return CHEQUES if payment.method == "cheque" else in_transit(payment.run_id)
