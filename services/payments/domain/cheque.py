"""Cheques: how payees without direct deposit are paid (PAY-5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.payments.domain.errors import Contradiction
from shared.money import Cents

ChequeStatus = Literal["printed", "void"]

_FIRST_NUMBER: Final = 100_001
_LAST_NUMBER: Final = 99_999_999


def cheque_number(ordinal: int) -> str:
    """The number of the ``ordinal``-th cheque ever, counted from 1: 00100001, 00100002, …"""
    number = _FIRST_NUMBER + ordinal - 1
    if not _FIRST_NUMBER <= number <= _LAST_NUMBER:
        raise Contradiction(f"there is no {ordinal}-th cheque number")
    return f"{number:08}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheque:
    """A line of the cheque register."""

    number: str
    payment_id: str
    batch_number: str
    payee_id: str
    amount_cents: Cents
    printed_at: datetime
    status: ChequeStatus = "printed"
