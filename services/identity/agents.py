"""Accounts of the insurer's own staff from the command line: ``python -m services.identity.agents add EMAIL …``.

The first agent cannot be added by another one. The command reads the service's settings and writes to the service's
database: the account, and the event in the outbox, which the running service publishes.
"""

import asyncio
import secrets
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from services.identity.common_passwords import common_passwords
from services.identity.domain.email_address import email_address
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from services.identity.handlers.accounts import AddAgent, add_agent
from services.identity.hashing import PasswordHashing
from services.identity.settings import Settings
from services.identity.storage.accounts import MongoAccounts
from shared.clock import new_id, utc_now
from shared.envelopes import Received
from shared.errors import AppError
from shared.messaging import Publisher, make_broker
from shared.mongo import Database, opened
from shared.outbox import Outbox, OutboxSettings, each
from shared.settings import read_text

ALPHABETS: Final = ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789")
"""Without characters that look alike."""
GENERATED_LENGTH: Final = 20

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


class AgentLanguage(StrEnum):
    """Language of the agent."""

    FR = "fr"
    EN = "en"


@cli.callback()
def agents() -> None:
    """Accounts of the insurer's own staff."""


@cli.command()
def add(
    email: Annotated[str, typer.Argument(help="E-mail, which is the user name as well.")],
    *,
    name: Annotated[str, typer.Option(help="Name as screens show it.")],
    language: Annotated[AgentLanguage, typer.Option(help="Language of screens and mails.")] = AgentLanguage.FR,
    password_file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Holds the password; else one is made.")
    ] = None,
) -> None:
    """Add an agent. A password that was made is printed once and kept nowhere."""
    password = generated_password() if password_file is None else read_text(password_file)
    try:
        asyncio.run(_add(Settings(), email=email, name=name, language=language, password=password))
    except AppError as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(1) from error
    if password_file is None:
        typer.echo(password)


async def _add(settings: Settings, *, email: str, name: str, language: AgentLanguage, password: str) -> None:
    hashing = PasswordHashing(read_text(settings.pepper_file).encode())
    try:
        address = email_address(email)
        own = personal_data(email=address, numbers=())
        PasswordPolicy(common_passwords()).check(normalised(password), personal=own)
        message = AddAgent(
            email=address, display_name=name.strip(), language=language.value, password=await hashing.hash(password)
        )
    finally:
        hashing.close()
    async with opened(settings.mongodb_url.get_secret_value(), settings.mongodb_database) as database:
        await record_agent(message, database, rabbitmq_url=settings.rabbitmq_url.get_secret_value())


async def record_agent(message: AddAgent, database: Database, *, rabbitmq_url: str) -> None:
    """Commit the account and its event together. Nothing is published here: the broker is never connected."""
    publisher = Publisher(make_broker(rabbitmq_url, prefetch=1, app_id="identity"), user="identity")
    outbox = Outbox(database, publisher, OutboxSettings(source="identity"))
    handler = partial(add_agent, accounts=MongoAccounts(database), clock=utc_now, ids=new_id)
    work_id = new_id()
    await outbox.commit("local", [Received(message, work_id, work_id)], each(handler))


def generated_password() -> str:
    """20 characters, about 115 bits, with every class of ``ALPHABETS`` in it."""
    while True:
        password = "".join(secrets.choice("".join(ALPHABETS)) for _ in range(GENERATED_LENGTH))
        if all(set(password) & set(alphabet) for alphabet in ALPHABETS):
            return password


if __name__ == "__main__":
    cli()
