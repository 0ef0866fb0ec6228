"""Payees that can be paid by direct deposit."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """A payee whose bank details banking holds; ``account_ids`` are told about payments, in order of enrolling.

    Attributes:
        held_until: Nothing is paid before then, because the bank details were changed (BNK-3).
        details_version: of the bank details in force; rises with each change.
        flagged_version: of the bank details from which a deposit came back; changing them lifts the flag (BNK-5).
    """

    payee_id: str
    account_ids: tuple[str, ...]
    enrolled_at: datetime
    held_until: datetime | None = None
    details_version: int = 1
    flagged_version: int | None = None

    @property
    def flagged(self) -> bool:
        """Whether a deposit came back from the bank details in force."""
        return self.flagged_version is not None and self.flagged_version >= self.details_version

    def held(self, at: datetime) -> bool:
        """Whether nothing may be paid then for a change of the bank details."""
        return self.held_until is not None and self.held_until > at

    def payable(self, at: datetime) -> bool:
        """Whether a run that is closed then may pay."""
        return not self.flagged and not self.held(at)
