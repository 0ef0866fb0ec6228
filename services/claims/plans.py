"""Plans from the command line: ``python -m services.claims.plans check FILE…`` says what is wrong with them, and where.

Each file is checked by its form (``data/plan.schema.json``), and against the catalogue as the service does at start.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from jsonschema import Draft202012Validator

from services.claims.data import DIRECTORY, load_catalogue
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.errors import InvalidDocumentError, Problem
from services.claims.domain.plan_loading import plan_from_document

SCHEMA = DIRECTORY / "plan.schema.json"

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@cli.callback()
def plans() -> None:
    """Plans: what is covered, and how."""


@cli.command()
def check(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Plans, JSON in UTF-8.")],
    *,
    directory: Annotated[
        Path,
        typer.Option(
            "--directory", envvar="ACQUIT_DATA_DIRECTORY", exists=True, file_okay=False, help="Holds the catalogue."
        ),
    ] = DIRECTORY,
) -> None:
    """Tell every mistake by its JSON path; 1 when there is any."""
    catalogue = load_catalogue(directory)
    wrong = False
    for file in files:
        problems = problems_of(file.read_text(encoding="utf-8"), catalogue)
        wrong = wrong or bool(problems)
        for problem in problems:
            typer.echo(f"{file}: {problem}")
        if not problems:
            typer.echo(f"{file}: nothing wrong")
    if wrong:
        raise typer.Exit(1)


def problems_of(text: str, catalogue: Catalogue) -> list[Problem]:
    """Every mistake of a plan's JSON text, by path; the schema has its say where the service has none."""
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        return [Problem("$", f"is no JSON: {error}")]
    problems: list[Problem] = []
    try:
        plan_from_document(document, catalogue)
    except InvalidDocumentError as error:
        problems.extend(error.problems)
    told = {problem.path for problem in problems}
    problems.extend(problem for problem in problems_of_form(document) if problem.path not in told)
    return sorted(problems, key=lambda each: each.path)


def problems_of_form(document: object) -> Iterator[Problem]:
    """What the schema of plans says against a document."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema).iter_errors(document):
        yield Problem(error.json_path, error.message)


if __name__ == "__main__":
    cli()
