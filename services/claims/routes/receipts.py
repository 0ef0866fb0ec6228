"""Papers: uploading them, and what is asked about them. Their messages are large, so few are in hand at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume_each
from shared.contracts import Message, View
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.receipts import (
    DeleteReceipt,
    FinishReceipt,
    GetReceiptSlice,
    ListClaimReceipts,
    OpenReceipt,
    StoreReceiptSlice,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

IN_HAND: Final = 8
"""Messages of a slice each that a process holds, about a megabyte apiece while they are handled."""
UPLOAD_TTL_MS: Final = 35_000
LOOK_TTL_MS: Final = 10_000

UPLOADS = Queue(
    "claims.receipt_uploads",
    (StoreReceiptSlice, FinishReceipt, DeleteReceipt),
    message_ttl_ms=UPLOAD_TTL_MS,
    prefetch=IN_HAND,
)
LOOKS = Queue(
    "claims.receipts",
    (OpenReceipt, GetReceiptSlice, ListClaimReceipts),
    message_ttl_ms=LOOK_TTL_MS,
    prefetch=IN_HAND,
)

TOPOLOGY: Final = ServiceTopology("claims", queues=(UPLOADS, LOOKS), publishes=(ActRecorded,))

Use = Callable[[Received[Any]], Awaitable[View]]


@dataclass(frozen=True, slots=True)
class ReceiptHandlers:
    """The use cases with their dependencies bound, by message; ``note_look`` comes before an agent's look."""

    uploads: dict[type[Message], Use]
    looks: dict[type[Message], Use]
    note_look: SingleHandler


def receipt_routes(handlers: ReceiptHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for files on their way in, one for looking."""
    looks: dict[type[Message], Handler] = {kind: answering(look) for kind, look in handlers.looks.items()}
    noted = outbox.group(LOOKS.name, each(handlers.note_look)).submit
    looks |= {kind: _noting(noted, looks[kind]) for kind in (OpenReceipt, ListClaimReceipts)}
    return [
        consume_each(UPLOADS, {kind: answering(use) for kind, use in handlers.uploads.items()}, publisher),
        consume_each(LOOKS, looks, publisher),
    ]


def _noting(note: Handler, look: Handler) -> Handler:
    """Commit that an agent looks, then show: what is shown is no part of the record of the message."""

    async def note_and_look(received: Received[Any]) -> bytes | None:
        if "agent" in received.require_actor().roles:
            await note(received)
        return await look(received)

    return note_and_look
