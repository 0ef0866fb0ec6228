"""The review of pended claims: what agents ask, and what they do (CLM-12)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, answering, consume_each
from shared.contracts import Message
from shared.contracts.claims import ClaimAdjudicated, ClaimEstimated
from shared.contracts.claims.acts import ActRecorded
from shared.contracts.claims.reviewing import (
    AddReviewNote,
    ConfirmReview,
    DecideReview,
    DecideReviews,
    GetReview,
    ListReviewQueue,
    LockReview,
    RefuseReview,
    ReviewQueueView,
    ReviewView,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000
ACTS: Final = (LockReview, DecideReview, ConfirmReview, RefuseReview, AddReviewNote, DecideReviews)

REVIEW = Queue("claims.review", (ListReviewQueue, GetReview, *ACTS), message_ttl_ms=REQUEST_TTL_MS)

TOPOLOGY: Final = ServiceTopology("claims", queues=(REVIEW,), publishes=(ClaimAdjudicated, ClaimEstimated, ActRecorded))


@dataclass(frozen=True, slots=True)
class ReviewHandlers:
    """The use cases with their dependencies bound; ``note_look`` comes before a look at a claim."""

    list_queue: Callable[[Received[ListReviewQueue]], Awaitable[ReviewQueueView]]
    note_look: SingleHandler
    get_review: Callable[[Received[GetReview]], Awaitable[ReviewView]]
    acts: dict[type[Message], SingleHandler]


def review_routes(handlers: ReviewHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for everything."""

    def group(kind: type[Message], handler: SingleHandler) -> Handler:
        return outbox.group(f"{REVIEW.name}.{kind.wire_type.split('.')[1]}", each(handler), maximum=1).submit

    note, look = group(GetReview, handlers.note_look), answering(handlers.get_review)

    async def note_and_look(received: Received[Any]) -> bytes | None:
        await note(received)
        return await look(received)

    asked: dict[type[Message], Handler] = {
        ListReviewQueue: answering(handlers.list_queue),
        GetReview: note_and_look,
        **{kind: group(kind, handler) for kind, handler in handlers.acts.items()},
    }
    return [consume_each(REVIEW, asked, publisher)]
