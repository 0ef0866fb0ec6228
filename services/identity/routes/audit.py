"""The audit: what services tell is recorded, and read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts import View
from shared.contracts.banking import DirectDepositEnrolled, DirectDepositWithdrawn
from shared.contracts.banking_returns import ReturnsActRecorded as BankReturnsActRecorded
from shared.contracts.claims.acts import ActRecorded as ClaimsActRecorded
from shared.contracts.edge import ActRecorded as EdgeActRecorded
from shared.contracts.edge import SignedIn, SignedOut
from shared.contracts.identity.access import ActRecorded
from shared.contracts.identity.audit import ListActs, SearchAudit
from shared.contracts.notification import ActRecorded as InboxActRecorded
from shared.contracts.payments_returns import ReturnsActRecorded
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import BatchHandler, Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

READ_TTL_MS: Final = 10_000
TOLD: Final = (
    ActRecorded,
    EdgeActRecorded,
    ClaimsActRecorded,
    SignedIn,
    SignedOut,
    DirectDepositEnrolled,
    InboxActRecorded,
    DirectDepositWithdrawn,
    BankReturnsActRecorded,
    ReturnsActRecorded,
)
"""The events that become entries of the audit."""

ON_ACT_RECORDED = Queue("identity.on_act_recorded", TOLD)
LIST_ACTS = Queue("identity.list_acts", (ListActs,), message_ttl_ms=READ_TTL_MS)
SEARCH_AUDIT = Queue("identity.search_audit", (SearchAudit,), message_ttl_ms=READ_TTL_MS)

TOPOLOGY: Final = ServiceTopology("identity", queues=(ON_ACT_RECORDED, LIST_ACTS, SEARCH_AUDIT))


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    record_acts: BatchHandler
    list_acts: Callable[[Received[ListActs]], Awaitable[View]]
    note_search: SingleHandler
    search_audit: Callable[[Received[SearchAudit]], Awaitable[View]]


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    record = outbox.group(ON_ACT_RECORDED.name, handlers.record_acts).submit
    return [
        consume_each(ON_ACT_RECORDED, dict.fromkeys(TOLD, record), publisher),
        consume(LIST_ACTS, ListActs, answering(handlers.list_acts), publisher),
        consume(SEARCH_AUDIT, SearchAudit, searching(handlers, outbox), publisher),
    ]


def searching(handlers: Handlers, outbox: Outbox) -> Handler:
    """Commit that somebody searches, then search: what is found is no part of the record of the message."""
    note = outbox.group(SEARCH_AUDIT.name, each(handlers.note_search)).submit
    search = answering(handlers.search_audit)

    async def note_and_search(received: Received[SearchAudit]) -> bytes | None:
        await note(received)
        return await search(received)

    return note_and_search
