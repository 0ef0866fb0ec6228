"""A file of returns as banking understands it: our credits that came back, and what cannot be one of them (BNK-5).

What is wrong with the frame of a file (a record too short, no trailer, totals that are not the sum) refuses the file as
a whole: nobody knows what else is missing. What is wrong inside a segment concerns that segment; it goes to the
exception list and the others are applied.
"""

import hashlib
import io
from dataclasses import dataclass, field
from datetime import date

from services.banking.domain.cpa005 import (
    Entry,
    Header,
    LocatedEntry,
    ReadRules,
    RecordType,
    Trailer,
    Violation,
    iter_file,
)
from shared.errors import Rejected


class ReturnFileRefused(Rejected):
    """The file is not a whole file of returns to us; ``rule`` is the code of the first thing found."""

    def __init__(self, rule: str, *, record: int) -> None:
        super().__init__("banking.return_file_refused", rule=rule, record=record)
        self.rule = rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedCredit:
    """A payment that the bank sends back.

    Attributes:
        place: ``record/segment`` in the file.
        reason: Standard 007, 9xx.
        trace: the bank's own number of the return.
    """

    place: str
    cross_reference: str
    amount_cents: int
    reason: int
    returned_on: date
    trace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OddSegment:
    """A segment that is no return of a credit, or that breaks a rule; ``kind`` is that of its exception."""

    place: str
    kind: str
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFile:
    """A sound file. ``digest`` is its SHA-256: the same file has the same."""

    digest: str
    file_number: int
    creation_date: date
    returned: tuple[ReturnedCredit, ...]
    odd: tuple[OddSegment, ...]

    @property
    def count(self) -> int:
        """Segments of the file."""
        return len(self.returned) + len(self.odd)


@dataclass(slots=True)
class _Reading:
    header: Header | None = None
    is_closed: bool = False
    returned: list[ReturnedCredit] = field(default_factory=list)
    odd: dict[str, OddSegment] = field(default_factory=dict)


def read_return_file(content: bytes, *, originator_id: str, near: date) -> ReturnFile:
    """Read a whole file of returns; ``near`` chooses the century of its dates.

    Raises:
        ReturnFileRefused: not whole, not sound, or another originator's.
    """
    reading = _Reading()
    for item in iter_file(io.BytesIO(content), rules=ReadRules(near=near, originator_id=originator_id)):
        match item:
            case Violation(segment=None):
                raise ReturnFileRefused(item.code.value, record=item.record)
            case Violation():
                place = f"{item.record}/{item.segment}"
                reading.odd[place] = OddSegment(place=place, kind="return_unreadable")
            case Header():
                reading.header = item
            case LocatedEntry():
                _sort_in(item, reading)
            case Trailer():
                reading.is_closed = True
    if reading.header is None or not reading.is_closed:
        raise ReturnFileRefused("trailer_missing", record=1)
    return ReturnFile(
        digest=hashlib.sha256(content).hexdigest(),
        file_number=reading.header.file_number,
        creation_date=reading.header.creation_date,
        returned=tuple(reading.returned),
        odd=tuple(reading.odd.values()),
    )


def _sort_in(located: LocatedEntry, reading: _Reading) -> None:
    entry, place = located.entry, f"{located.record}/{located.segment}"
    if entry.record_type is RecordType.RETURNED_CREDIT and entry.cross_reference:
        reading.returned.append(_returned(entry, place))
    else:
        reading.odd[place] = OddSegment(place=place, kind="return_unexpected", amount_cents=entry.amount_cents)


def _returned(entry: Entry, place: str) -> ReturnedCredit:
    return ReturnedCredit(
        place=place,
        cross_reference=entry.cross_reference,
        amount_cents=entry.amount_cents,
        reason=entry.transaction_type,
        returned_on=entry.due_date,
        trace=entry.item_trace,
    )
