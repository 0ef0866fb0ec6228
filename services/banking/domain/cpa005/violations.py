"""What can be wrong in a deposit file, always with the place: record, segment, element, position.

No violation carries an account number or a name: they are shown to operators and logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.banking.domain.cpa005.layout import SEGMENTS, RecordType, position_in_record
from shared.errors import Rejected


class ViolationCode(StrEnum):
    """Kinds of violation; the value is the last part of the error code ``banking.cpa005_…``."""

    ACCOUNT_INVALID = "account_invalid"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    CHARACTER_NOT_ALLOWED = "character_not_allowed"
    CHARACTER_UNSAFE = "character_unsafe"
    CONTROL_DATA_DIFFERS = "control_data_differs"
    CROSS_REFERENCE_INVALID = "cross_reference_invalid"
    CROSS_REFERENCE_REPEATED = "cross_reference_repeated"
    CURRENCY_INVALID = "currency_invalid"
    DATE_INVALID = "date_invalid"
    DATE_OUTSIDE_WINDOW = "date_outside_window"
    FIELD_TOO_LONG = "field_too_long"
    FILE_NUMBER_INVALID = "file_number_invalid"
    FILE_NUMBER_REUSED = "file_number_reused"
    HEADER_MISSING = "header_missing"
    INSTITUTION_UNKNOWN = "institution_unknown"
    NAME_BLANK = "name_blank"
    NOT_BLANK = "not_blank"
    NOT_LEFT_JUSTIFIED = "not_left_justified"
    NOT_NUMERIC = "not_numeric"
    NOT_ZERO = "not_zero"
    ORIGINATOR_INVALID = "originator_invalid"
    PROFILE_DIFFERS = "profile_differs"
    RECORD_AFTER_TRAILER = "record_after_trailer"
    RECORD_COUNT_WRONG = "record_count_wrong"
    RECORD_LENGTH_WRONG = "record_length_wrong"
    RECORD_TYPE_UNKNOWN = "record_type_unknown"
    RETURN_REASON_UNKNOWN = "return_reason_unknown"
    ROUTING_INVALID = "routing_invalid"
    SECOND_HEADER = "second_header"
    SEGMENTS_MISSING = "segments_missing"
    SEGMENTS_TOO_MANY = "segments_too_many"
    SEGMENT_GAP = "segment_gap"
    SEPARATOR_CHANGED = "separator_changed"
    STORED_TYPE_INVALID = "stored_type_invalid"
    TOTAL_WRONG = "total_wrong"
    TRAILER_MISSING = "trailer_missing"
    TRANSACTION_TYPE_UNKNOWN = "transaction_type_unknown"
    TRANSMISSION_LINE_WRONG = "transmission_line_wrong"
    USER_ID_DIFFERS = "user_id_differs"


MESSAGES: Mapping[ViolationCode, str] = MappingProxyType(
    {
        ViolationCode.ACCOUNT_INVALID: "the account must be 1 to 12 digits, left-justified",
        ViolationCode.AMOUNT_OUT_OF_RANGE: "the amount must be from 0.01 to 99 999 999.99",
        ViolationCode.CHARACTER_NOT_ALLOWED: "the character is not printable ASCII",
        ViolationCode.CHARACTER_UNSAFE: "only A-Z, 0-9, the space and & ' , - . / are accepted by every bank",
        ViolationCode.CONTROL_DATA_DIFFERS: "the origination control data differ from the header",
        ViolationCode.CROSS_REFERENCE_INVALID: "the cross-reference is blank, indented or not of safe characters",
        ViolationCode.CROSS_REFERENCE_REPEATED: "the cross-reference occurs twice in the file",
        ViolationCode.CURRENCY_INVALID: "the currency is not the one expected",
        ViolationCode.DATE_INVALID: "the date is not a day written 0YYDDD",
        ViolationCode.DATE_OUTSIDE_WINDOW: "the date lies too far from the creation date",
        ViolationCode.FIELD_TOO_LONG: "the value does not fit in the field",
        ViolationCode.FILE_NUMBER_INVALID: "the file creation number must be from 0001 to 9999",
        ViolationCode.FILE_NUMBER_REUSED: "the file creation number was used by a recent file",
        ViolationCode.HEADER_MISSING: "the file does not begin with a header record A",
        ViolationCode.INSTITUTION_UNKNOWN: "the institution is not in the list",
        ViolationCode.NAME_BLANK: "the payee name is blank",
        ViolationCode.NOT_BLANK: "the filler must be blank",
        ViolationCode.NOT_LEFT_JUSTIFIED: "the text must begin in the first character of the field",
        ViolationCode.NOT_NUMERIC: "the field must hold digits only",
        ViolationCode.NOT_ZERO: "the originator must fill the field with zeros",
        ViolationCode.ORIGINATOR_INVALID: "the originator is blank or not the one expected",
        ViolationCode.PROFILE_DIFFERS: "the value is not the one of the bank profile",
        ViolationCode.RECORD_AFTER_TRAILER: "nothing may follow the trailer record Z",
        ViolationCode.RECORD_COUNT_WRONG: "the record count must rise by one",
        ViolationCode.RECORD_LENGTH_WRONG: "the record must be 1464 characters",
        ViolationCode.RECORD_TYPE_UNKNOWN: "the record letter is none of A, C, D, E, F, I, J, Z",
        ViolationCode.RETURN_REASON_UNKNOWN: "the return reason is not a 9xx code",
        ViolationCode.ROUTING_INVALID: "the routing number must be a zero, the institution and the transit",
        ViolationCode.SECOND_HEADER: "the file has a second header",
        ViolationCode.SEGMENTS_MISSING: "the record holds no payment",
        ViolationCode.SEGMENTS_TOO_MANY: "the record holds more payments than the bank takes",
        ViolationCode.SEGMENT_GAP: "a blank segment stands before a used one",
        ViolationCode.SEPARATOR_CHANGED: "the record separator is not the one expected",
        ViolationCode.STORED_TYPE_INVALID: "the stored transaction type is not the one expected",
        ViolationCode.TOTAL_WRONG: "the trailer does not agree with the records",
        ViolationCode.TRAILER_MISSING: "the file does not end with a trailer record Z",
        ViolationCode.TRANSACTION_TYPE_UNKNOWN: "the transaction type is not a payment code of Standard 007",
        ViolationCode.TRANSMISSION_LINE_WRONG: "the line before the header is not the one of the bank profile",
        ViolationCode.USER_ID_DIFFERS: "the user id is not the originator of the file",
    }
)
"""What each kind of violation says."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule and its place.

    Attributes:
        record: ordinal of the record in the file, from 1.
        segment: 1 to 6 in a detail record; None elsewhere.
        element: data element number of the standard.
        field: name of the element in ``layout``.
        position: first character of the element (or the offending character) in its record, from 1.
        expected, found: short texts, empty when they would show an account or a name.
    """

    code: ViolationCode
    record: int
    segment: int | None = None
    element: int | None = None
    field: str | None = None
    position: int | None = None
    expected: str = ""
    found: str = ""

    @property
    def message(self) -> str:
        """What is wrong, in English, for tools; people see the bilingual message of the error code."""
        details = [f"expected {self.expected}"] if self.expected else []
        if self.found:
            details.append(f"found {self.found}")
        return MESSAGES[self.code] + (f" ({', '.join(details)})" if details else "")

    @property
    def params(self) -> dict[str, str | int]:
        """The place and details that are known, as parameters of an error."""
        named: dict[str, str | int | None] = {
            "record": self.record,
            "segment": self.segment,
            "element": self.element,
            "field": self.field,
            "position": self.position,
            "expected": self.expected,
            "found": self.found,
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule of one segment, before its place in the file is known."""

    code: ViolationCode
    element: int
    expected: str = ""
    found: str = ""

    def at(self, record_type: RecordType, *, record: int, segment: int) -> Violation:
        """The same, placed."""
        spec = next(spec for spec in SEGMENTS[record_type] if spec.number == self.element)
        return Violation(
            code=self.code,
            record=record,
            segment=segment,
            element=self.element,
            field=spec.name,
            position=position_in_record(spec, segment),
            expected=self.expected,
            found=self.found,
        )


class PaymentRefused(Rejected):
    """A payment cannot be written; ``payment`` is its ordinal, ``violation`` says why and where."""

    def __init__(self, violation: Violation, *, payment: int) -> None:
        super().__init__(f"banking.cpa005_{violation.code}", payment=payment, **violation.params)
        self.violation = violation


class FileRefused(Rejected):
    """A file breaks the standard; ``violation`` is the first thing found."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(f"banking.cpa005_{violation.code}", **violation.params)
        self.violation = violation


class NothingToWrite(Rejected):
    """A deposit file needs at least one payment."""

    def __init__(self) -> None:
        super().__init__("banking.cpa005_nothing_to_write")


class TotalsOverflow(Rejected):
    """The payments add up to more than the trailer can state; split the run."""

    def __init__(self) -> None:
        super().__init__("banking.cpa005_totals_overflow")
