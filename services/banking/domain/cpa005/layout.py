"""The fixed layout of CPA Standard 005 as data: which element stands where, how long, and of what kind.

Positions count characters from 1. Those of a segment count within its own 240 characters;
``position_in_record`` turns them into positions of the 1464-character logical record. Numbers are the data
element numbers of the standard.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

RECORD_LENGTH = 1464
CONTROL_LENGTH = 24
"""Segment 0 of a detail record: letter, record count and origination control data."""
SEGMENT_LENGTH = 240
SEGMENTS_PER_RECORD = 6
FILLER = "filler"
"""Name of the elements that must be blank."""

MAX_AMOUNT_CENTS = 9_999_999_999
MAX_TOTAL_CENTS = 10**14 - 1
MAX_TOTAL_COUNT = 10**8 - 1


class Kind(StrEnum):
    """How an element is filled up to its length."""

    NUMERIC = "N"
    """Digits only, right-justified, zero-filled; empty is all zeros."""
    ALPHANUMERIC = "AN"
    """Left-justified, space-filled; empty is all spaces."""
    ZEROS = "zeros"
    """Numeric, and the originator leaves it to others: nothing but zeros."""


class RecordType(StrEnum):
    """Letters of detail records. C and D are originated by us, the others arrive from the bank."""

    CREDIT = "C"
    DEBIT = "D"
    CREDIT_REVERSAL = "E"
    DEBIT_REVERSAL = "F"
    RETURNED_CREDIT = "I"
    RETURNED_DEBIT = "J"


ORIGINATED = frozenset({RecordType.CREDIT, RecordType.DEBIT})
RETURNED = frozenset({RecordType.RETURNED_CREDIT, RecordType.RETURNED_DEBIT})


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One element of a record or segment."""

    number: int
    name: str
    position: int
    length: int
    kind: Kind

    @property
    def span(self) -> slice:
        """Where the element stands in a text that begins with position 1."""
        return slice(self.position - 1, self.position - 1 + self.length)


_N, _AN, _ZEROS = Kind.NUMERIC, Kind.ALPHANUMERIC, Kind.ZEROS

HEADER: tuple[FieldSpec, ...] = (
    FieldSpec(1, "record_type", 1, 1, _AN),
    FieldSpec(2, "record_count", 2, 9, _N),
    FieldSpec(3, "originator_id", 11, 10, _AN),
    FieldSpec(4, "file_creation_number", 21, 4, _N),
    FieldSpec(5, "creation_date", 25, 6, _N),
    FieldSpec(6, "destination_data_centre", 31, 5, _N),
    FieldSpec(7, "reserved", 36, 20, _AN),
    FieldSpec(8, "currency", 56, 3, _AN),
    FieldSpec(9, FILLER, 59, 1406, _AN),
)

CONTROL: tuple[FieldSpec, ...] = (
    FieldSpec(1, "record_type", 1, 1, _AN),
    FieldSpec(2, "record_count", 2, 9, _N),
    FieldSpec(3, "origination_control_data", 11, 14, _AN),
)

_ORIGINATED_SEGMENT: tuple[FieldSpec, ...] = (
    FieldSpec(4, "transaction_type", 1, 3, _N),
    FieldSpec(5, "amount", 4, 10, _N),
    FieldSpec(6, "due_date", 14, 6, _N),
    FieldSpec(7, "routing", 20, 9, _N),
    FieldSpec(8, "account", 29, 12, _AN),
    FieldSpec(9, "item_trace", 41, 22, _ZEROS),
    FieldSpec(10, "stored_transaction_type", 63, 3, _N),
    FieldSpec(11, "short_name", 66, 15, _AN),
    FieldSpec(12, "name", 81, 30, _AN),
    FieldSpec(13, "long_name", 111, 30, _AN),
    FieldSpec(14, "user_id", 141, 10, _AN),
    FieldSpec(15, "cross_reference", 151, 19, _AN),
    FieldSpec(16, "returns_routing", 170, 9, _N),
    FieldSpec(17, "returns_account", 179, 12, _AN),
    FieldSpec(18, "sundry", 191, 15, _AN),
    FieldSpec(19, FILLER, 206, 22, _AN),
    FieldSpec(20, "settlement_code", 228, 2, _AN),
    FieldSpec(21, "invalid_elements", 230, 11, _ZEROS),
)


def _instead(segment: tuple[FieldSpec, ...], *replacements: FieldSpec) -> tuple[FieldSpec, ...]:
    by_number = {spec.number: spec for spec in replacements}
    return tuple(by_number.get(spec.number, spec) for spec in segment)


_REVERSAL_SEGMENT = _instead(
    _ORIGINATED_SEGMENT,
    FieldSpec(9, "item_trace", 41, 22, _N),
    FieldSpec(19, "original_item_trace", 206, 22, _N),
    FieldSpec(21, "invalid_elements", 230, 11, _N),
)
_RETURNED_SEGMENT = _instead(
    _REVERSAL_SEGMENT,
    FieldSpec(4, "return_reason", 1, 3, _N),
    FieldSpec(16, "original_routing", 170, 9, _N),
    FieldSpec(17, "original_account", 179, 12, _AN),
)

SEGMENTS: MappingProxyType[RecordType, tuple[FieldSpec, ...]] = MappingProxyType(
    {
        RecordType.CREDIT: _ORIGINATED_SEGMENT,
        RecordType.DEBIT: _ORIGINATED_SEGMENT,
        RecordType.CREDIT_REVERSAL: _REVERSAL_SEGMENT,
        RecordType.DEBIT_REVERSAL: _REVERSAL_SEGMENT,
        RecordType.RETURNED_CREDIT: _RETURNED_SEGMENT,
        RecordType.RETURNED_DEBIT: _RETURNED_SEGMENT,
    }
)

TRAILER: tuple[FieldSpec, ...] = (
    *CONTROL,
    FieldSpec(4, "debits_value", 25, 14, _N),
    FieldSpec(5, "debits_count", 39, 8, _N),
    FieldSpec(6, "credits_value", 47, 14, _N),
    FieldSpec(7, "credits_count", 61, 8, _N),
    FieldSpec(8, "credit_reversals_value", 69, 14, _N),
    FieldSpec(9, "credit_reversals_count", 83, 8, _N),
    FieldSpec(10, "debit_reversals_value", 91, 14, _N),
    FieldSpec(11, "debit_reversals_count", 105, 8, _N),
    FieldSpec(12, FILLER, 113, 1352, _AN),
)


def segment_start(segment: int) -> int:
    """Position of the first character of segment 1 to 6 in its record: 25, 265, 505 and so on."""
    return CONTROL_LENGTH + 1 + SEGMENT_LENGTH * (segment - 1)


def position_in_record(spec: FieldSpec, segment: int) -> int:
    """Position in the record of an element of segment 1 to 6."""
    return segment_start(segment) + spec.position - 1


def template_of(specs: tuple[FieldSpec, ...]) -> str:
    """A ``str.format`` template that fills text values up to their lengths; it pads and never cuts."""
    return "".join(
        f"{{:<{spec.length}}}" if spec.kind is Kind.ALPHANUMERIC else f"{{:0>{spec.length}}}" for spec in specs
    )


def pattern_of(specs: tuple[FieldSpec, ...]) -> re.Pattern[str]:
    """Matches exactly the texts of the right length whose every element is filled as its kind asks."""
    return re.compile("".join(f"{_characters_of(spec)}{{{spec.length}}}" for spec in specs))


def _characters_of(spec: FieldSpec) -> str:
    if spec.kind is not Kind.ALPHANUMERIC:
        return "[0-9]" if spec.kind is Kind.NUMERIC else "0"
    return " " if spec.name == FILLER else "[ -~]"


SEGMENT_PATTERNS: MappingProxyType[RecordType, re.Pattern[str]] = MappingProxyType(
    {letter: pattern_of(specs) for letter, specs in SEGMENTS.items()}
)
