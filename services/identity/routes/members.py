"""Members: roster and credentials."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume
from shared.contracts import View
from shared.contracts.identity import (
    AgentAdded,
    CoverageRecorded,
    GetAccount,
    ListPersons,
    LoadRosterRows,
    MemberRegistered,
    VerifyCredentials,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000
"""Nobody waits longer for an answer."""
SLICE_TTL_MS: Final = 60_000
SLICES_TOGETHER: Final = 2
"""A slice of 500 rows is a transaction of its own size."""

VERIFY_CREDENTIALS = Queue("identity.verify_credentials", (VerifyCredentials,), message_ttl_ms=REQUEST_TTL_MS)
GET_ACCOUNT = Queue("identity.get_account", (GetAccount,), message_ttl_ms=REQUEST_TTL_MS)
LIST_PERSONS = Queue("identity.list_persons", (ListPersons,), message_ttl_ms=REQUEST_TTL_MS)
LOAD_ROSTER_ROWS = Queue("identity.load_roster_rows", (LoadRosterRows,), message_ttl_ms=SLICE_TTL_MS)

TOPOLOGY = ServiceTopology(
    "identity",
    queues=(
        VERIFY_CREDENTIALS,
        GET_ACCOUNT,
        LIST_PERSONS,
        LOAD_ROSTER_ROWS,
    ),
    publishes=(CoverageRecorded, MemberRegistered, AgentAdded),
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    verify_credentials: Callable[[Received[VerifyCredentials]], Awaitable[View]]
    get_account: Callable[[Received[GetAccount]], Awaitable[View]]
    list_persons: Callable[[Received[ListPersons]], Awaitable[View]]
    load_roster_rows: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    return [
        consume(VERIFY_CREDENTIALS, VerifyCredentials, answering(handlers.verify_credentials), publisher),
        consume(GET_ACCOUNT, GetAccount, answering(handlers.get_account), publisher),
        consume(LIST_PERSONS, ListPersons, answering(handlers.list_persons), publisher),
        consume(LOAD_ROSTER_ROWS, LoadRosterRows, loading(handlers, outbox), publisher),
    ]


def loading(handlers: Handlers, outbox: Outbox) -> Handler:
    """Load slices, few of them in one transaction."""
    group = outbox.group(LOAD_ROSTER_ROWS.name, each(handlers.load_roster_rows), maximum=SLICES_TOGETHER)
    return group.submit
