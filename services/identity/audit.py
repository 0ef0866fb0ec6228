"""The audit from the command line: ``python -m services.identity.audit verify [--from DAY]``.

Reads the service's settings and its database, and changes nothing. Exit code 1 says that something is wrong.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer

from services.identity.audit_keys import signed_heads
from services.identity.handlers.audit_verification import Walked, verify_audit
from services.identity.settings import Settings
from services.identity.storage.audit import MongoAudit
from shared.clock import business_day, utc_now
from shared.mongo import opened

HEAD_OVERDUE: Final = timedelta(hours=1)
"""How long after it should be there a head may be missing without being told of."""

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@cli.callback()
def audit() -> None:
    """The audit log."""


@cli.command()
def verify(
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; all of them without it.")
    ] = None,
) -> None:
    """Walk the chain; name the first entry or head that is not what it was."""
    walked = asyncio.run(_verified(Settings(), since))
    if walked.wrong is not None:
        typer.echo(f"WRONG {walked.wrong.place}: {walked.wrong.reason}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{walked.entries} entries and {walked.heads} signed heads are right; last head {walked.head}")


async def _verified(settings: Settings, since: datetime | None) -> Walked:
    now = utc_now()
    overdue = now - timedelta(seconds=settings.audit_close_after_seconds) - HEAD_OVERDUE
    async with opened(settings.mongodb_url.get_secret_value(), settings.mongodb_database) as database:
        return await verify_audit(
            MongoAudit(database),
            signed_heads(database, settings),
            since=None if since is None else since.date(),
            today=business_day(now) + timedelta(days=1),
            heads_due_until=business_day(overdue) - timedelta(days=1),
        )


if __name__ == "__main__":
    cli()
