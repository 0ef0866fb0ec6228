"""A payment: one payee's batch in one run, on its way to the bank (PAY-1)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

from services.payments.domain.errors import Contradiction
from services.payments.domain.ledger import BANK, Transfer, in_transit, payable_to, transfer
from services.payments.domain.payable import PayeeClass
from shared.money import Cents

PaymentStatus = Literal["scheduled", "sent", "settled", "returned"]
PaymentMethod = Literal["deposit", "cheque"]

_NEXT: Final[dict[PaymentStatus, frozenset[PaymentStatus]]] = {
    "scheduled": frozenset({"sent"}),
    "sent": frozenset({"settled", "returned"}),
    "settled": frozenset({"returned"}),
    "returned": frozenset(),
}

_FIRST_BATCH_NUMBER: Final = 10_000_001
_LAST_BATCH_NUMBER: Final = 99_999_999


class IllegalTransition(Contradiction):
    """A payment cannot go from its status to the one asked for."""

    def __init__(self, payment_id: str, *, status: PaymentStatus, wanted: PaymentStatus) -> None:
        super().__init__(f"{payment_id}: {status} to {wanted}")


class BatchNumbersExhausted(Exception):  # noqa: N818
    """Eight digits are used up."""


def batch_number(ordinal: int) -> str:
    """The 8-digit number of the ``ordinal``-th batch ever, counted from 1: 10000001, 10000002, …"""
    number = _FIRST_BATCH_NUMBER + ordinal - 1
    if not _FIRST_BATCH_NUMBER <= number <= _LAST_BATCH_NUMBER:
        raise BatchNumbersExhausted(str(ordinal))
    return str(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentItem:
    """A payable in its batch; negative for a recovery."""

    claim_id: str
    version: int
    amount_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A batch of payables paid together. Only its status moves, with the facts that belong to the new status.

    Attributes:
        settled_on: stays when the payment came back after the bank had called it settled.
        return_reason: Standard 007, 9xx; None unless the bank returned it.
        method: how it is paid.
        reissue_of: the returned payment in whose place this one stands; it has the same items.
        reissued_by: the payment in the place of this one, which came back.

    Raises:
        Contradiction: the items do not sum to the amount.
    """

    payment_id: str
    batch_number: str
    run_id: str
    payee_class: PayeeClass
    payee_id: str
    amount_cents: Cents
    items: tuple[PaymentItem, ...]
    payable_on: date
    scheduled_at: datetime
    status: PaymentStatus = "scheduled"
    sent_at: datetime | None = None
    file_number: int | None = None
    settled_on: date | None = None
    returned_on: date | None = None
    return_reason: int | None = None
    method: PaymentMethod = "deposit"
    reissue_of: str | None = None
    reissued_by: str | None = None

    def __post_init__(self) -> None:
        if sum(item.amount_cents for item in self.items) != self.amount_cents:
            raise Contradiction(f"batch {self.batch_number}: items do not sum to {self.amount_cents} cents")

    @property
    def claim_ids(self) -> tuple[str, ...]:
        """Claims of the batch, each once, in the order of the items."""
        return tuple(dict.fromkeys(item.claim_id for item in self.items))

    def sent(self, *, at: datetime, file_number: int) -> "Payment":
        """The deposit file with this payment went to the bank."""
        self._require("sent")
        return replace(self, status="sent", sent_at=at, file_number=file_number)

    def settled(self, *, on: date) -> "Payment":
        """The money reached the payee."""
        self._require("settled")
        return replace(self, status="settled", settled_on=on)

    def returned(self, *, on: date, reason: int | None) -> "Payment":
        """The money came back; after a settlement as well, since banks settle first and find out later."""
        self._require("returned")
        return replace(self, status="returned", returned_on=on, return_reason=reason)

    def check_amount(self, amount_cents: Cents) -> None:
        """Raise ``Contradiction`` unless banking speaks of the same amount."""
        if amount_cents != self.amount_cents:
            raise Contradiction(f"{self.payment_id}: {self.amount_cents} cents here, {amount_cents} cents at the bank")

    def _require(self, wanted: PaymentStatus) -> None:
        if wanted not in _NEXT[self.status]:
            raise IllegalTransition(self.payment_id, status=self.status, wanted=wanted)


def scheduling_of(payment: Payment) -> Transfer:
    """The payee is not owed the amount any longer; it is on its way."""
    return transfer(
        f"scheduled/{payment.payment_id}",
        debit=payable_to(payment.payee_id),
        credit=in_transit(payment.run_id),
        amount_cents=payment.amount_cents,
        at=payment.scheduled_at,
    )


def settlement_of(payment: Payment, *, at: datetime) -> Transfer:
    """The amount left the insurer's bank account."""
    return transfer(
        f"settled/{payment.payment_id}",
        debit=in_transit(payment.run_id),
        credit=BANK,
        amount_cents=payment.amount_cents,
        at=at,
    )
