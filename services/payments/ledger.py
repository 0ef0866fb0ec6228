"""Command line over the ledger: ``python -m services.payments.ledger check`` (PAY-6)."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.payments.domain.ledger import LedgerFigures
from services.payments.storage import Storage
from shared.mongo import opened

cli = typer.Typer(help="The double-entry ledger of payments.", no_args_is_help=True)


@cli.callback()
def ledger() -> None:
    """Name the group, so that ``check`` stays a command of its own."""


@cli.command()
def check(
    mongodb_url: Annotated[str, typer.Option(envvar="ACQUIT_MONGODB_URL", help="Where the database is.")],
    mongodb_database: Annotated[str, typer.Option(envvar="ACQUIT_MONGODB_DATABASE", help="Its name.")] = "payments",
) -> None:
    """Print sum and balances of all postings; exit 1 unless the ledger, and each transfer in it, sums to zero."""
    figures, open_cents = asyncio.run(_read(mongodb_url, mongodb_database))
    Console().print(_table(figures, open_cents))
    if not figures.balanced:
        raise typer.Exit(code=1)


async def _read(url: str, database: str) -> tuple[LedgerFigures, int]:
    async with opened(url, database) as handle:
        storage = Storage(handle)
        return await storage.ledger.figures(), await storage.payables.open_cents()


def _table(figures: LedgerFigures, open_cents: int) -> Table:
    table = Table(title=f"Ledger: {figures.postings} postings", show_header=True)
    table.add_column("Account")
    table.add_column("Balance (cents)", justify="right")
    for kind, balance in figures.balances:
        table.add_row(kind.value, str(balance))
    table.add_section()
    table.add_row("Sum of all postings", str(figures.sum_cents))
    table.add_row("Transfers that do not sum to zero", str(figures.unbalanced_transfers))
    table.add_row("Open payables", str(open_cents))
    return table


if __name__ == "__main__":
    cli()
