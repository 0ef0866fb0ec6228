"""Double-entry ledger (PAY-6): every movement of money is a transfer whose postings sum to zero.

Amounts are signed cents: a debit is positive, a credit negative. A transfer is never changed or removed; what was
wrong is corrected by another transfer. Its key says what it books, so the same thing cannot be booked twice (PAY-7).
The parts of a key are separated by ``/``, which no identifier contains.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.money import Cents


class AccountKind(StrEnum):
    """Kinds of accounts; what each is for stands in ``services.payments.domain.chart``."""

    BENEFIT_EXPENSE = "benefit_expense"
    PAYABLE = "payable"
    IN_TRANSIT = "in_transit"
    BANK = "bank"
    RETURNED = "returned"
    CHEQUES = "cheques"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the ledger: its kind and, where it is kept per payee or run, whose it is."""

    kind: AccountKind
    owner: str | None = None

    @property
    def name(self) -> str:
        return self.kind.value if self.owner is None else f"{self.kind.value}:{self.owner}"


BENEFIT_EXPENSE = Account(AccountKind.BENEFIT_EXPENSE)
BANK = Account(AccountKind.BANK)
CHEQUES = Account(AccountKind.CHEQUES)
"""Cheques that were issued and not cashed yet."""


def payable_to(payee_id: str) -> Account:
    """What the insurer owes a payee; a debit balance is what the payee owes back."""
    return Account(AccountKind.PAYABLE, payee_id)


def in_transit(run_id: str) -> Account:
    """What a run asked the bank to deposit and the bank has not settled yet."""
    return Account(AccountKind.IN_TRANSIT, run_id)


def returned_to(payee_id: str) -> Account:
    """What a payee is owed again because a payment came back."""
    return Account(AccountKind.RETURNED, payee_id)


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg of a transfer."""

    account: Account
    amount_cents: Cents


class InvalidTransfer(ValueError):  # noqa: N818
    """A transfer that would unbalance the ledger, or that books nothing."""


def adjudication_key(version_key: str) -> str:
    """Key of the transfer that books a claim version."""
    return f"claim/{version_key}"


def payment_of(key: str) -> str | None:
    """The payment that the transfer with this key moves: the second part of every key but that of an adjudication.

    With it every movement of a payment is found, whatever accounts it goes through.
    """
    what, _, rest = key.partition("/")
    return None if what == "claim" else rest.partition("/")[0] or None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Postings that belong together.

    Raises:
        InvalidTransfer: fewer than two postings, one of zero cents, or a sum other than zero.
    """

    key: str
    posted_at: datetime
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        amounts = [posting.amount_cents for posting in self.postings]
        if len(amounts) < 2 or 0 in amounts or sum(amounts) != 0:  # noqa: PLR2004 - double entry
            raise InvalidTransfer(f"{self.key}: {amounts}")

    @property
    def payment_id(self) -> str | None:
        """The payment that it moves; None for an adjudication."""
        return payment_of(self.key)


def transfer(key: str, *, debit: Account, credit: Account, amount_cents: Cents, at: datetime) -> Transfer:
    """Move a positive amount from ``credit`` to ``debit``.

    Raises:
        InvalidTransfer: the amount is not positive.
    """
    if amount_cents <= 0:
        raise InvalidTransfer(f"{key}: {amount_cents}")
    return Transfer(key, at, (Posting(debit, amount_cents), Posting(credit, -amount_cents)))
