"""Machine clients from the command line: ``python -m services.identity.clients add NAME --scope payments:read``.

Reads the service's settings and writes to the service's database: the client, and what is told of it in the outbox,
which the running service publishes. A secret is printed once and kept nowhere.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from services.identity.handlers import clients as handlers
from services.identity.settings import Settings
from services.identity.storage.clients import MongoClients
from shared.clock import new_id, utc_now
from shared.contracts import Command
from shared.contracts.identity.clients import SCOPES, CreateClient, DisableClient, RotateClientSecret
from shared.envelopes import Received
from shared.errors import AppError
from shared.messaging import Publisher, make_broker
from shared.mongo import Database, opened
from shared.outbox import Outbox, OutboxSettings, SingleHandler, each
from shared.settings import read_text
from shared.tokens import Binding, PrivateKey, SecretOpener, load_private_key, seal

SECRET_BYTES: Final = 32

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@cli.callback()
def clients() -> None:
    """Machine clients: subscribing systems and practice software."""


@cli.command()
def add(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    *,
    scope: Annotated[list[str], typer.Option(help=f"May be repeated: {', '.join(SCOPES)}.")],
    provider: Annotated[str | None, typer.Option(help="Id of the provider whose client it is.")] = None,
) -> None:
    """Add a client; prints its id and its secret."""
    client_id, secret = new_id(), new_secret()

    def command(desk: "Desk") -> Command:
        sealed = desk.sealed(secret, client_id)
        return CreateClient.model_validate(
            {"client_id": client_id, "name": name, "scopes": scope, "provider_id": provider, "secret": sealed}
        )

    _run(command)
    typer.echo(f"{client_id}\n{secret}")


@cli.command()
def rotate(
    client_id: Annotated[str, typer.Argument(help="Id of the client.")],
    *,
    overlap_hours: Annotated[int, typer.Option(help="How long the old secret still counts.")] = 24,
) -> None:
    """Give a client another secret; prints it."""
    secret = new_secret()
    _run(
        lambda desk: RotateClientSecret(
            client_id=client_id, secret=desk.sealed(secret, client_id), overlap_hours=overlap_hours
        )
    )
    typer.echo(secret)


@cli.command()
def disable(client_id: Annotated[str, typer.Argument(help="Id of the client.")]) -> None:
    """End a client and its tokens."""
    _run(lambda _desk: DisableClient(client_id=client_id))


def _run(command_of: Callable[["Desk"], Command]) -> None:
    async def carry_out() -> None:
        async with Desk.opened(Settings()) as desk:
            await desk.carry_out(command_of(desk))

    try:
        asyncio.run(carry_out())
    except (AppError, ValidationError) as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(1) from error


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(SECRET_BYTES)


@dataclass(frozen=True, slots=True)
class Desk:
    """The use cases over a database, as the service itself has them."""

    database: Database
    outbox: Outbox
    key: PrivateKey
    pepper: bytes

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings) -> AsyncIterator["Desk"]:
        """Nothing is published here: the broker is never connected."""
        async with opened(settings.mongodb_url.get_secret_value(), settings.mongodb_database) as database:
            broker = make_broker(settings.rabbitmq_url.get_secret_value(), prefetch=1, app_id="identity")
            outbox = Outbox(database, Publisher(broker, user="identity"), OutboxSettings(source="identity"))
            key = load_private_key(read_text(settings.identity_key_file))
            yield cls(database, outbox, key, read_text(settings.pepper_file).encode())

    def sealed(self, secret: str, client_id: str) -> str:
        """As the edge seals it."""
        binding = Binding(handlers.PURPOSE, client_id)
        return seal(secret, self.key.public(), binding=binding, expires_at=utc_now() + timedelta(minutes=1))

    async def carry_out(self, command: Command) -> None:
        """Commit what the command changes, and what is told of it."""
        work_id = new_id()
        received = Received(command, work_id, work_id, handlers.OPERATOR)
        await self.outbox.commit("local", [received], each(self._handler_of(command)))

    def _handler_of(self, command: Command) -> SingleHandler:
        repository = MongoClients(self.database)
        checked = handlers.ClientSecrets(SecretOpener((self.key,)), self.pepper, clock=utc_now)
        match command:
            case CreateClient():
                return partial(handlers.create_client, clients=repository, secrets=checked, clock=utc_now)
            case RotateClientSecret():
                return partial(handlers.rotate_client_secret, clients=repository, secrets=checked, clock=utc_now)
            case _:
                return partial(handlers.disable_client, clients=repository, clock=utc_now)


if __name__ == "__main__":
    cli()
