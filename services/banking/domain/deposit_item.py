"""One payment of a deposit file, and the cross-reference under which the bank knows it (BNK-5)."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict, Rejected

_CROSS_REFERENCE_LENGTH = 19


class ItemState(StrEnum):
    """Life of an item: pending, then settled or returned. What was settled may still come back; what came back is not
    settled any more.
    """

    PENDING = "pending"
    SETTLED = "settled"
    RETURNED = "returned"


class ItemAlreadyDecided(Conflict):
    """A returned item cannot be settled: a person has to look (exception list)."""

    def __init__(self, cross_reference: str, *, state: ItemState) -> None:
        super().__init__("banking.deposit_item_already_decided", cross_reference=cross_reference, state=state.value)


class ItemAmountInvalid(Rejected):
    """An item must be of at least one cent."""

    def __init__(self, payment_id: str) -> None:
        super().__init__("banking.deposit_item_amount_invalid", payment_id=payment_id)


def cross_reference_of(payment_id: str) -> str:
    """The 19 characters ``A-Z 2-7`` that stand for a payment in the file and on its return.

    Always the same for the same payment, so that a file written again is the same file. They are 95 bits of
    SHA-256: among a thousand million payments, two of them agree with a probability below one in 10**10.
    """
    digest = hashlib.sha256(payment_id.encode()).digest()
    return base64.b32encode(digest).decode("ascii")[:_CROSS_REFERENCE_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositItem:
    """An item as stored; ``planned`` makes a new one.

    Attributes:
        batch_number: of the payee's batch in the run, 8 digits (PAY-1).
        decided_at: when it was settled or returned.
        return_reason: Standard 007, 9xx; None unless returned.
    """

    payment_id: str
    payee_id: str
    amount_cents: int
    batch_number: str
    cross_reference: str
    state: ItemState = ItemState.PENDING
    decided_at: datetime | None = None
    return_reason: int | None = None

    @classmethod
    def planned(cls, payment_id: str, payee_id: str, *, amount_cents: int, batch_number: str) -> "DepositItem":
        """A pending item, its cross-reference derived from the payment.

        Raises:
            ItemAmountInvalid: less than one cent.
        """
        if amount_cents < 1:
            raise ItemAmountInvalid(payment_id)
        return cls(
            payment_id=payment_id,
            payee_id=payee_id,
            amount_cents=amount_cents,
            batch_number=batch_number,
            cross_reference=cross_reference_of(payment_id),
        )

    def settled(self, *, at: datetime) -> "ItemChange":
        """The bank paid it.

        Raises:
            ItemAlreadyDecided: it was returned.
        """
        return self._decided(ItemState.SETTLED, at=at)

    def returned(self, *, reason: int, at: datetime) -> "ItemChange":
        """The bank sent it back, before or after it called it settled."""
        return self._decided(ItemState.RETURNED, at=at, reason=reason)

    def _decided(self, state: ItemState, *, at: datetime, reason: int | None = None) -> "ItemChange":
        if self.state is state:
            return ItemChange(self, was_applied=False)
        if self.state is ItemState.RETURNED:
            raise ItemAlreadyDecided(self.cross_reference, state=self.state)
        return ItemChange(replace(self, state=state, decided_at=at, return_reason=reason), was_applied=True)


@dataclass(frozen=True, slots=True)
class ItemChange:
    """The item as it now is; ``was_applied`` is False for a repetition, which had no effect."""

    item: DepositItem
    was_applied: bool
