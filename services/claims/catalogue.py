"""The list of dental procedures from the command line: ``python -m services.claims.catalogue check|import FILE``.

Acquit ships a short invented list. An insurer with a licence keeps a data directory of its own (a copy of
``services/claims/data``), imports its list into it, and starts the service with ``ACQUIT_DATA_DIRECTORY``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from services.claims.data import DIRECTORY, PROCEDURES, load_catalogue_alone, load_plans
from services.claims.domain.catalogue import Catalogue, Service
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.procedure_list import csv_of_services, services_from_csv, with_services

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The list, CSV in UTF-8.")]
Directory = Annotated[
    Path,
    typer.Option(
        "--directory",
        envvar="ACQUIT_DATA_DIRECTORY",
        exists=True,
        file_okay=False,
        help="Catalogue, plans, wording.",
    ),
]


@cli.callback()
def procedures() -> None:
    """The list of dental procedures."""


@cli.command()
def check(file: File, *, directory: Directory = DIRECTORY) -> None:
    """Say what is wrong with a list, line by line; nothing is written."""
    services, _ = _read(file, directory)
    typer.echo(f"nothing wrong; procedures: {_count(services)}")


@cli.command("import")
def import_(file: File, *, directory: Directory) -> None:
    """Put a list in place of the directory's own; it counts from the next start of the service."""
    services, catalogue = _read(file, directory)
    target = directory / PROCEDURES
    unfinished = target.with_suffix(".csv.new")
    unfinished.write_text(csv_of_services(services, catalogue), encoding="utf-8")
    unfinished.replace(target)
    typer.echo(f"written to {target}; procedures: {_count(services)}")


def _read(file: Path, directory: Path) -> tuple[Mapping[str, tuple[Service, ...]], Catalogue]:
    """The services of the list, after trying them with the directory's catalogue and plans."""
    try:
        catalogue = load_catalogue_alone(directory)
        services = services_from_csv(file.read_text(encoding="utf-8"), catalogue)
        load_plans(with_services(catalogue, services), directory)
    except InvalidDocumentError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        typer.echo(f"mistakes in {error.params['document']}: {len(error.problems)}", err=True)
        raise typer.Exit(1) from error
    except UnicodeDecodeError as error:
        typer.echo(f"{file} is not UTF-8: {error}", err=True)
        raise typer.Exit(1) from error
    return services, catalogue


def _count(services: Mapping[str, tuple[Service, ...]]) -> int:
    return sum(map(len, services.values()))


if __name__ == "__main__":
    cli()
