"""Machine clients: one queue for what agents do with them, one for tokens, which are asked for all day."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts import Message, View
from shared.contracts.identity.clients import (
    AuthenticateClient,
    CreateClient,
    DisableClient,
    GetOwnClient,
    ListClients,
    RotateClientSecret,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000

CLIENTS = Queue(
    "identity.clients",
    (CreateClient, RotateClientSecret, DisableClient, ListClients, GetOwnClient),
    message_ttl_ms=REQUEST_TTL_MS,
)
AUTHENTICATE_CLIENT = Queue("identity.authenticate_client", (AuthenticateClient,), message_ttl_ms=REQUEST_TTL_MS)

TOPOLOGY: Final = ServiceTopology("identity", queues=(CLIENTS, AUTHENTICATE_CLIENT))


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    create_client: SingleHandler
    rotate_client_secret: SingleHandler
    disable_client: SingleHandler
    list_clients: Callable[[Received[ListClients]], Awaitable[View]]
    get_own_client: Callable[[Received[GetOwnClient]], Awaitable[View]]
    authenticate_client: Callable[[Received[AuthenticateClient]], Awaitable[View]]


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue. Each kind of message has a group of its own: a group takes one handler."""

    def group(name: str, handler: SingleHandler) -> Handler:
        return outbox.group(f"{CLIENTS.name}.{name}", each(handler)).submit

    managing: dict[type[Message], Handler] = {
        CreateClient: group("create", handlers.create_client),
        RotateClientSecret: group("rotate", handlers.rotate_client_secret),
        DisableClient: group("disable", handlers.disable_client),
        ListClients: answering(handlers.list_clients),
        GetOwnClient: answering(handlers.get_own_client),
    }
    return [
        consume_each(CLIENTS, managing, publisher),
        consume(AUTHENTICATE_CLIENT, AuthenticateClient, answering(handlers.authenticate_client), publisher),
    ]
