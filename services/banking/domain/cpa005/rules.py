"""Rules about one segment, the same for writing and for reading.

What we originate (C, D) is held to every rule. What a bank sends back (E, F, I, J) only to what is needed to
match and to apply it: refusing a return because the bank put an odd account number in it would lose the
return.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from types import MappingProxyType

from services.banking.domain.cpa005.codes import is_return_reason, is_transaction_type
from services.banking.domain.cpa005.dates import CREDIT_WINDOW, DEBIT_WINDOW, DateWindow
from services.banking.domain.cpa005.layout import (
    FILLER,
    MAX_AMOUNT_CENTS,
    ORIGINATED,
    RETURNED,
    SEGMENTS,
    FieldSpec,
    Kind,
    RecordType,
)
from services.banking.domain.cpa005.records import NO_ROUTING, Entry
from services.banking.domain.cpa005.text import is_bank_text
from services.banking.domain.cpa005.violations import Fault, ViolationCode

_ACCOUNT = re.compile(r"[0-9]{1,12}")
_ROUTING = re.compile(r"0[0-9]{8}")
_NO_INSTITUTION = "000"
_INSTITUTION = slice(1, 4)
_NOT_SHOWN = frozenset({16, 17})
"""Elements whose expected value is an account of ours."""

_ATTRIBUTES: Mapping[int, str] = MappingProxyType(
    {
        11: "short_name",
        12: "name",
        13: "long_name",
        16: "returns_routing",
        17: "returns_account",
        18: "sundry",
        20: "settlement_code",
    }
)
_TEXTS = (11, 12, 13, 18)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRules:
    """Limits that depend on the file or the bank.

    Without ``creation_date`` (the header could not be read) windows are not checked; without ``institutions``
    every institution is accepted; without ``originator_id`` every user id. ``constants`` are elements, by number,
    that are the same in every payment of a bank profile.
    """

    creation_date: date | None
    originator_id: str | None = None
    constants: Mapping[int, str] = field(default_factory=dict)
    credit_window: DateWindow = CREDIT_WINDOW
    debit_window: DateWindow = DEBIT_WINDOW
    institutions: frozenset[str] | None = None


def faults_of(entry: Entry, rules: EntryRules) -> Iterator[Fault]:
    """Every broken rule of ``entry``, in the order of the elements."""
    faults = _common_faults(entry)
    if entry.record_type in ORIGINATED:
        of_payment = chain(_date_faults(entry, rules), _payee_faults(entry, rules), _text_faults(entry))
        faults = chain(faults, of_payment, _own_faults(entry, rules))
    yield from sorted(faults, key=lambda fault: fault.element)


def _common_faults(entry: Entry) -> Iterator[Fault]:
    yield from _type_faults(entry)
    if not 1 <= entry.amount_cents <= MAX_AMOUNT_CENTS:
        yield Fault(ViolationCode.AMOUNT_OUT_OF_RANGE, 5, found=str(entry.amount_cents))


def _date_faults(entry: Entry, rules: EntryRules) -> Iterator[Fault]:
    window = rules.credit_window if entry.record_type is RecordType.CREDIT else rules.debit_window
    if rules.creation_date is not None and not window.admits(entry.due_date, rules.creation_date):
        yield Fault(ViolationCode.DATE_OUTSIDE_WINDOW, 6, found=entry.due_date.isoformat())


def _type_faults(entry: Entry) -> Iterator[Fault]:
    code, stored = entry.transaction_type, entry.stored_transaction_type
    if entry.record_type in RETURNED:
        if not is_return_reason(code):
            yield Fault(ViolationCode.RETURN_REASON_UNKNOWN, 4, found=f"{code:03d}")
    elif not (is_transaction_type(code) or (entry.record_type not in ORIGINATED and is_return_reason(code))):
        yield Fault(ViolationCode.TRANSACTION_TYPE_UNKNOWN, 4, found=f"{code:03d}")
    if entry.record_type in ORIGINATED:
        if stored != 0:
            yield Fault(ViolationCode.STORED_TYPE_INVALID, 10, expected="000", found=f"{stored:03d}")
    elif not is_transaction_type(stored):
        yield Fault(ViolationCode.STORED_TYPE_INVALID, 10, found=f"{stored:03d}")


def _payee_faults(entry: Entry, rules: EntryRules) -> Iterator[Fault]:
    institution = entry.routing[_INSTITUTION]
    if not _ROUTING.fullmatch(entry.routing) or institution == _NO_INSTITUTION:
        yield Fault(ViolationCode.ROUTING_INVALID, 7)
    elif rules.institutions is not None and institution not in rules.institutions:
        yield Fault(ViolationCode.INSTITUTION_UNKNOWN, 7, found=institution)
    if not _ACCOUNT.fullmatch(entry.account):
        yield Fault(ViolationCode.ACCOUNT_INVALID, 8)
    if not entry.name.strip():
        yield Fault(ViolationCode.NAME_BLANK, 12)
    reference = entry.cross_reference
    if not reference or reference[0] == " " or not is_bank_text(reference):
        yield Fault(ViolationCode.CROSS_REFERENCE_INVALID, 15)


def _own_faults(entry: Entry, rules: EntryRules) -> Iterator[Fault]:
    """What the originator says of itself."""
    if rules.originator_id is not None and entry.user_id != rules.originator_id:
        yield Fault(ViolationCode.USER_ID_DIFFERS, 14, expected=rules.originator_id, found=entry.user_id)
    for number, expected in rules.constants.items():
        if getattr(entry, _ATTRIBUTES[number]) != expected:
            yield Fault(ViolationCode.PROFILE_DIFFERS, number, expected="" if number in _NOT_SHOWN else expected)
    if entry.returns_routing == NO_ROUTING and not entry.returns_account:
        return
    if not _ROUTING.fullmatch(entry.returns_routing) or entry.returns_routing[_INSTITUTION] == _NO_INSTITUTION:
        yield Fault(ViolationCode.ROUTING_INVALID, 16)
    if not _ACCOUNT.fullmatch(entry.returns_account):
        yield Fault(ViolationCode.ACCOUNT_INVALID, 17)


def _text_faults(entry: Entry) -> Iterator[Fault]:
    for number in _TEXTS:
        text: str = getattr(entry, _ATTRIBUTES[number])
        if text.startswith(" "):
            yield Fault(ViolationCode.NOT_LEFT_JUSTIFIED, number)
        # What is not even ASCII is told apart by its form.
        if text.isascii() and not is_bank_text(text):
            yield Fault(ViolationCode.CHARACTER_UNSAFE, number)


def form_faults(record_type: RecordType, values: Sequence[str]) -> Iterator[Fault]:
    """Elements of a segment whose text does not have the form that the layout asks for."""
    for spec, value in zip(SEGMENTS[record_type], values, strict=True):
        code = form_fault(spec, value)
        if code is not None:
            yield Fault(code, spec.number)


def form_fault(spec: FieldSpec, value: str) -> ViolationCode | None:
    """What is wrong with the form of one value, before or after it is filled up; an empty value is sound."""
    if len(value) > spec.length:
        return ViolationCode.FIELD_TOO_LONG
    if spec.kind is not Kind.ALPHANUMERIC:
        if value and not (value.isascii() and value.isdecimal()):
            return ViolationCode.NOT_NUMERIC
        return ViolationCode.NOT_ZERO if spec.kind is Kind.ZEROS and value.strip("0") else None
    if spec.name == FILLER and value.strip(" "):
        return ViolationCode.NOT_BLANK
    return None if value.isascii() and (not value or value.isprintable()) else ViolationCode.CHARACTER_NOT_ALLOWED
