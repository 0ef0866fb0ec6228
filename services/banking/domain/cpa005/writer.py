"""Writes a file of CPA Standard 005, payment by payment, in memory that does not grow with the file.

Only the cross-references are remembered, a few bytes of each, because they must be unique. When a payment is
refused, ``out`` holds the beginning of a file without trailer: the caller throws it away (BNK-4: written whole or
not at all).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from services.banking.domain.cpa005.dates import encode_date
from services.banking.domain.cpa005.file_numbers import check_file_number
from services.banking.domain.cpa005.layout import (
    HEADER,
    MAX_TOTAL_CENTS,
    MAX_TOTAL_COUNT,
    ORIGINATED,
    RECORD_LENGTH,
    SEGMENT_PATTERNS,
    SEGMENTS,
    TRAILER,
    RecordType,
    template_of,
)
from services.banking.domain.cpa005.profile import LONG_NAME_LENGTH, BankProfile
from services.banking.domain.cpa005.records import Entry, Payment, Tally, Totals
from services.banking.domain.cpa005.references import References
from services.banking.domain.cpa005.rules import EntryRules, faults_of, form_faults
from services.banking.domain.cpa005.text import bank_text
from services.banking.domain.cpa005.violations import (
    Fault,
    NothingToWrite,
    PaymentRefused,
    TotalsOverflow,
    ViolationCode,
)

_HEADER_TEMPLATE = template_of(HEADER)
_TRAILER_TEMPLATE = template_of(TRAILER)
_SEGMENT_TEMPLATES = {letter: template_of(specs) for letter, specs in SEGMENTS.items()}
_ELEMENT_DIGITS = 2
_INVALID_ELEMENTS_LENGTH = 11
_CROSS_REFERENCE = re.compile(r"[A-Z0-9-]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTotals:
    """What was written: the numbers that a deposit file keeps to prove itself (BNK-4)."""

    records: int
    totals: Totals
    byte_count: int
    sha256: str

    @property
    def count(self) -> int:
        """Number of credits."""
        return self.totals.credits.count

    @property
    def debit_count(self) -> int:
        """Number of debits."""
        return self.totals.debits.count

    @property
    def total_cents(self) -> int:
        """Value of the credits."""
        return self.totals.credits.value_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIdentity:
    """What is new in each file, and what it is checked against.

    ``recent_file_numbers`` go from oldest to newest; the last ``remembered_file_numbers`` of the profile
    count.
    """

    file_number: int
    creation_date: date
    recent_file_numbers: tuple[int, ...] = ()
    institutions: frozenset[str] | None = None


def write_file(
    payments: Iterable[Payment], out: BinaryIO, *, profile: BankProfile, identity: FileIdentity
) -> FileTotals:
    """Write credits (C) and debits (D) to ``out`` as one file, in their order; a change of letter begins a record.

    Raises:
        FileNumberOutOfRange, FileNumberReused: the file creation number.
        PaymentRefused: the first payment that breaks a rule, with the place where it would have stood.
        NothingToWrite: no payment at all.
        TotalsOverflow: more than the trailer can state.
    """
    totals = write_entries(_entries(payments, profile), out, profile=profile, identity=identity)
    if totals.count + totals.debit_count == 0:
        raise NothingToWrite
    return totals


def write_entries(
    entries: Iterable[Entry], out: BinaryIO, *, profile: BankProfile, identity: FileIdentity
) -> FileTotals:
    """Write entries of any letter, as a bank does for returns; an empty file is a valid one.

    Entries are written as they are, without transliteration; a change of letter begins a new record.

    Raises:
        FileNumberOutOfRange, FileNumberReused, PaymentRefused, TotalsOverflow: as ``write_file``.
    """
    check_file_number(identity.file_number, profile.remembered(identity.recent_file_numbers))
    writer = _Writer(out, profile, identity)
    for entry in entries:
        writer.add(entry)
    return writer.finish()


def _entries(payments: Iterable[Payment], profile: BankProfile) -> Iterator[Entry]:
    constants = profile.constants
    for payment in payments:
        yield Entry(
            record_type=payment.record_type,
            transaction_type=payment.transaction_type,
            amount_cents=payment.amount_cents,
            due_date=payment.due_date,
            routing=payment.routing,
            account=payment.account,
            name=bank_text(payment.name)[:LONG_NAME_LENGTH].rstrip(),
            cross_reference=payment.cross_reference,
            short_name=constants[11],
            long_name=constants[13],
            user_id=profile.originator_id,
            returns_routing=constants[16],
            returns_account=constants[17],
            sundry=payment.sundry,
            settlement_code=constants[20],
        )


def _values(entry: Entry) -> tuple[str, ...]:
    """The 18 elements of a segment as texts, in the order of the layout."""
    invalid = "".join(f"{number:0{_ELEMENT_DIGITS}d}" for number in entry.invalid_elements)
    return (
        str(entry.transaction_type),
        str(entry.amount_cents),
        encode_date(entry.due_date),
        entry.routing,
        entry.account,
        entry.item_trace,
        str(entry.stored_transaction_type),
        entry.short_name,
        entry.name,
        entry.long_name,
        entry.user_id,
        entry.cross_reference,
        entry.returns_routing,
        entry.returns_account,
        entry.sundry,
        entry.original_item_trace,
        entry.settlement_code,
        invalid.ljust(_INVALID_ELEMENTS_LENGTH, "0"),
    )


class _Writer:
    def __init__(self, out: BinaryIO, profile: BankProfile, identity: FileIdentity) -> None:
        self._out = out
        self._separator = profile.separator.value
        self._per_record = profile.payments_per_record
        self._rules = EntryRules(
            creation_date=identity.creation_date,
            originator_id=profile.originator_id,
            constants=profile.constants,
            credit_window=profile.credit_window,
            debit_window=profile.debit_window,
            institutions=identity.institutions,
        )
        self._control = f"{profile.originator_id}{identity.file_number:04d}"
        self._digest = hashlib.sha256()
        self._records = self._bytes = self._payments = 0
        self._tally = Tally()
        self._references = References()
        self._letter: RecordType | None = None
        self._segments: list[str] = []
        if profile.transmission_line:
            self._emit(profile.transmission_line.encode("ascii"))
        self._put(
            _HEADER_TEMPLATE.format(
                "A",
                1,
                profile.originator_id,
                identity.file_number,
                encode_date(identity.creation_date),
                profile.data_centre,
                profile.reserved,
                profile.currency,
                "",
            )
        )

    def add(self, entry: Entry) -> None:
        if entry.record_type is not self._letter or len(self._segments) == self._per_record:
            self._flush()
            self._letter = entry.record_type
        self._payments += 1
        text = _SEGMENT_TEMPLATES[entry.record_type].format(*_values(entry))
        for fault in self._faults(entry, text):
            violation = fault.at(entry.record_type, record=self._records + 1, segment=len(self._segments) + 1)
            raise PaymentRefused(violation, payment=self._payments)
        total = self._tally.add(entry.record_type, entry.amount_cents)
        if total.value_cents > MAX_TOTAL_CENTS or total.count > MAX_TOTAL_COUNT:
            raise TotalsOverflow
        self._segments.append(text)

    def finish(self) -> FileTotals:
        self._flush()
        totals = self._tally.totals()
        stated = [number for total in totals.in_order for number in (total.value_cents, total.count)]
        self._put(_TRAILER_TEMPLATE.format("Z", self._records + 1, self._control, *stated, ""))
        return FileTotals(records=self._records, totals=totals, byte_count=self._bytes, sha256=self._digest.hexdigest())

    def _faults(self, entry: Entry, text: str) -> Iterator[Fault]:
        yield from faults_of(entry, self._rules)
        if not SEGMENT_PATTERNS[entry.record_type].fullmatch(text):
            yield from form_faults(entry.record_type, _values(entry))
        if entry.record_type not in ORIGINATED:
            return
        if not _CROSS_REFERENCE.fullmatch(entry.cross_reference):
            yield Fault(ViolationCode.CROSS_REFERENCE_INVALID, 15)
        if not self._references.add(entry.cross_reference):
            yield Fault(ViolationCode.CROSS_REFERENCE_REPEATED, 15, found=entry.cross_reference)

    def _flush(self) -> None:
        if self._letter is None or not self._segments:
            return
        self._put(f"{self._letter.value}{self._records + 1:09d}{self._control}{''.join(self._segments)}")
        self._segments.clear()

    def _put(self, record: str) -> None:
        self._emit(record.ljust(RECORD_LENGTH).encode("ascii"))
        self._records += 1

    def _emit(self, line: bytes) -> None:
        data = line + self._separator
        self._out.write(data)
        self._digest.update(data)
        self._bytes += len(data)
