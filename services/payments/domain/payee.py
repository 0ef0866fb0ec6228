"""Payees that can be paid by direct deposit."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """A payee whose bank details banking holds; ``account_ids`` are told about payments, in order of enrolling.

    Attributes:
        held_until: Nothing is paid before then, because the bank details were changed (BNK-3).
    """

    payee_id: str
    account_ids: tuple[str, ...]
    enrolled_at: datetime
    held_until: datetime | None = None

    def payable(self, at: datetime) -> bool:
        """Whether a run that is closed then may pay."""
        return self.held_until is None or self.held_until <= at
