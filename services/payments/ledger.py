"""Command line over the ledger: ``python -m services.payments.ledger check`` (PAY-6).

Every command ends with 1 when something differs or is not found, so that a script can rely on it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console

from services.payments.domain.balances import LedgerCheck, Totals
from services.payments.domain.reconciling import reconcile
from services.payments.handlers.balances import check_books, totals_at
from services.payments.handlers.reconciliation import Scope, gather, scope_of, view_of
from services.payments.handlers.tracing import trace_reference
from services.payments.ledger_reports import (
    balances_table,
    check_table,
    ledger_differences,
    reconciliation_tables,
    trace_table,
    write_reconciliation,
)
from services.payments.storage import Storage
from shared.clock import business_day, utc_now
from shared.contracts.payments_ledger import ReconciliationView
from shared.mongo import opened

T = TypeVar("T")

_INSTANTS: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]

cli = typer.Typer(help="The double-entry ledger of payments.", no_args_is_help=True)

Url = Annotated[str, typer.Option("--mongodb-url", envvar="ACQUIT_MONGODB_URL", help="Where the database is.")]
Name = Annotated[str, typer.Option("--mongodb-database", envvar="ACQUIT_MONGODB_DATABASE", help="Its name.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business day (America/Toronto).")]


@cli.callback()
def ledger() -> None:
    """Name the group."""


@cli.command()
def check(
    mongodb_url: Url,
    mongodb_database: Name = "payments",
    *,
    full: Annotated[bool, typer.Option(help="Read all of it, and compare the last snapshot with it.")] = False,
) -> None:
    """Print sum and balances since the last snapshot, or of all postings; exit 1 when something cannot be."""

    async def read(storage: Storage) -> tuple[LedgerCheck, int]:
        return await check_books(storage.books, full=full), await storage.payables.open_cents()

    checked, open_cents = _over(mongodb_url, mongodb_database, read)
    console = Console()
    console.print(check_table(checked, open_cents))
    console.print(ledger_differences(checked.differences))
    if checked.differences or checked.totals.unbalanced_transfers:
        raise typer.Exit(code=1)


@cli.command()
def balances(
    mongodb_url: Url,
    mongodb_database: Name = "payments",
    *,
    at: Annotated[
        datetime | None, typer.Option(formats=_INSTANTS, help="A past instant, in UTC unless it says otherwise.")
    ] = None,
    accounts: Annotated[bool, typer.Option(help="Each payee, run and payment by itself.")] = False,
) -> None:
    """Print the trial balance, now or at a past instant; exit 1 unless it sums to zero."""
    instant = at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)

    async def read(storage: Storage) -> Totals:
        return (await totals_at(storage.books, by="account" if accounts else "kind", at=instant))[0]

    totals = _over(mongodb_url, mongodb_database, read)
    title = f"Trial balance at {instant.isoformat()}" if instant else "Trial balance"
    Console().print(balances_table(title, totals.balances))
    if totals.sum_cents:
        raise typer.Exit(code=1)


@cli.command()
def trace(
    reference: Annotated[str, typer.Argument(help="Claim (number or id), batch number or payment id.")],
    mongodb_url: Url,
    mongodb_database: Name = "payments",
) -> None:
    """Print the way of a cent: claim, payable, batch, file line, settlement or return; exit 1 when nobody knows it."""
    steps = _over(mongodb_url, mongodb_database, lambda storage: trace_reference(reference, records=storage.records))
    console = Console()
    if not steps:
        console.print(f"Nothing is known about {reference}.")
        raise typer.Exit(code=1)
    console.print(trace_table(reference, steps))


@cli.command(name="reconcile")
def reconcile_command(
    mongodb_url: Url,
    mongodb_database: Name = "payments",
    *,
    run: Annotated[str | None, typer.Option(help="A run; without it, business days.")] = None,
    from_day: Day = None,
    to_day: Day = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the report as JSON, CSV and text.")] = None,
) -> None:
    """Compare claims, payables, batches, file lines and the bank, to the cent; exit 1 when something differs."""
    now = utc_now()
    first, last = (day.date() if day else None for day in (from_day, to_day))
    scope = scope_of(run, first, last, today=business_day(now))
    view = _over(mongodb_url, mongodb_database, lambda storage: _reconciled(storage, scope, now))
    console = Console()
    for table in reconciliation_tables(view):
        console.print(table)
    for path in () if output is None else write_reconciliation(view, output):
        console.print(f"written: {path}")
    if not view.reconciled:
        raise typer.Exit(code=1)


async def _reconciled(storage: Storage, scope: Scope, at: datetime) -> ReconciliationView:
    return view_of(reconcile(await gather(scope, records=storage.records)), scope, at=at, limit=None)


def _over(url: str, database: str, read: Callable[[Storage], Awaitable[T]]) -> T:
    async def reading() -> T:
        async with opened(url, database) as handle:
            return await read(Storage(handle))

    return asyncio.run(reading())


if __name__ == "__main__":
    cli()
