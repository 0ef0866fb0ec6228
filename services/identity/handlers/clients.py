"""Machine clients: making them, replacing secrets, ending them, checking who asks for a token (LOG-12)."""

import hmac
from datetime import timedelta
from typing import Final

from services.identity.domain.accounts import AGENT
from services.identity.domain.clients import Client, ClientSecret, granted
from services.identity.domain.errors import AgentsOnlyError
from services.identity.domain.safeguard_errors import ClientRefusedError, ClientUnknownError, ScopeNotGrantedError
from services.identity.handlers.acts import note
from services.identity.ports import ClientRepository
from shared.clock import Clock
from shared.contracts import Actor, Done
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.clients import (
    AuthenticateClient,
    ClientGrant,
    ClientsView,
    ClientView,
    CreateClient,
    DisableClient,
    GetOwnClient,
    ListClients,
    RotateClientSecret,
    SecretView,
)
from shared.envelopes import M, Received
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener

PURPOSE: Final = "client_secret"


class ClientSecrets:
    """Opens sealed secrets and makes what is kept of them: an HMAC with the pepper, which never enters the database.

    Secrets have 256 random bits; nothing slower than an HMAC is needed to keep them from being guessed.
    """

    def __init__(self, opener: SecretOpener, pepper: bytes, *, clock: Clock) -> None:
        self._opener = opener
        self._pepper = pepper
        self._clock = clock

    def digest(self, sealed: str, client_id: str) -> str:
        """What is kept of the secret.

        Raises:
            UnreadableSecret: it was not sealed for this client.
        """
        secret = self._opener.open(sealed, binding=Binding(PURPOSE, client_id), now=self._clock())
        return hmac.digest(self._pepper, f"{PURPOSE}|{client_id}|{secret}".encode(), "sha256").hex()


async def create_client(
    received: Received[CreateClient], work: Work, *, clients: ClientRepository, secrets: ClientSecrets, clock: Clock
) -> ClientView:
    """A new client; asked again with the same id it answers with the same one.

    Raises:
        AgentsOnlyError, UnreadableSecret.
    """
    message, now = _of_an_agent(received).message, clock()
    known = await clients.get(message.client_id, session=work.session)
    if known is not None:
        return view_of(known)
    client = Client(
        client_id=message.client_id,
        name=message.name,
        scopes=tuple(dict.fromkeys(message.scopes)),
        secrets=(ClientSecret(digest=secrets.digest(message.secret, message.client_id), created_at=now),),
        created_at=now,
        provider_id=message.provider_id,
    )
    await clients.add(client, session=work.session)
    details = {"client_id": client.client_id, "scopes": " ".join(client.scopes)}
    note(work, received, "client_created", about=client.provider_id or client.client_id, details=details)
    return view_of(client)


async def rotate_client_secret(
    received: Received[RotateClientSecret],
    work: Work,
    *,
    clients: ClientRepository,
    secrets: ClientSecrets,
    clock: Clock,
) -> ClientView:
    """Another secret beside the present one, which ends after the overlap.

    Raises:
        AgentsOnlyError, ClientUnknownError, UnreadableSecret.
    """
    message, now = _of_an_agent(received).message, clock()
    client = await clients.get(message.client_id, session=work.session)
    if client is None or client.disabled_at is not None:
        raise ClientUnknownError
    digest = secrets.digest(message.secret, message.client_id)
    changed = client.with_new_secret(digest, now=now, overlap=timedelta(hours=message.overlap_hours))
    await clients.save(changed, session=work.session)
    details = {"client_id": client.client_id, "what": "secret"}
    note(work, received, "client_updated", about=client.provider_id or client.client_id, details=details)
    return view_of(changed)


async def disable_client(
    received: Received[DisableClient], work: Work, *, clients: ClientRepository, clock: Clock
) -> Done:
    """The end of a client. Doing it again changes nothing.

    Raises:
        AgentsOnlyError, ClientUnknownError.
    """
    message, now = _of_an_agent(received).message, clock()
    client = await clients.get(message.client_id, session=work.session)
    if client is None:
        raise ClientUnknownError
    if client.disabled_at is None:
        await clients.save(client.disabled(now), session=work.session)
        work.publish(AccessChanged(account_id=client.client_id, changed_at=now, end_sessions=True))
        details = {"client_id": client.client_id}
        note(work, received, "client_disabled", about=client.provider_id or client.client_id, details=details)
    return Done()


async def list_clients(received: Received[ListClients], *, clients: ClientRepository) -> ClientsView:
    """All clients.

    Raises:
        AgentsOnlyError.
    """
    _of_an_agent(received)
    return ClientsView(clients=tuple(view_of(client) for client in await clients.list_all()))


async def get_own_client(received: Received[GetOwnClient], *, clients: ClientRepository) -> ClientView:
    """The client that asks.

    Raises:
        ClientUnknownError: the caller is none.
    """
    client = await clients.get(received.require_actor().account_id)
    if client is None:
        raise ClientUnknownError
    return view_of(client)


async def authenticate_client(
    received: Received[AuthenticateClient], *, clients: ClientRepository, secrets: ClientSecrets, clock: Clock
) -> ClientGrant:
    """Who asks for a token, and for what.

    Raises:
        ClientRefusedError: unknown, disabled, or the secret is wrong; which of them is not told.
        ScopeNotGrantedError: one of the scopes is not the client's.
    """
    message = received.message
    digest = secrets.digest(message.secret, message.client_id)
    client = await clients.get(message.client_id)
    if client is None or not client.knows(digest, clock()):
        raise ClientRefusedError(known=client is not None)
    scopes = granted(client, message.scopes)
    if scopes is None:
        raise ScopeNotGrantedError
    return ClientGrant(client_id=client.client_id, scopes=scopes, provider_id=client.provider_id)


def view_of(client: Client) -> ClientView:
    """A client as agents and it itself see it."""
    return ClientView(
        client_id=client.client_id,
        name=client.name,
        scopes=client.scopes,
        provider_id=client.provider_id,
        created_at=client.created_at,
        disabled_at=client.disabled_at,
        secrets=tuple(SecretView(created_at=each.created_at, expires_at=each.expires_at) for each in client.secrets),
    )


def _of_an_agent(received: Received[M]) -> Received[M]:
    if AGENT not in received.require_actor().roles:
        raise AgentsOnlyError
    return received


OPERATOR: Final = Actor(account_id="operator", session_id="command-line", roles=(AGENT,))
"""Who acts on the command line of the service."""
