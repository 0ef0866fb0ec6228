"""Payables: what a claim version owes a payee, or takes back from one (PAY-7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.money import Cents

PayeeClass = Literal["member", "provider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """An amount that waits for the next batch of its payee; there is one at most per claim version and payee.

    Attributes:
        amount_cents: never zero; negative for a recovery, which the payee's next batch deducts.
    """

    claim_id: str
    version: int
    payee_id: str
    payee_class: PayeeClass
    amount_cents: Cents
    opened_at: datetime

    @property
    def key(self) -> str:
        """Unique for ever: a claim version is payable to a payee once."""
        return payable_key(self.claim_id, self.version, self.payee_id)


def payable_key(claim_id: str, version: int, payee_id: str) -> str:
    """Identifies a payable wherever it is stored."""
    return f"{claim_id}/{version}/{payee_id}"
