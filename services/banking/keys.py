"""The master key of account numbers: ``python -m services.banking.keys new FILE``, ``status``, ``rotate`` (BNK-2).

Reads the service's settings. ``ACQUIT_MASTER_KEY_FILE`` is the key that wraps, ``ACQUIT_OTHER_MASTER_KEY_FILES`` those
that are accepted besides; the order of a rotation stands in docs/operations.md.
"""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from services.banking.encryption import (
    MASTER_KEY_BYTES,
    ClientSideVault,
    KeyFileUnsafe,
    MasterKeyWrong,
    WrappedKeys,
    read_fingerprint_key,
    read_master_key,
)
from services.banking.settings import Settings
from shared.errors import AppError

_OWNER_ONLY: Final = 0o400
T = TypeVar("T")

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@cli.callback()
def keys() -> None:
    """The master key that wraps the data keys of payees."""


@cli.command()
def new(file: Annotated[Path, typer.Argument(help="Where the key shall stand; must not exist.")]) -> None:
    """Make a master key: 96 random bytes that only their owner can read."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except OSError as error:
        typer.echo(f"refused: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    with os.fdopen(descriptor, "wb") as out:
        out.write(secrets.token_bytes(MASTER_KEY_BYTES))
        out.flush()
        os.fsync(out.fileno())


@cli.command()
def status() -> None:
    """Show which master key wraps how many data keys; exit with 1 unless the present one wraps all of them."""
    found = _run(lambda vault: vault.wrapped_keys())
    _print(found)
    if found.to_do or found.unreadable:
        raise typer.Exit(1)


@cli.command()
def rotate(
    *,
    batch: Annotated[int, typer.Option(min=1, max=5_000, help="Data keys in one go.")] = 500,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after that many; run again to go on.")] = None,
) -> None:
    """Wrap all data keys anew with the present master key, while the service works. May be stopped and run again."""

    async def rewrap(vault: ClientSideVault) -> tuple[int, WrappedKeys]:
        done = 0
        while limit is None or done < limit:
            step = await vault.rewrap(batch if limit is None else min(batch, limit - done))
            if not step:
                break
            done += step
        return done, await vault.wrapped_keys()

    done, found = _run(rewrap)
    typer.echo(f"{done} data keys wrapped anew, {found.to_do} to do")
    _print(found)
    if found.to_do or found.unreadable:
        raise typer.Exit(1)


def _run(work: Callable[[ClientSideVault], Awaitable[T]]) -> T:
    async def with_vault() -> T:
        settings = Settings()
        vault = ClientSideVault(
            settings.mongodb_url.get_secret_value(),
            settings.mongodb_database,
            master_key=read_master_key(settings.master_key_file),
            fingerprint_key=read_fingerprint_key(settings.fingerprint_key_file),
            other_master_keys=tuple(map(read_master_key, settings.other_master_key_files)),
        )
        try:
            return await work(vault)
        finally:
            await vault.close()

    try:
        return asyncio.run(with_vault())
    except (AppError, KeyFileUnsafe, MasterKeyWrong) as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(1) from error


def _print(found: WrappedKeys) -> None:
    table = Table("Master key", "Data keys", "")
    roles = {found.present: "in use"} | dict.fromkeys(found.others, "accepted")
    for name in dict.fromkeys((found.present, *found.others, *sorted(found.counts))):
        role = roles.get(name, "without a name: to be wrapped anew" if name == "local" else "unknown: unreadable")
        table.add_row(name, str(found.counts.get(name, 0)), role)
    Console().print(table)


if __name__ == "__main__":
    cli()
