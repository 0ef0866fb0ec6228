"""Reads and checks a file of CPA Standard 005: any separator, all detail letters, in flat memory.

``iter_file`` yields what it reads as it reads it, violations included, so that the sound items of a return
file can be applied when one of them is broken; ``check_file`` keeps only counts and violations; ``read_file``
raises at the first one. Of the file itself only the cross-references of payments are remembered, a few bytes of
each, to find the ones that are repeated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from services.banking.domain.cpa005.framing import split_records
from services.banking.domain.cpa005.read_rules import ReadRules
from services.banking.domain.cpa005.records import Entry, Header, LocatedEntry, Tally, Totals, Trailer
from services.banking.domain.cpa005.scanner import Item, Scanner
from services.banking.domain.cpa005.violations import FileRefused, Violation, ViolationCode


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A whole file without a violation."""

    header: Header
    entries: tuple[Entry, ...]
    trailer: Trailer


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a check found.

    Attributes:
        header, trailer: None when they could not be read.
        counted: totals of the sound segments.
        violations: the first ones, as many as were asked for.
        violation_count: all of them.
    """

    header: Header | None
    counted: Totals
    trailer: Trailer | None
    violations: tuple[Violation, ...]
    violation_count: int


def iter_file(source: BinaryIO, *, rules: ReadRules) -> Iterator[Item]:
    """Yield the header, each sound entry, the trailer and each violation, in the order of the file."""
    scanner = Scanner(rules)
    for raw in split_records(source):
        yield from scanner.read(raw)
    yield from scanner.end()


def read_file(source: BinaryIO, *, rules: ReadRules) -> ParsedFile:
    """Read a whole file into memory.

    Raises:
        FileRefused: with the first violation.
    """
    header: Header | None = None
    trailer: Trailer | None = None
    entries: list[Entry] = []
    for item in iter_file(source, rules=rules):
        match item:
            case Violation():
                raise FileRefused(item)
            case Header():
                header = item
            case LocatedEntry():
                entries.append(item.entry)
            case Trailer():
                trailer = item
    if header is None or trailer is None:
        # The scanner reports either as a violation; this is for the type checker and for the day it does not.
        raise FileRefused(Violation(code=ViolationCode.TRAILER_MISSING, record=1))
    return ParsedFile(header, tuple(entries), trailer)


def check_file(source: BinaryIO, *, rules: ReadRules, limit: int = 1000) -> FileReport:
    """Check a file of any size; at most ``limit`` violations are kept, all are counted."""
    header: Header | None = None
    trailer: Trailer | None = None
    tally = Tally()
    violations: list[Violation] = []
    count = 0
    for item in iter_file(source, rules=rules):
        match item:
            case Violation():
                count += 1
                if count <= limit:
                    violations.append(item)
            case Header():
                header = item
            case LocatedEntry(entry=entry):
                tally.add(entry.record_type, entry.amount_cents)
            case Trailer():
                trailer = item
    return FileReport(header, tally.totals(), trailer, tuple(violations), count)
