"""Command line for deposit files: ``python -m services.banking.cpa005 check FILE``."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.banking.domain.cpa005 import FileReport, ReadRules, Violation, check_file
from services.banking.domain.cpa005.layout import RecordType
from services.banking.domain.institutions import INSTITUTION_NUMBERS
from shared.clock import business_day, utc_now

_BROKEN = 1

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Deposit files of CPA Standard 005.")


@app.callback()
def main() -> None:
    """Deposit files of CPA Standard 005."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the file to check")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="violations to show")] = 100,
    near: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day that chooses the century; today")
    ] = None,
) -> None:
    """Report what a file holds and each rule that it breaks; exit with 1 when there is one."""
    today = near.date() if near else business_day(utc_now())
    rules = ReadRules(near=today, institutions=INSTITUTION_NUMBERS)
    with file.open("rb") as source:
        report = check_file(source, rules=rules, limit=limit)
    console = Console()
    _print_summary(console, report)
    if report.violation_count:
        _print_violations(console, report)
        raise typer.Exit(_BROKEN)
    console.print("No violation.")


def _print_summary(console: Console, report: FileReport) -> None:
    header = report.header
    if header is None:
        console.print("The header cannot be read.")
    else:
        console.print(
            f"Originator {header.originator_id}, file {header.file_number:04d} of {header.creation_date}, "
            f"data centre {header.data_centre}, {header.currency}",
            highlight=False,
        )
    table = Table("Letters", "Sound payments", "Cents", "Trailer payments", "Trailer cents")
    stated = report.trailer.totals.in_order if report.trailer else (None,) * 4
    letters = ("D, J", "C, I", RecordType.CREDIT_REVERSAL.value, RecordType.DEBIT_REVERSAL.value)
    for label, counted, total in zip(letters, report.counted.in_order, stated, strict=True):
        in_trailer = (str(total.count), str(total.value_cents)) if total else ("-", "-")
        table.add_row(label, str(counted.count), str(counted.value_cents), *in_trailer)
    console.print(table)


def _print_violations(console: Console, report: FileReport) -> None:
    shown = len(report.violations)
    console.print(
        f"{report.violation_count} violations" + (f", the first {shown}:" if shown < report.violation_count else ":")
    )
    for violation in report.violations:
        console.print(f"  {_place(violation)}: {violation.message}", highlight=False, soft_wrap=True, markup=False)


def _place(violation: Violation) -> str:
    parts = [f"record {violation.record}"]
    if violation.segment:
        parts.append(f"segment {violation.segment}")
    if violation.field:
        parts.append(f"field {violation.field}")
    if violation.position:
        parts.append(f"position {violation.position}")
    return ", ".join(parts)


if __name__ == "__main__":
    app()
