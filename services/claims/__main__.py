"""Command line over stored claims: ``python -m services.claims explain CLAIM``, ``… replay CLAIM`` (CLM-8)."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from services.claims.data import DIRECTORY, load_catalogue, load_wording
from services.claims.domain.adjudication import explain as told
from services.claims.domain.bilingual import Language
from services.claims.handlers.archiving import Replayer, ReplayReport, StoredDecision
from services.claims.storage.claim_documents import decision_text
from services.claims.storage.plan_versions import MongoDecisions, MongoPlanArchive
from shared.mongo import opened

PIPED_WIDTH: Final = 200
"""Columns of a table that no terminal limits: names of rules stay whole for whoever searches them."""

cli = typer.Typer(help="Decisions on claims: explained, and made again.", no_args_is_help=True)

Url = Annotated[str, typer.Option("--mongodb-url", envvar="ACQUIT_MONGODB_URL", help="Where the database is.")]
Name = Annotated[str, typer.Option("--mongodb-database", envvar="ACQUIT_MONGODB_DATABASE", help="Its name.")]
Number = Annotated[str, typer.Argument(help="A claim number, e.g. 7K2M-9QXA-4T1B.")]
Words = Annotated[Path, typer.Option("--data-directory", envvar="ACQUIT_DATA_DIRECTORY", help="Where the words are.")]


@cli.command()
def explain(
    claim: Number,
    mongodb_url: Url,
    *,
    language: Annotated[Language, typer.Option(help="Of the explanation.")] = "en",
    version: Annotated[int | None, typer.Option(help="Of the claim; the one that stands.")] = None,
    mongodb_database: Name = "claims",
    data_directory: Words = DIRECTORY,
) -> None:
    """Print the trace of a decision, rule by rule, and the decision in plain words."""
    found = asyncio.run(_decisions_of(claim, mongodb_url, mongodb_database))
    wanted = [each for each in found if version in (None, each.version)]
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    if not wanted:
        versions = ", ".join(str(each.version) for each in found) or "none"
        console.print(f"No such decision on {claim}; decided versions: {versions}.")
        raise typer.Exit(code=1)
    console.print(_trace(wanted[-1]))
    wording = load_wording(data_directory, catalogue=load_catalogue(data_directory))
    for sentence in told(wanted[-1].decision, language, wording=wording):
        console.print(sentence, highlight=False, markup=False)


@cli.command()
def replay(
    mongodb_url: Url,
    *,
    claim: Annotated[str | None, typer.Argument(help="A claim number; or --all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every version of every claim.")] = False,
    mongodb_database: Name = "claims",
) -> None:
    """Make stored decisions again from their records and archived plans; exit 1 unless all come out byte for byte."""
    if (claim is None) != every:
        raise typer.BadParameter("name a claim, or say --all")
    report = asyncio.run(_replayed(claim, mongodb_url, mongodb_database))
    console = Console()
    console.print(f"{report.same} decisions replayed the same, {len(report.differing)} not.")
    for stored, wrong in report.differing:
        console.print(f"{stored.claim_number} version {stored.version}: {wrong}", markup=False)
    if report.differing or not report.same:
        raise typer.Exit(code=1)


async def _decisions_of(number: str, url: str, database: str) -> Sequence[StoredDecision]:
    async with opened(url, database) as handle:
        return [stored async for stored in MongoDecisions(handle).of_claim(number)]


async def _replayed(number: str | None, url: str, database: str) -> ReplayReport:
    async with opened(url, database) as handle:
        decisions = MongoDecisions(handle)
        replayer = Replayer(MongoPlanArchive(handle), decision_text)
        return await replayer.check(decisions.of_all() if number is None else decisions.of_claim(number))


def _trace(stored: StoredDecision) -> Table:
    decision = stored.decision
    plan = f"plan {decision.plan_code} version {decision.plan_version}" if decision.plan_code else "no plan known"
    outcome = f"{stored.cause.value}: {decision.outcome.value}"
    title = f"Claim {stored.claim_number}, version {stored.version}, {outcome}, {plan}"
    table = Table(title=title, show_header=True)
    for column in ("Line", "Rule", "Outcome", "Figures", "Reason"):
        table.add_column(column, overflow="fold")
    for line in decision.lines:
        for step in line.trace:
            figures = ", ".join(f"{name} {value}" for name, value in step.figures)
            reason = step.reason_code.value if step.reason_code else ""
            table.add_row(str(line.number), step.rule_id, step.outcome.value, figures, reason)
        table.add_section()
        table.add_row(str(line.number), "=", line.outcome.value, f"benefit_cents {line.benefit_cents}", "")
        table.add_section()
    return table


if __name__ == "__main__":
    cli()
