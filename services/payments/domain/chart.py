"""The chart of accounts as data (PAY-6): what each kind is for, and on which side its balance stands.

A debit is positive, a credit negative. An account on the wrong side is a defect even while the ledger sums to zero: a
run of which more was settled than scheduled, a return that was issued again twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.payments.domain.ledger import AccountKind
from shared.money import Cents

Side = Literal["debit", "credit", "either"]
Owner = Literal["insurer", "payee", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartEntry:
    """A kind of account: whose an account of the kind is, the side of its balance, and what it says."""

    kept_per: Owner
    side: Side
    meaning: str


CHART: Final[Mapping[AccountKind, ChartEntry]] = {
    AccountKind.BENEFIT_EXPENSE: ChartEntry(
        kept_per="insurer", side="debit", meaning="benefits of the newest version of every claim"
    ),
    AccountKind.PAYABLE: ChartEntry(
        kept_per="payee", side="either", meaning="owed to a payee; in debit, what the payee owes back"
    ),
    AccountKind.IN_TRANSIT: ChartEntry(
        kept_per="run", side="credit", meaning="asked of the bank and neither settled nor returned"
    ),
    AccountKind.BANK: ChartEntry(kept_per="insurer", side="credit", meaning="left the insurer's bank account"),
    AccountKind.RETURNED: ChartEntry(
        kept_per="payee", side="credit", meaning="owed to a payee again because a payment came back"
    ),
    AccountKind.CHEQUES: ChartEntry(kept_per="insurer", side="credit", meaning="cheques issued and not cashed"),
}


def kind_of(account_name: str) -> AccountKind:
    """The kind of an account, from its name."""
    return AccountKind(account_name.partition(":")[0])


def on_the_wrong_side(balances: Mapping[str, Cents]) -> Iterator[tuple[str, Cents]]:
    """Accounts by name whose balance cannot be, with the balance."""
    for name, balance in sorted(balances.items()):
        side = CHART[kind_of(name)].side
        if (side == "debit" and balance < 0) or (side == "credit" and balance > 0):
            yield name, balance
