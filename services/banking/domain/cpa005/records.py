"""What the records of a file say, typed. Account numbers and names are left out of every ``repr``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from services.banking.domain.cpa005.codes import HEALTH_DENTAL_CLAIM
from services.banking.domain.cpa005.layout import RecordType

NO_ROUTING = "0" * 9
NO_TRACE = "0" * 22


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payment:
    routing: str
    account: str = field(repr=False)
    name: str = field(repr=False)
    amount_cents: int
    due_date: date
    cross_reference: str
    sundry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPayment(_Payment):
    """One direct deposit (C) to be written.

    Attributes:
        routing: ``0YYYXXXXX``, institution and transit of the payee.
        account: 1 to 12 digits, leading zeros included.
        name: payee, as written by people; transliterated and cut to 30 characters in the file.
        due_date: day on which the funds are to be available.
        cross_reference: 1 to 19 of ``A-Z 0-9 -``, unique in the file; comes back on a return.
        sundry: at most 15 characters for the payee's bank, such as a batch number.
        transaction_type: Standard 007.
    """

    record_type: ClassVar[RecordType] = RecordType.CREDIT

    transaction_type: int = HEALTH_DENTAL_CLAIM


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitPayment(_Payment):
    """One pre-authorized debit (D) to be written: as ``CreditPayment``, of the payor, on the day it falls due."""

    record_type: ClassVar[RecordType] = RecordType.DEBIT

    transaction_type: int


Payment = CreditPayment | DebitPayment


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Record A."""

    originator_id: str
    file_number: int
    creation_date: date
    data_centre: str
    currency: str
    reserved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One used segment of a detail record, all 18 elements, with one set of names for all letters.

    ``returns_routing`` and ``returns_account`` are where an unpaid item goes back (C, D, E, F), and the
    originator's own institution and account on a returned item (I, J). ``transaction_type`` is the return
    reason on I and J, where ``stored_transaction_type`` keeps the type of the payment that came back.
    ``original_item_trace`` exists on E, F, I, J.
    """

    record_type: RecordType
    transaction_type: int
    amount_cents: int
    due_date: date
    routing: str
    account: str = field(repr=False)
    name: str = field(repr=False)
    cross_reference: str
    short_name: str = ""
    long_name: str = ""
    user_id: str = ""
    item_trace: str = NO_TRACE
    stored_transaction_type: int = 0
    returns_routing: str = NO_ROUTING
    returns_account: str = field(default="", repr=False)
    sundry: str = ""
    original_item_trace: str = ""
    settlement_code: str = ""
    invalid_elements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LocatedEntry:
    """An entry and its place in the file."""

    record: int
    segment: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Total:
    """A value in cents and the number of segments (payments, not records) that make it up."""

    value_cents: int = 0
    count: int = 0

    def plus(self, amount_cents: int) -> "Total":
        """This total with one more segment."""
        return Total(self.value_cents + amount_cents, self.count + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The four totals of record Z: D with J, C with I, E, F."""

    debits: Total
    credits: Total
    credit_reversals: Total
    debit_reversals: Total

    @property
    def in_order(self) -> tuple[Total, Total, Total, Total]:
        """As they follow each other in the trailer."""
        return (self.debits, self.credits, self.credit_reversals, self.debit_reversals)

    @classmethod
    def from_order(cls, debits: Total, credits_: Total, credit_reversals: Total, debit_reversals: Total) -> "Totals":
        """The inverse of ``in_order``."""
        return cls(
            debits=debits,
            credits=credits_,
            credit_reversals=credit_reversals,
            debit_reversals=debit_reversals,
        )


@dataclass(frozen=True, slots=True)
class Trailer:
    """Record Z."""

    totals: Totals


_BUCKETS: Mapping[RecordType, str] = {
    RecordType.DEBIT: "debits",
    RecordType.RETURNED_DEBIT: "debits",
    RecordType.CREDIT: "credits",
    RecordType.RETURNED_CREDIT: "credits",
    RecordType.CREDIT_REVERSAL: "credit_reversals",
    RecordType.DEBIT_REVERSAL: "debit_reversals",
}


class Tally:
    """Adds up segments while a file is written or read."""

    def __init__(self) -> None:
        self._totals = dict.fromkeys(_BUCKETS.values(), Total())

    def add(self, record_type: RecordType, amount_cents: int) -> Total:
        """Count one segment; returns the total it went into."""
        bucket = _BUCKETS[record_type]
        self._totals[bucket] = total = self._totals[bucket].plus(amount_cents)
        return total

    def totals(self) -> Totals:
        """What was counted so far."""
        return Totals(
            debits=self._totals["debits"],
            credits=self._totals["credits"],
            credit_reversals=self._totals["credit_reversals"],
            debit_reversals=self._totals["debit_reversals"],
        )
