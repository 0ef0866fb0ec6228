"""Reads one segment: its 240 characters become an ``Entry``, or the list of what is wrong with them."""

from dataclasses import dataclass
from datetime import date

from services.banking.domain.cpa005.dates import decode_date
from services.banking.domain.cpa005.layout import SEGMENT_PATTERNS, SEGMENTS, RecordType
from services.banking.domain.cpa005.records import Entry
from services.banking.domain.cpa005.rules import EntryRules, faults_of, form_faults
from services.banking.domain.cpa005.violations import Fault, ViolationCode

_SPANS = {letter: tuple(spec.span for spec in specs) for letter, specs in SEGMENTS.items()}
_AMOUNT_INDEX = 1
_ELEMENT_DIGITS = 2


@dataclass(frozen=True, slots=True)
class ReadSegment:
    """What a used segment gave.

    Attributes:
        entry: present when the segment breaks no rule.
        amount_cents: present whenever the amount can be read, for the totals.
    """

    entry: Entry | None
    amount_cents: int | None
    faults: tuple[Fault, ...]


def read_segment(record_type: RecordType, text: str, rules: EntryRules, *, near: date) -> ReadSegment:
    """Read the 240 characters of a used segment; ``near`` chooses the century of its date."""
    values = tuple(text[span] for span in _SPANS[record_type])
    if not SEGMENT_PATTERNS[record_type].fullmatch(text):
        amount = values[_AMOUNT_INDEX]
        is_readable = amount.isascii() and amount.isdecimal()
        faults = tuple(form_faults(record_type, values))
        return ReadSegment(None, int(amount) if is_readable else None, faults)
    due_date = decode_date(values[2], near)
    if due_date is None:
        return ReadSegment(None, int(values[1]), (Fault(ViolationCode.DATE_INVALID, 6),))
    entry = _entry(record_type, values, due_date)
    faults = tuple(faults_of(entry, rules))
    return ReadSegment(None if faults else entry, entry.amount_cents, faults)


def _entry(record_type: RecordType, values: tuple[str, ...], due_date: date) -> Entry:
    return Entry(
        record_type=record_type,
        transaction_type=int(values[0]),
        amount_cents=int(values[1]),
        due_date=due_date,
        routing=values[3],
        account=values[4].rstrip(),
        item_trace=values[5],
        stored_transaction_type=int(values[6]),
        short_name=values[7].rstrip(),
        name=values[8].rstrip(),
        long_name=values[9].rstrip(),
        user_id=values[10].rstrip(),
        cross_reference=values[11].rstrip(),
        returns_routing=values[12],
        returns_account=values[13].rstrip(),
        sundry=values[14].rstrip(),
        original_item_trace=values[15].rstrip(),
        settlement_code=values[16].rstrip(),
        invalid_elements=_element_numbers(values[17]),
    )


def _element_numbers(text: str) -> tuple[int, ...]:
    """``"07080000000"`` names the elements 7 and 8."""
    pairs = (text[start : start + _ELEMENT_DIGITS] for start in range(0, len(text) - 1, _ELEMENT_DIGITS))
    return tuple(int(pair) for pair in pairs if pair != "00")
