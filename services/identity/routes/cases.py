"""Disabled accounts and their cases."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import answering, consume, consume_each
from shared.contracts import View
from shared.contracts.identity.cases import (
    AccountDisabled,
    AccountReinstated,
    DisableAccount,
    ListCases,
    ResolveCase,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000

DISABLE_ACCOUNT = Queue("identity.disable_account", (DisableAccount,))
"""Nobody waits for it, and it must not be lost."""
CASES = Queue("identity.cases", (ListCases, ResolveCase), message_ttl_ms=REQUEST_TTL_MS)

TOPOLOGY = ServiceTopology("identity", queues=(DISABLE_ACCOUNT, CASES), publishes=(AccountDisabled, AccountReinstated))


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    disable_account: SingleHandler
    list_cases: Callable[[Received[ListCases]], Awaitable[View]]
    resolve_case: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    disabling = outbox.group(DISABLE_ACCOUNT.name, each(handlers.disable_account)).submit
    resolving = outbox.group(CASES.name, each(handlers.resolve_case)).submit
    return [
        consume(DISABLE_ACCOUNT, DisableAccount, disabling, publisher),
        consume_each(CASES, {ListCases: answering(handlers.list_cases), ResolveCase: resolving}, publisher),
    ]
