"""What a file is checked against besides the standard itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.banking.domain.cpa005.dates import CREDIT_WINDOW, DEBIT_WINDOW, DateWindow
from services.banking.domain.cpa005.profile import BankProfile
from services.banking.domain.cpa005.rules import EntryRules


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRules:
    """Expectations of a reader.

    Attributes:
        near: chooses the century of two-digit years; usually the present day.
        originator_id, currency: None accepts any.
        institutions: institution numbers that payees of C and D may have; None accepts any.
        recent_file_numbers: numbers that the file may not have.
    """

    near: date
    credit_window: DateWindow = CREDIT_WINDOW
    debit_window: DateWindow = DEBIT_WINDOW
    originator_id: str | None = None
    currency: str | None = None
    institutions: frozenset[str] | None = None
    recent_file_numbers: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        profile: BankProfile,
        *,
        near: date,
        institutions: frozenset[str] | None = None,
        recent_file_numbers: Sequence[int] = (),
    ) -> "ReadRules":
        """What a file of this profile must satisfy; ``recent_file_numbers`` from oldest to newest."""
        return cls(
            near=near,
            credit_window=profile.credit_window,
            debit_window=profile.debit_window,
            originator_id=profile.originator_id,
            currency=profile.currency,
            institutions=institutions,
            recent_file_numbers=tuple(profile.remembered(recent_file_numbers)),
        )

    def for_entries(self, creation_date: date | None) -> EntryRules:
        """The part that concerns segments, in a file created on ``creation_date``."""
        return EntryRules(
            creation_date=creation_date,
            credit_window=self.credit_window,
            debit_window=self.debit_window,
            institutions=self.institutions,
        )
