"""What a bank wants of its originator's files: the choices that CPA Standard 005 leaves open."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from services.banking.domain.cpa005.dates import CREDIT_WINDOW, DEBIT_WINDOW, DateWindow
from services.banking.domain.cpa005.layout import SEGMENTS_PER_RECORD
from services.banking.domain.cpa005.records import NO_ROUTING
from services.banking.domain.cpa005.text import bank_text
from shared.errors import Rejected

SHORT_NAME_LENGTH = 15
LONG_NAME_LENGTH = 30
CURRENCIES = frozenset({"CAD", "USD"})

_ORIGINATOR = re.compile(r"[A-Z0-9]{10}")
_DATA_CENTRE = re.compile(r"[0-9]{5}")
_ROUTING = re.compile(r"0[0-9]{8}")
_ACCOUNT = re.compile(r"[0-9]{1,12}")
_RESERVED = re.compile(r"([!-~]([ -~]{0,18}[!-~])?)?")
_SETTLEMENT_CODE = re.compile(r"[A-Z0-9]{0,2}")
_TRANSMISSION_LINE = re.compile(r"(\$\$[!-~]{1,200})?")


class ProfileInvalid(Rejected):
    """A value of a bank profile cannot be written in a file; ``field`` names it."""

    def __init__(self, field_name: str) -> None:
        super().__init__("banking.profile_invalid", field=field_name)


class Separator(Enum):
    """What ends each logical record, the last one included."""

    CRLF = b"\r\n"
    LF = b"\n"
    NONE = b""


@dataclass(frozen=True, slots=True)
class ReturnsAccount:
    """Where unpaid items go back: ``0YYYXXXXX`` and an account of 1 to 12 digits."""

    routing: str
    account: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankProfile:
    """One originator at one bank.

    Attributes:
        originator_id: 10 letters or digits given by the bank, written in every record.
        data_centre: 5 digits of the destination data centre, given by the bank.
        short_name: shown on the payee's bank statement; at most 15 characters once transliterated.
        long_name: at most 30 characters once transliterated.
        returns_to: None fills the institution with zeros and the account with spaces, as some banks ask.
        payments_per_record: 1 to 6 segments used in a record.
        reserved: element 07 of the header, where the bank gave a value for it.
        settlement_code: element 20 of each payment, where the bank gave a value for it.
        transmission_line: a line ``$$…`` before the header that routes the file in the bank's network; empty for none.
        remembered_file_numbers: how many recent file creation numbers may not come back.

    Raises:
        ProfileInvalid: a value that no file could carry.
    """

    originator_id: str
    data_centre: str
    short_name: str
    long_name: str
    returns_to: ReturnsAccount | None = None
    currency: str = "CAD"
    separator: Separator = Separator.CRLF
    payments_per_record: int = SEGMENTS_PER_RECORD
    credit_window: DateWindow = CREDIT_WINDOW
    debit_window: DateWindow = DEBIT_WINDOW
    remembered_file_numbers: int = 10
    reserved: str = ""
    settlement_code: str = ""
    transmission_line: str = ""

    def __post_init__(self) -> None:
        """Refuse at once what would spoil every file."""
        returns = self.returns_to
        sound = {
            "originator_id": _ORIGINATOR.fullmatch(self.originator_id),
            "data_centre": _DATA_CENTRE.fullmatch(self.data_centre),
            "short_name": 1 <= len(bank_text(self.short_name)) <= SHORT_NAME_LENGTH,
            "long_name": 1 <= len(bank_text(self.long_name)) <= LONG_NAME_LENGTH,
            "returns_to": returns is None
            or (_ROUTING.fullmatch(returns.routing) and _ACCOUNT.fullmatch(returns.account)),
            "currency": self.currency in CURRENCIES,
            "payments_per_record": 1 <= self.payments_per_record <= SEGMENTS_PER_RECORD,
            "remembered_file_numbers": self.remembered_file_numbers >= 0,
            "reserved": _RESERVED.fullmatch(self.reserved),
            "settlement_code": _SETTLEMENT_CODE.fullmatch(self.settlement_code),
            "transmission_line": _TRANSMISSION_LINE.fullmatch(self.transmission_line)
            and not (self.transmission_line and self.separator is Separator.NONE),
        }
        for field_name, is_sound in sound.items():
            if not is_sound:
                raise ProfileInvalid(field_name)

    @property
    def constants(self) -> Mapping[int, str]:
        """What stands in every payment of this originator, as text by element number."""
        returns = self.returns_to
        return {
            11: bank_text(self.short_name),
            13: bank_text(self.long_name),
            16: returns.routing if returns else NO_ROUTING,
            17: returns.account if returns else "",
            20: self.settlement_code,
        }

    def remembered(self, recent_file_numbers: Sequence[int]) -> Sequence[int]:
        """Those of the numbers, oldest first, that the bank still remembers."""
        return recent_file_numbers[max(0, len(recent_file_numbers) - self.remembered_file_numbers) :]
