"""Messages about bank details beyond enrolling and changing: one queue, several kinds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from faststream.rabbit import RabbitRoute

from services.banking.handlers.history import Join
from shared.consuming import answering, consume_each
from shared.contracts import View
from shared.contracts.banking_details import (
    ActRecorded,
    CloseDirectDeposit,
    GetBranch,
    GetDirectDepositHistory,
    GetPayeeDirectDeposit,
    ListInstitutions,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

TTL_MS: Final = 10_000

BANK_DETAILS: Final = Queue(
    "banking.bank_details",
    (ListInstitutions, GetBranch, GetDirectDepositHistory, GetPayeeDirectDeposit, CloseDirectDeposit),
    message_ttl_ms=TTL_MS,
)

TOPOLOGY: Final = ServiceTopology("banking", queues=(BANK_DETAILS,), publishes=(ActRecorded,))


class AroundLook(Protocol):
    """Answers after its group commit has noted who asked."""

    def __call__(self, received: Received[Any], /, *, note_look: Join) -> Awaitable[View]: ...


class AroundClosing(Protocol):
    """Hands a closing to its group commit and finishes after it."""

    def __call__(self, received: Received[Any], /, *, close: Join) -> Awaitable[bytes | None]: ...


@dataclass(frozen=True, slots=True)
class Handlers:
    """Use cases with their dependencies filled in."""

    list_institutions: Callable[[Received[Any]], Awaitable[View]]
    get_branch: Callable[[Received[Any]], Awaitable[View]]
    get_history: Callable[[Received[Any]], Awaitable[View]]
    look_at_payee: AroundLook
    note_look: SingleHandler
    close_direct_deposit: AroundClosing
    close: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """The one route."""
    note_look = outbox.group("banking.note_look", each(handlers.note_look)).submit
    close = outbox.group("banking.close", each(handlers.close)).submit
    return [
        consume_each(
            BANK_DETAILS,
            {
                ListInstitutions: answering(handlers.list_institutions),
                GetBranch: answering(handlers.get_branch),
                GetDirectDepositHistory: answering(handlers.get_history),
                GetPayeeDirectDeposit: answering(partial(handlers.look_at_payee, note_look=note_look)),
                CloseDirectDeposit: partial(handlers.close_direct_deposit, close=close),
            },
            publisher,
        )
    ]
