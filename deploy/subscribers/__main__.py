"""``python -m deploy.subscribers add|list|rotate|remove``: who reads public events from RabbitMQ (SUB-2)."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from deploy.subscribers.rabbitmqctl import BrokerError, Rabbitmqctl
from deploy.subscribers.registry import Access, Listed, Subscribers
from deploy.topology import load_topology

LOCAL: Final = Path(".local/up/rabbitmq/rabbitmqctl")
"""Made by ``make up``, for its own node."""

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)

Name = Annotated[str, typer.Argument(help="Short name: lower-case letters, digits, hyphens.")]
Program = Annotated[
    str | None,
    typer.Option(
        "--rabbitmqctl",
        envvar="ACQUIT_RABBITMQCTL",
        help="RabbitMQ's administration program, e.g. 'docker compose exec -T rabbitmq rabbitmqctl'. "
        "Default: that of `make up` while it runs, else the machine's.",
    ),
]


@cli.command()
def add(
    name: Name,
    events: Annotated[
        list[str] | None, typer.Option("--events", help="Type or pattern such as 'payments.*'; may be repeated.")
    ] = None,
    contact: Annotated[str, typer.Option(help="Whom to call when its queue grows.")] = "",
    rabbitmqctl: Program = None,
) -> None:
    """Make user and queue of a new subscriber and show its password, once."""
    with _told():
        _tell(_subscribers(rabbitmqctl).add(name, events or (), contact=contact))


@cli.command("list")
def list_all(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    rabbitmqctl: Program = None,
) -> None:
    """Who there is, what waits for them, and when they were last seen."""
    with _told():
        listed = _subscribers(rabbitmqctl).listed()
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in listed], default=datetime.isoformat, indent=2))
        return
    table = Table("name", "events", "waiting", "in hand", "full", "consumers", "last seen", "added", "contact")
    for each in listed:
        table.add_row(*_row(each))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@cli.command()
def rotate(name: Name, rabbitmqctl: Program = None) -> None:
    """Replace the password; no event is lost, connections with the old one end."""
    with _told():
        _tell(_subscribers(rabbitmqctl).rotate(name))


@cli.command()
def remove(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    rabbitmqctl: Program = None,
) -> None:
    """Remove user and queue, with everything that waits in it."""
    if not yes:
        typer.confirm(f"Remove subscriber {name} and all events that wait for it?", abort=True)
    with _told():
        _subscribers(rabbitmqctl).remove(name)
    typer.echo(f"subscriber {name} is removed")


def _subscribers(program: str | None) -> Subscribers:
    found = program or (str(LOCAL) if LOCAL.exists() else "rabbitmqctl")
    return Subscribers(Rabbitmqctl(shlex.split(found)), load_topology().public_events())


@contextmanager
def _told() -> Iterator[None]:
    """What was refused is said in a line."""
    try:
        yield
    except (ValueError, BrokerError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _tell(access: Access) -> None:
    typer.echo(f"user:     {access.user}")
    typer.echo(f"password: {access.password}   (shown once; only a hash is kept)")
    typer.echo(f"queue:    {access.queue}")
    for number, event in enumerate(access.events):
        typer.echo(f"{'events:' if number == 0 else '':<10}{event}")


def _row(listed: Listed) -> tuple[str, ...]:
    seen = f"{_shown(listed.last_seen_at)} {listed.last_seen_from}".strip()
    return (
        listed.name,
        "\n".join(listed.events),
        f"{listed.waiting:,}",
        f"{listed.unacknowledged:,}",
        f"{listed.full_percent} %",
        str(listed.consumers),
        seen or "never",
        _shown(listed.added_at) or "deployment",
        listed.contact,
    )


def _shown(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M} UTC"


if __name__ == "__main__":
    cli()
