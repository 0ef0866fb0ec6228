"""The drug list from the command line: ``python -m services.claims.drugs load FILE [--status marketed]``.

Reads the service's settings and writes to the service's database. The list in force stays in use meanwhile, and stays
what it is unless the whole extract could be read; running processes take the new one to hand within seconds.
"""

import asyncio
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.claims.domain.drug_errors import ROW_PROBLEM_WORDS, BadRow, DrugRowsRefusedError
from services.claims.domain.drug_list import Extract, read_extract
from services.claims.domain.drug_rows import BAD_ROWS_LIMIT, BadRows
from services.claims.domain.drugs import ListInfo, ListStatus
from services.claims.handlers.drug_loading import add_version, take_its_place
from services.claims.settings import Settings
from services.claims.storage import MongoDrugs
from shared.clock import new_id, utc_now
from shared.errors import AppError
from shared.mongo import Database, Session, opened

cli: Final = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)
console: Final = Console(stderr=True, highlight=False)


@cli.callback()
def drugs() -> None:
    """The drug list."""


@cli.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Extract as Health Canada has it, a zip.")],
    *,
    status: Annotated[ListStatus, typer.Option(help="Which of the four extracts it is.")] = ListStatus.MARKETED,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out products of which a row is malformed.")
    ] = False,
    bad_rows_limit: Annotated[
        int, typer.Option(min=1, help="Malformed rows after which reading ends.")
    ] = BAD_ROWS_LIMIT,
) -> None:
    """Replace the drug list by an extract."""
    bad = BadRows(skip=skip_bad_rows, limit=bad_rows_limit)
    try:
        info, changed = asyncio.run(_loaded(Settings(), file, status, bad))
    except DrugRowsRefusedError as error:
        _tell_bad_rows(error.rows, more=not error.complete)
        console.print("refused; the list in force has not changed")
        raise typer.Exit(1) from error
    except AppError as error:
        console.print(f"refused: {error}; the list in force has not changed")
        raise typer.Exit(1) from error
    _tell_bad_rows(bad.found, more=False)
    what = "loaded" if changed else "unchanged: this extract is the list in force"
    typer.echo(
        f"{what}: {info.products} products of {info.extracted_on}, {info.skipped} skipped, {info.bad_rows} bad rows, "
        f"version {info.version}"
    )


async def _loaded(settings: Settings, file: Path, status: ListStatus, bad: BadRows) -> tuple[ListInfo, bool]:
    async with opened(settings.mongodb_url.get_secret_value(), settings.mongodb_database) as database:
        return await load_into(database, file, status=status, bad=bad)


async def load_into(
    database: Database, file: Path, *, status: ListStatus = ListStatus.MARKETED, bad: BadRows | None = None
) -> tuple[ListInfo, bool]:
    """Replace the list in a database of claims; what it is now, and whether it changed.

    Raises:
        AppError: the extract is refused, or another load was faster.
    """
    repository = MongoDrugs(database)
    digest, present = await asyncio.to_thread(_digest, file), await repository.current()
    if present is not None and (present.digest, present.status) == (digest, status):
        return present, False
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading the extract", total=None)
        extract = await asyncio.to_thread(_read, file, status, bad)
        progress.update(task, description=f"writing {len(extract.drugs)} products")
        info = await add_version(extract, digest=digest, drugs=repository, clock=utc_now, ids=new_id, status=status)

        async def switch(session: Session) -> None:
            replaces = None if present is None else present.version
            await take_its_place(info, drugs=repository, replaces=replaces, session=session)

        await database.with_transaction(switch)
    return info, True


def _digest(file: Path) -> str:
    with file.open("rb") as archive:
        return file_digest(archive, "sha256").hexdigest()


def _read(file: Path, status: ListStatus, bad: BadRows | None) -> Extract:
    with file.open("rb") as archive:
        return read_extract(archive, status=status, bad=bad)


def _tell_bad_rows(rows: list[BadRow] | tuple[BadRow, ...], *, more: bool) -> None:
    if not rows:
        return
    table = Table("file", "line", "which", title=f"{len(rows)}{' or more' if more else ''} malformed rows")
    for row in rows:
        table.add_row(row.file, str(row.line), ROW_PROBLEM_WORDS[row.problem])
    console.print(table)


if __name__ == "__main__":
    cli()
