"""What is asked about the catalogue."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from services.claims.routes.core import QUERY_TTL_MS
from shared.consuming import answering, consume_each
from shared.contracts.claims.catalogue import ClaimTypeDetail, ClaimTypesView, GetClaimType, SearchClaimTypes
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.topology import Queue, ServiceTopology

CATALOGUE: Final = Queue("claims.catalogue", (SearchClaimTypes, GetClaimType), message_ttl_ms=QUERY_TTL_MS)

TOPOLOGY: Final = ServiceTopology("claims", queues=(CATALOGUE,))


@dataclass(frozen=True, slots=True)
class Handlers:
    """Use cases with their dependencies filled in."""

    search_claim_types: Callable[[Received[SearchClaimTypes]], Awaitable[ClaimTypesView]]
    get_claim_type: Callable[[Received[GetClaimType]], Awaitable[ClaimTypeDetail]]


def routes(handlers: Handlers, publisher: Publisher) -> list[RabbitRoute]:
    """One route for all questions."""
    return [
        consume_each(
            CATALOGUE,
            {
                SearchClaimTypes: answering(handlers.search_claim_types),
                GetClaimType: answering(handlers.get_claim_type),
            },
            publisher,
        )
    ]
