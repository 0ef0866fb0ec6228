"""Reads the first and the last record of a file, A and Z."""

from collections.abc import Iterator

from services.banking.domain.cpa005.dates import decode_date
from services.banking.domain.cpa005.file_numbers import HIGHEST, LOWEST
from services.banking.domain.cpa005.layout import HEADER, TRAILER, FieldSpec
from services.banking.domain.cpa005.profile import CURRENCIES
from services.banking.domain.cpa005.read_rules import ReadRules
from services.banking.domain.cpa005.records import Header, Total, Totals, Trailer
from services.banking.domain.cpa005.rules import form_fault
from services.banking.domain.cpa005.violations import Violation, ViolationCode

_HEADER_SPECS = {spec.name: spec for spec in HEADER}
_TRAILER_TOTALS = TRAILER[3:11]
# Letter, record count and control data are checked alike in every record, by the scanner.
_OWN_OF_HEADER = HEADER[2:]
_OWN_OF_TRAILER = TRAILER[3:]


def placed(code: ViolationCode, spec: FieldSpec, *, record: int, expected: str = "", found: str = "") -> Violation:
    """A violation in an element outside the segments."""
    return Violation(
        code=code,
        record=record,
        element=spec.number,
        field=spec.name,
        position=spec.position,
        expected=expected,
        found=found,
    )


def read_header(text: str, rules: ReadRules, *, record: int) -> tuple[Header | None, list[Violation]]:
    """Read record A; no header is returned when its number or its date cannot be used."""
    violations = list(_form_violations(text, _OWN_OF_HEADER, record))
    values = {spec.name: text[spec.span] for spec in HEADER}
    number = values["file_creation_number"]
    created = decode_date(values["creation_date"], rules.near)
    broken = {violation.field for violation in violations}
    violations += [
        placed(code, _HEADER_SPECS[name], record=record, expected=expected, found=values[name].rstrip())
        for name, code, expected in _header_faults(values, rules)
        if name not in broken
    ]
    if created is None or not number.isdecimal():
        return None, violations
    header = Header(
        originator_id=values["originator_id"].rstrip(),
        file_number=int(number),
        creation_date=created,
        data_centre=values["destination_data_centre"],
        currency=values["currency"],
        reserved=values["reserved"].rstrip(),
    )
    return header, violations


def _header_faults(values: dict[str, str], rules: ReadRules) -> Iterator[tuple[str, ViolationCode, str]]:
    originator, currency = values["originator_id"].strip(), values["currency"]
    if not originator or originator != (rules.originator_id or originator):
        yield "originator_id", ViolationCode.ORIGINATOR_INVALID, rules.originator_id or ""
    for name, expected_text in (("destination_data_centre", rules.data_centre), ("reserved", rules.reserved)):
        if expected_text is not None and values[name].rstrip() != expected_text:
            yield name, ViolationCode.PROFILE_DIFFERS, expected_text
    number = values["file_creation_number"]
    if number.isdecimal() and not LOWEST <= int(number) <= HIGHEST:
        yield "file_creation_number", ViolationCode.FILE_NUMBER_INVALID, ""
    elif number.isdecimal() and int(number) in rules.recent_file_numbers:
        yield "file_creation_number", ViolationCode.FILE_NUMBER_REUSED, ""
    if decode_date(values["creation_date"], rules.near) is None:
        yield "creation_date", ViolationCode.DATE_INVALID, ""
    if currency not in CURRENCIES or currency != (rules.currency or currency):
        yield "currency", ViolationCode.CURRENCY_INVALID, rules.currency or ""


def read_trailer(text: str, counted: Totals | None, *, record: int) -> tuple[Trailer | None, list[Violation]]:
    """Read record Z and compare it with what was ``counted``; None when not everything could be read."""
    violations = list(_form_violations(text, _OWN_OF_TRAILER, record))
    if any(violation.code is ViolationCode.NOT_NUMERIC for violation in violations):
        return None, violations
    stated = [int(text[spec.span]) for spec in _TRAILER_TOTALS]
    if counted is not None:
        expected = [number for total in counted.in_order for number in (total.value_cents, total.count)]
        violations += [
            placed(ViolationCode.TOTAL_WRONG, spec, record=record, expected=str(right), found=str(number))
            for spec, right, number in zip(_TRAILER_TOTALS, expected, stated, strict=True)
            if right != number
        ]
    pairs = [Total(value, count) for value, count in zip(stated[::2], stated[1::2], strict=True)]
    return Trailer(Totals.from_order(*pairs)), violations


def _form_violations(text: str, specs: tuple[FieldSpec, ...], record: int) -> Iterator[Violation]:
    for spec in specs:
        code = form_fault(spec, text[spec.span])
        if code is not None:
            yield placed(code, spec, record=record)
