"""The directory of institutions: ``python -m services.banking.institutions load FILE``, ``switch``, ``versions``.

A load stores the file as a version of its own beside the others and, when all of it is there, puts it in force with one
write; enrolments see the old list or the new one. ``switch`` goes back.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from services.banking.handlers.directory import (
    DirectoryVersion,
    DirectoryVersions,
    LinesRefused,
    load_directory,
    switch_directory,
)
from services.banking.storage_directory import KEPT, MongoDirectoryVersions
from shared.clock import utc_now
from shared.errors import AppError
from shared.mongo import opened

_SHOWN_LINES: Final = 20
T = TypeVar("T")

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)

Url = Annotated[str, typer.Option(envvar="ACQUIT_MONGODB_URL", help="Where the database is.")]
Name = Annotated[str, typer.Option(envvar="ACQUIT_MONGODB_DATABASE", help="Its name.")]
MayShrink = Annotated[bool, typer.Option("--may-shrink", help="Also when it lists fewer than half the institutions.")]


@cli.callback()
def institutions() -> None:
    """The directory of financial institutions."""


@cli.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Lines of 400 characters.")],
    mongodb_url: Url,
    mongodb_database: Name = "banking",
    *,
    skip_bad_lines: Annotated[int, typer.Option(min=0, help="As many bad lines may be left out.")] = 0,
    keep_current: Annotated[bool, typer.Option("--keep-current", help="Store, do not switch.")] = False,
    may_shrink: MayShrink = False,
) -> None:
    """Load a directory and put it in force; bad lines are named by their numbers, and then nothing is loaded."""
    digest = hashlib.sha256()

    async def carry_out(versions: DirectoryVersions) -> DirectoryVersion:
        with file.open("rb") as source:
            stored = await load_directory(
                _hashed(source, digest.update),
                sha256=digest.hexdigest,
                versions=versions,
                clock=utc_now,
                most_bad_lines=skip_bad_lines,
            )
        if not keep_current:
            await switch_directory(stored.number, versions=versions, keep=KEPT, may_shrink=may_shrink)
        return stored

    stored = _run(carry_out, mongodb_url, mongodb_database)
    typer.echo(
        f"version {stored.number}: {stored.institutions} institutions, {stored.branches} branches, "
        f"cycle {stored.cycle}, {stored.refused} lines left out, {'stored' if keep_current else 'in force'}"
    )


@cli.command()
def switch(
    version: Annotated[int, typer.Argument(help="Number of a version that is complete.")],
    mongodb_url: Url,
    mongodb_database: Name = "banking",
    *,
    may_shrink: MayShrink = False,
) -> None:
    """Put a stored version in force, a later or an earlier one."""

    async def carry_out(versions: DirectoryVersions) -> DirectoryVersion:
        return await switch_directory(version, versions=versions, keep=KEPT, may_shrink=may_shrink)

    _run(carry_out, mongodb_url, mongodb_database)
    typer.echo(f"version {version} in force")


@cli.command()
def versions(mongodb_url: Url, mongodb_database: Name = "banking") -> None:
    """List what is stored."""
    table = Table("Version", "Cycle", "Institutions", "Branches", "Loaded", "State")
    for one in _run(lambda stored: stored.list_all(), mongodb_url, mongodb_database):
        state = "in force" if one.is_in_force else "complete" if one.is_complete else "institutions only"
        figures = (one.institutions, one.branches, f"{one.loaded_at:%Y-%m-%d %H:%M}")
        table.add_row(str(one.number), one.cycle, *map(str, figures), state)
    Console().print(table)


def _run(work: Callable[[DirectoryVersions], Awaitable[T]], url: str, database: str) -> T:
    async def carry_out() -> T:
        async with opened(url, database) as handle:
            return await work(MongoDirectoryVersions(handle))

    try:
        return asyncio.run(carry_out())
    except LinesRefused as error:
        for line in error.refused[:_SHOWN_LINES]:
            typer.echo(f"line {line.number}: {line.fault.value}", err=True)
        if len(error.refused) > _SHOWN_LINES:
            typer.echo(f"… and {len(error.refused) - _SHOWN_LINES} more", err=True)
        typer.echo("refused: nothing was loaded", err=True)
        raise typer.Exit(1) from error
    except AppError as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(1) from error


def _hashed(lines: Iterable[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for line in lines:
        update(line)
        yield line


if __name__ == "__main__":
    cli()
