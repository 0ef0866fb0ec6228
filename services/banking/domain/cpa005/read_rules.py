"""What a file is checked against besides the standard itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.banking.domain.cpa005.dates import CREDIT_WINDOW, DEBIT_WINDOW, DateWindow
from services.banking.domain.cpa005.layout import SEGMENTS_PER_RECORD
from services.banking.domain.cpa005.profile import BankProfile, Separator
from services.banking.domain.cpa005.rules import EntryRules


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRules:
    """Expectations of a reader.

    Attributes:
        near: chooses the century of two-digit years; usually the present day.
        originator_id, currency: None accepts any.
        institutions: institution numbers that payees of C and D may have; None accepts any.
        recent_file_numbers: numbers that the file may not have.
        data_centre, reserved, separator, transmission_line: None accepts any; no transmission line at all is ``""``.
        payments_per_record: segments that a record of C or D may use.
        constants: elements, by number, that every C and D must repeat.
    """

    near: date
    credit_window: DateWindow = CREDIT_WINDOW
    debit_window: DateWindow = DEBIT_WINDOW
    originator_id: str | None = None
    currency: str | None = None
    institutions: frozenset[str] | None = None
    recent_file_numbers: tuple[int, ...] = ()
    data_centre: str | None = None
    reserved: str | None = None
    separator: Separator | None = None
    transmission_line: str | None = None
    payments_per_record: int = SEGMENTS_PER_RECORD
    constants: Mapping[int, str] = field(default_factory=dict, repr=False)

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
            data_centre=profile.data_centre,
            reserved=profile.reserved,
            separator=profile.separator,
            transmission_line=profile.transmission_line,
            payments_per_record=profile.payments_per_record,
            constants=profile.constants,
        )

    def for_entries(self, creation_date: date | None, originator_id: str | None = None) -> EntryRules:
        """The part that concerns segments, in a file that ``originator_id`` created on ``creation_date``."""
        return EntryRules(
            creation_date=creation_date,
            originator_id=originator_id,
            constants=self.constants,
            credit_window=self.credit_window,
            debit_window=self.debit_window,
            institutions=self.institutions,
        )
