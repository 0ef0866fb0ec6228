"""The ledger and its reconciliation as people and programs read them: tables, CSV, JSON."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table

from services.payments.domain.balances import LedgerCheck, LedgerDifference
from services.payments.domain.tracing import TraceStep
from shared.contracts.payments_ledger import ReconciledBatch, ReconciliationDifference, ReconciliationView

WIDTH: Final = 140
_NO_DIFFERENCE: Final = "Nothing differs."


def check_table(check: LedgerCheck, open_cents: int) -> Table:
    """Balances by kind of account, and the figures that must be zero."""
    built_on = "all read" if check.since is None else f"on the snapshot of {check.since.isoformat()}"
    table = _table(f"Ledger: {check.totals.postings} postings, {built_on}", "Account", amounts=("Balance (cents)",))
    for kind, balance in check.totals.balances.items():
        table.add_row(kind, str(balance))
    table.add_section()
    table.add_row("Sum of all postings", str(check.totals.sum_cents))
    table.add_row("Transfers that do not sum to zero", str(check.totals.unbalanced_transfers))
    table.add_row("Open payables", str(open_cents))
    return table


def ledger_differences(differences: Sequence[LedgerDifference]) -> RenderableType:
    """What cannot be."""
    if not differences:
        return _NO_DIFFERENCE
    table = _table("Differences", "Kind", "Subject", amounts=("Expected", "Found"))
    for one in differences:
        table.add_row(one.kind, one.subject, str(one.expected_cents), str(one.found_cents))
    return table


def balances_table(title: str, balances: Mapping[str, int]) -> Table:
    """A trial balance: debits and credits in columns of their own, with their sums."""
    table = _table(title, "Account", amounts=("Debit (cents)", "Credit (cents)"))
    for name, cents in balances.items():
        table.add_row(name, str(cents) if cents >= 0 else "", str(-cents) if cents < 0 else "")
    table.add_section()
    debits = sum(cents for cents in balances.values() if cents > 0)
    table.add_row("Sum", str(debits), str(debits - sum(balances.values())))
    return table


def trace_table(reference: str, steps: Iterable[TraceStep]) -> Table:
    """The way of a cent."""
    table = _table(f"Trace of {reference}", "When (UTC)", "What", "Reference", amounts=("Cents",))
    table.add_column("Note")
    for step in steps:
        at = step.at.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
        table.add_row(at, step.what, step.reference, str(step.amount_cents), step.note)
    return table


def reconciliation_tables(view: ReconciliationView) -> Sequence[RenderableType]:
    """Verdict, equations and differences."""
    about = f"run {view.run_id}" if view.run_id else f"{view.from_day} to {view.to_day}"
    verdict = "reconciled" if view.reconciled else f"differs by {view.difference_cents} cents"
    equations = _table(f"Reconciliation of {about}: {verdict}", "From", "Parts", amounts=("Cents",))
    equations.add_column("To")
    equations.add_column("Parts")
    equations.add_column("Cents", justify="right")
    equations.add_column("Difference", justify="right")
    for one in view.equations:
        first, _, second = one.name.partition("_to_")
        left, right = sum(one.left.values()), sum(one.right.values())
        sides = (first, _parts(one.left), str(left), second, _parts(one.right), str(right))
        equations.add_row(*sides, str(one.difference_cents))
    return (equations, _differences(view))


def write_reconciliation(view: ReconciliationView, folder: Path) -> tuple[Path, ...]:
    """Write the report as JSON, as text, and its batches and differences as CSV; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    text = Console(file=io.StringIO(), width=WIDTH)
    for table in reconciliation_tables(view):
        text.print(table)
    contents = {
        "reconciliation.json": view.model_dump_json(indent=2) + "\n",
        "reconciliation.txt": text.file.getvalue(),  # type: ignore[attr-defined]
        "reconciliation-batches.csv": _csv(ReconciledBatch, view.batches),
        "reconciliation-differences.csv": _csv(ReconciliationDifference, view.differences),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8")
    return tuple(folder / name for name in contents)


def _csv(
    kind: type[ReconciledBatch] | type[ReconciliationDifference],
    rows: Sequence[ReconciledBatch] | Sequence[ReconciliationDifference],
) -> str:
    """Comma separated with a header line, also when there are no rows; amounts in cents."""
    written = io.StringIO()
    writer = csv.DictWriter(written, list(kind.model_fields))
    writer.writeheader()
    writer.writerows(row.model_dump() for row in rows)
    return written.getvalue()


def _differences(view: ReconciliationView) -> RenderableType:
    if not view.differences:
        return _NO_DIFFERENCE
    table = _table(
        f"Differences: {view.difference_count}", "Kind", "Subject", amounts=("Expected", "Found", "Difference")
    )
    for one in view.differences:
        amounts = (one.expected_cents, one.found_cents, one.difference_cents)
        table.add_row(one.kind, one.subject, *map(str, amounts))
    return table


def _parts(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {cents}" for name, cents in parts.items())


def _table(title: str, *columns: str, amounts: Sequence[str]) -> Table:
    table = Table(title=title, show_header=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    for column in amounts:
        table.add_column(column, justify="right")
    return table
