"""Claims of providers: a durable queue of their own, and what providers ask."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import answering, consume, consume_each
from shared.contracts.claims.provider_claims import (
    GetProviderClaim,
    ListProviderClaims,
    ProviderClaimsPage,
    ProviderClaimView,
    SubmitProviderClaim,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import BatchHandler, Outbox
from shared.topology import Queue, ServiceTopology

QUERY_TTL_MS: Final = 10_000

INTAKE: Final = Queue("claims.provider_intake", (SubmitProviderClaim,))
QUESTIONS: Final = Queue("claims.provider_claims", (GetProviderClaim, ListProviderClaims), message_ttl_ms=QUERY_TTL_MS)

TOPOLOGY: Final = ServiceTopology("claims", queues=(INTAKE, QUESTIONS))


@dataclass(frozen=True, slots=True)
class ProviderClaimHandlers:
    """The use cases with their dependencies bound."""

    submit: BatchHandler
    get: Callable[[Received[GetProviderClaim]], Awaitable[ProviderClaimView]]
    list_: Callable[[Received[ListProviderClaims]], Awaitable[ProviderClaimsPage]]


def routes(handlers: ProviderClaimHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """Claims in groups, questions one by one."""
    return [
        consume(INTAKE, SubmitProviderClaim, outbox.group(INTAKE.name, handlers.submit).submit, publisher),
        consume_each(
            QUESTIONS,
            {GetProviderClaim: answering(handlers.get), ListProviderClaims: answering(handlers.list_)},
            publisher,
        ),
    ]
