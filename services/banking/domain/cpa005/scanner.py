"""Follows a file from record to record and yields what it holds and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import replace

from services.banking.domain.cpa005.edges import placed, read_header, read_trailer
from services.banking.domain.cpa005.framing import RawRecord
from services.banking.domain.cpa005.layout import (
    CONTROL,
    ORIGINATED,
    RECORD_LENGTH,
    SEGMENT_LENGTH,
    SEGMENTS_PER_RECORD,
    RecordType,
    segment_start,
)
from services.banking.domain.cpa005.read_rules import ReadRules
from services.banking.domain.cpa005.records import Entry, Header, LocatedEntry, Tally, Trailer
from services.banking.domain.cpa005.references import References
from services.banking.domain.cpa005.rules import EntryRules
from services.banking.domain.cpa005.segments import read_segment
from services.banking.domain.cpa005.violations import Fault, Violation, ViolationCode

Item = Header | LocatedEntry | Trailer | Violation

_LETTER, _COUNT, _CONTROL_DATA = CONTROL
_DETAIL_LETTERS = frozenset(RecordType)
_SEGMENT_SPANS = tuple(
    slice(segment_start(number) - 1, segment_start(number) - 1 + SEGMENT_LENGTH)
    for number in range(1, SEGMENTS_PER_RECORD + 1)
)
_CROSS_REFERENCE_ELEMENT = 15
_TRANSMISSION = b"$$"
"""How a line begins that some banks want before the header; it is no record and is not counted."""


class Scanner:
    """State of one pass over one file: feed every record to ``read``, then call ``end``."""

    def __init__(self, rules: ReadRules) -> None:
        self._rules = rules
        self._entry_rules = rules.for_entries(None)
        self._record = 0
        self._expected_count = 1
        self._separator: bytes | None = None
        self._has_begun = False
        self._control: str | None = None
        self._has_trailer = False
        self._is_complete = True
        self._tally = Tally()
        self._references = References()

    def read(self, raw: RawRecord) -> Iterator[Item]:
        """What the next record holds and breaks."""
        if not self._has_begun:
            self._has_begun = True
            line = raw.data if raw.data.startswith(_TRANSMISSION) else b""
            yield from self._transmission_line(line)
            if line:
                return
        self._record += 1
        if self._has_trailer:
            yield self._violation(ViolationCode.RECORD_AFTER_TRAILER)
            return
        yield from self._frame(raw)
        text = raw.data.decode("latin-1")
        letter = text[:1]
        if (letter == "A") != (self._record == 1):
            is_late = letter == "A"
            yield self._violation(ViolationCode.SECOND_HEADER if is_late else ViolationCode.HEADER_MISSING)
            if is_late:
                self._expected_count += 1
                return
        if not raw.data:
            return  # a blank line is told by its length; the next record follows the one before it
        if letter in _DETAIL_LETTERS:
            yield from self._detail(RecordType(letter), text)
        elif letter == "A":
            yield from self._header(text.ljust(RECORD_LENGTH))
        elif letter == "Z":
            yield from self._trailer(text.ljust(RECORD_LENGTH))
        else:
            self._is_complete = False
            self._expected_count += 1
            yield placed(ViolationCode.RECORD_TYPE_UNKNOWN, _LETTER, record=self._record)

    def end(self) -> Iterator[Item]:
        """What is missing once the file has ended."""
        if self._record == 0:
            self._record = 1
            yield self._violation(ViolationCode.HEADER_MISSING)
        if not self._has_trailer:
            yield self._violation(ViolationCode.TRAILER_MISSING)

    def _transmission_line(self, line: bytes) -> Iterator[Violation]:
        expected = self._rules.transmission_line
        if expected is not None and line.decode("latin-1") != expected:
            yield Violation(code=ViolationCode.TRANSMISSION_LINE_WRONG, record=1, expected=expected or "none")

    def _violation(self, code: ViolationCode, *, expected: str = "", found: str = "") -> Violation:
        return Violation(code=code, record=self._record, expected=expected, found=found)

    def _frame(self, raw: RawRecord) -> Iterator[Violation]:
        if len(raw.data) != RECORD_LENGTH:
            yield self._violation(
                ViolationCode.RECORD_LENGTH_WRONG, expected=str(RECORD_LENGTH), found=str(len(raw.data))
            )
        if self._separator is None:
            self._separator = raw.separator
            expected = self._rules.separator
            if expected is not None and raw.separator != expected.value:
                yield self._violation(ViolationCode.SEPARATOR_CHANGED, expected=expected.name)
        # The last record may end with the file.
        elif raw.separator and raw.separator != self._separator:
            yield self._violation(ViolationCode.SEPARATOR_CHANGED)

    def _sequence(self, text: str) -> Iterator[Violation]:
        """Record count and, except in the header that sets them, origination control data."""
        count = text[_COUNT.span]
        if not (count.isascii() and count.isdecimal()):
            yield placed(ViolationCode.NOT_NUMERIC, _COUNT, record=self._record)
            self._expected_count += 1
        else:
            if int(count) != self._expected_count:
                yield placed(
                    ViolationCode.RECORD_COUNT_WRONG,
                    _COUNT,
                    record=self._record,
                    expected=f"{self._expected_count:09d}",
                    found=count,
                )
            self._expected_count = int(count) + 1
        if self._control is not None and text[_CONTROL_DATA.span] != self._control:
            yield placed(ViolationCode.CONTROL_DATA_DIFFERS, _CONTROL_DATA, record=self._record)

    def _header(self, text: str) -> Iterator[Item]:
        yield from self._sequence(text)
        self._control = text[_CONTROL_DATA.span]
        header, violations = read_header(text, self._rules, record=self._record)
        yield from violations
        if header is not None:
            self._entry_rules = self._rules.for_entries(header.creation_date, header.originator_id)
            yield header

    def _trailer(self, text: str) -> Iterator[Item]:
        yield from self._sequence(text)
        self._has_trailer = True
        counted = self._tally.totals() if self._is_complete else None
        trailer, violations = read_trailer(text, counted, record=self._record)
        yield from violations
        if trailer is not None:
            yield trailer

    def _detail(self, record_type: RecordType, text: str) -> Iterator[Item]:
        if len(text) != RECORD_LENGTH:
            # Every field after the fault would be read from the wrong place.
            self._is_complete = False
            self._expected_count += 1
            return
        yield from self._sequence(text)
        segments = [text[span] for span in _SEGMENT_SPANS]
        used = [number for number, segment in enumerate(segments, 1) if segment.strip(" ")]
        if not used:
            yield self._violation(ViolationCode.SEGMENTS_MISSING)
        elif used[-1] != len(used):
            gap = next(number for number in range(1, SEGMENTS_PER_RECORD) if number not in used)
            yield Violation(
                code=ViolationCode.SEGMENT_GAP, record=self._record, segment=gap, position=segment_start(gap)
            )
        if record_type in ORIGINATED and len(used) > self._rules.payments_per_record:
            yield self._violation(
                ViolationCode.SEGMENTS_TOO_MANY, expected=str(self._rules.payments_per_record), found=str(len(used))
            )
        rules = self._entry_rules
        if text[_CONTROL_DATA.span] != self._control:
            # That is told already; whether the user ids agree with the header would be the same again.
            rules = replace(rules, originator_id=None)
        for number in used:
            yield from self._segment(record_type, number, segments[number - 1], rules)

    def _segment(self, record_type: RecordType, number: int, text: str, rules: EntryRules) -> Iterator[Item]:
        segment = read_segment(record_type, text, rules, near=self._rules.near)
        if segment.amount_cents is None:
            self._is_complete = False
        else:
            self._tally.add(record_type, segment.amount_cents)
        faults = [*segment.faults, *self._repetition(segment.entry)]
        for fault in faults:
            yield fault.at(record_type, record=self._record, segment=number)
        if segment.entry is not None and not faults:
            yield LocatedEntry(self._record, number, segment.entry)

    def _repetition(self, entry: Entry | None) -> Iterator[Fault]:
        if entry is None or entry.record_type not in ORIGINATED:
            return
        if not self._references.add(entry.cross_reference):
            yield Fault(ViolationCode.CROSS_REFERENCE_REPEATED, _CROSS_REFERENCE_ELEMENT, found=entry.cross_reference)
