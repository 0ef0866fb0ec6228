"""The cheque register (PAY-5): what was issued, and what became of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

from services.payments.domain.errors import ChequeAlreadyDecided, ChequeNumbersExhausted
from services.payments.domain.payable import PayeeClass
from services.payments.domain.payment import Payment
from shared.money import Cents

ChequeStatus = Literal["issued", "cashed", "voided"]
ChequeOutcome = Literal["cashed", "voided"]

_FIRST_NUMBER: Final = 100_001
_LAST_NUMBER: Final = 999_999


def cheque_number(ordinal: int) -> str:
    """The 6-digit number of the ``ordinal``-th cheque ever, counted from 1: 100001, 100002, …

    Raises:
        ChequeNumbersExhausted: six digits are used up.
    """
    number = _FIRST_NUMBER + ordinal - 1
    if not _FIRST_NUMBER <= number <= _LAST_NUMBER:
        raise ChequeNumbersExhausted
    return str(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheque:
    """A cheque for one payment. It is cashed or voided once, or outstanding."""

    number: str
    payment_id: str
    batch_number: str
    payee_id: str
    payee_class: PayeeClass
    amount_cents: Cents
    issued_at: datetime
    status: ChequeStatus = "issued"
    decided_on: date | None = None

    @classmethod
    def issued(cls, payment: Payment, *, number: str, at: datetime) -> "Cheque":
        """A cheque over the payment."""
        return cls(
            number=number,
            payment_id=payment.payment_id,
            batch_number=payment.batch_number,
            payee_id=payment.payee_id,
            payee_class=payment.payee_class,
            amount_cents=payment.amount_cents,
            issued_at=at,
        )

    def decided(self, outcome: ChequeOutcome, *, on: date) -> "Cheque":
        """What became of it.

        Raises:
            ChequeAlreadyDecided: something else, or on another day.
        """
        if self.status == "issued":
            return replace(self, status=outcome, decided_on=on)
        if (self.status, self.decided_on) != (outcome, on):
            raise ChequeAlreadyDecided(self.number, self.status)
        return self
