"""What the command line prints of a file of CPA Standard 005, for people who operate a bank connection."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.banking.domain.cpa005 import (
    BankProfile,
    DateWindow,
    Entry,
    FileReport,
    Header,
    LocatedEntry,
    Total,
    Trailer,
    Violation,
    ViolationCode,
    return_reason,
)
from services.banking.domain.cpa005.codes import TRANSACTION_TYPES
from services.banking.domain.cpa005.layout import RETURNED
from services.banking.domain.cpa005.scanner import Item
from services.banking.domain.institutions import INSTITUTIONS

_KINDS = ("Debits and returned debits (D, J)", "Credits and returned credits (C, I)", "Reversals of credits (E)")
_LABELS = (*_KINDS, "Reversals of debits (F)")
_MASKED_DIGITS = 3


def money(cents: int) -> str:
    """``369010`` becomes ``3 690.10``."""
    return f"{cents // 100:,}".replace(",", " ") + f".{cents % 100:02d}"


def print_report(console: Console, report: FileReport, *, name: str, sha256: str, is_expected: bool) -> None:
    """A whole check: identity of the file, totals, violations, verdict."""
    console.print(f"File {name}, SHA-256 {sha256}", highlight=False, markup=False)
    _print_header(console, report.header)
    _print_totals(console, report)
    if report.violation_count:
        _print_violations(console, report.violations)
    hidden = report.violation_count - len(report.violations)
    if hidden:
        console.print(f"… and {hidden} more; --limit shows them.", highlight=False)
    if not is_expected:
        console.print("The SHA-256 is not the one expected: this is another file.", highlight=False)
    if report.violation_count or not is_expected:
        why = _counted(report.violation_count, "violation") if report.violation_count else "another file"
        console.print(f"REFUSED: {why}.", style="bold red", highlight=False)
    else:
        payments = sum(total.count for total in report.counted.in_order)
        console.print(f"SOUND: {_counted(payments, 'payment')}, no violation.", style="bold green", highlight=False)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _print_header(console: Console, header: Header | None) -> None:
    if header is None:
        console.print("The header cannot be read.")
        return
    line = (
        f"Originator {header.originator_id}, file {header.file_number:04d} of {header.creation_date}, "
        f"data centre {header.data_centre}, {header.currency}"
    )
    console.print(_printable(line), highlight=False, markup=False)


def _print_totals(console: Console, report: FileReport) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Kind")
    for heading in ("Sound payments", "Amount", "In the trailer", "Amount there"):
        table.add_column(heading, justify="right")
    table.add_column("")
    stated: tuple[Total | None, ...] = report.trailer.totals.in_order if report.trailer else (None,) * len(_LABELS)
    # Payments that are not sound are not counted here: only the reader knows whether the trailer itself is wrong.
    is_wrong = any(violation.code is ViolationCode.TOTAL_WRONG for violation in report.violations)
    otherwise = "differs" if is_wrong or report.trailer is None else "not all are sound"
    for label, counted, total in zip(_LABELS, report.counted.in_order, stated, strict=True):
        there = (str(total.count), money(total.value_cents)) if total else ("-", "-")
        verdict = "agrees" if total == counted else otherwise
        table.add_row(label, str(counted.count), money(counted.value_cents), *there, verdict)
    console.print(table)


def _print_violations(console: Console, violations: Iterable[Violation]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("Record", "Segment", "Position"):
        table.add_column(heading, justify="right")
    for heading in ("Element", "What is wrong", "Code"):
        table.add_column(heading, overflow="fold")
    for violation in violations:
        element = f"{violation.element:02d} {violation.field}" if violation.element else ""
        segment = "" if violation.segment is None else str(violation.segment)
        message = escape(_printable(violation.message))
        position = "" if violation.position is None else str(violation.position)
        table.add_row(str(violation.record), segment, position, element, message, violation.code)
    console.print(table)


def _printable(text: str) -> str:
    """What a file says is shown, never obeyed by the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def print_contents(console: Console, items: Iterable[Item], *, limit: int) -> int:
    """Header, the first ``limit`` payments and the trailer, as they are read; returns the number of violations."""
    payments = violations = 0
    for item in items:
        match item:
            case Header():
                _print_header(console, item)
            case LocatedEntry():
                payments += 1
                if payments <= limit:
                    place = f"{item.record:>7}.{item.segment}"
                    console.print(f"{place}  {_line(item.entry)}", highlight=False, markup=False, soft_wrap=True)
            case Trailer():
                stated = (f"{total.count} of {money(total.value_cents)}" for total in item.totals.in_order)
                parts = (f"{label}: {text}" for label, text in zip(("D, J", "C, I", "E", "F"), stated, strict=True))
                console.print(f"Trailer: {'; '.join(parts)}", highlight=False, markup=False)
            case Violation():
                violations += 1
    if payments > limit:
        console.print(f"… and {payments - limit} more payments; --limit shows them.", highlight=False)
    if violations:
        console.print(f"{_counted(violations, 'violation')}: `check` says which.", style="bold red", highlight=False)
    return violations


def _line(entry: Entry) -> str:
    institution = INSTITUTIONS.get(entry.routing[1:4])
    at = f"{entry.routing[1:4]}-{entry.routing[4:]} {_masked(entry.account)}"
    bank = institution.name_en if institution else ""
    return (
        f"{entry.record_type} {_meaning(entry):<40} {money(entry.amount_cents):>16}  {entry.due_date}  {at:<14}"
        f"  {entry.name:<30}  {entry.cross_reference:<19}  {bank}"
    ).rstrip()


def _meaning(entry: Entry) -> str:
    code = entry.transaction_type
    if entry.record_type in RETURNED:
        return f"{code:03d} {return_reason(code).en} (was {entry.stored_transaction_type:03d})"
    wording = TRANSACTION_TYPES.get(code)
    return f"{code:03d} {wording.en if wording else ''}".rstrip()


def _masked(account: str) -> str:
    return "…" + (account[-_MASKED_DIGITS:] if len(account) > _MASKED_DIGITS else "")


def print_profile(console: Console, profile: BankProfile) -> None:
    """What a bank profile asks of a file."""
    returns = profile.returns_to
    asked = {
        "originator": profile.originator_id,
        "data centre": profile.data_centre,
        "names": f"{profile.short_name} / {profile.long_name}",
        "currency": profile.currency,
        "separator": profile.separator.name,
        "payments in a record": str(profile.payments_per_record),
        "returns to": f"{returns.routing} {_masked(returns.account)}" if returns else "zeros and spaces",
        "reserved area": profile.reserved or "blank",
        "settlement code": profile.settlement_code or "blank",
        "transmission line": profile.transmission_line or "none",
        "file numbers remembered": str(profile.remembered_file_numbers),
        "credits due": _span(profile.credit_window),
        "debits due": _span(profile.debit_window),
    }
    for label, value in asked.items():
        console.print(f"{label:<24} {value}", highlight=False, markup=False)


def _span(window: DateWindow) -> str:
    days = "business days" if window.future_in_business_days else "days"
    return f"from {window.days_past} days before to {window.days_future} {days} after the creation date"
