"""Taking claims, deciding them, and what is asked about them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import answering, consume
from shared.contracts.claims import (
    ClaimAdjudicated,
    ClaimEstimated,
    ClaimsPage,
    ClaimView,
    GetClaim,
    ListClaims,
    SubmitClaim,
)
from shared.contracts.identity import CoverageRecorded
from shared.contracts.payments import PaymentScheduled, PaymentSent, PaymentSettled
from shared.contracts.payments_returns import PaymentReturned
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import BatchHandler, Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

QUERY_TTL_MS: Final = 10_000

INTAKE = Queue("claims.intake", (SubmitClaim,))
GET_CLAIM = Queue("claims.get_claim", (GetClaim,), message_ttl_ms=QUERY_TTL_MS)
LIST_CLAIMS = Queue("claims.list_claims", (ListClaims,), message_ttl_ms=QUERY_TTL_MS)
ON_COVERAGE_RECORDED = Queue("claims.on_coverage_recorded", (CoverageRecorded,))
ON_PAYMENT_SCHEDULED = Queue("claims.on_payment_scheduled", (PaymentScheduled,))
ON_PAYMENT_SENT = Queue("claims.on_payment_sent", (PaymentSent,))
ON_PAYMENT_SETTLED = Queue("claims.on_payment_settled", (PaymentSettled,))
ON_PAYMENT_RETURNED = Queue("claims.on_payment_returned", (PaymentReturned,))

TOPOLOGY = ServiceTopology(
    "claims",
    queues=(
        INTAKE,
        GET_CLAIM,
        LIST_CLAIMS,
        ON_COVERAGE_RECORDED,
        ON_PAYMENT_SCHEDULED,
        ON_PAYMENT_SENT,
        ON_PAYMENT_SETTLED,
        ON_PAYMENT_RETURNED,
    ),
    publishes=(ClaimAdjudicated, ClaimEstimated),
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """Use cases with their dependencies filled in."""

    submit_claims: BatchHandler
    on_coverage_recorded: SingleHandler
    on_payment_scheduled: SingleHandler
    on_payment_sent: SingleHandler
    on_payment_settled: SingleHandler
    on_payment_returned: SingleHandler
    get_claim: Callable[[Received[GetClaim]], Awaitable[ClaimView]]
    list_claims: Callable[[Received[ListClaims]], Awaitable[ClaimsPage]]


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""

    def single(queue: Queue, handler: SingleHandler) -> RabbitRoute:
        return consume(queue, queue.messages[0], outbox.group(queue.name, each(handler)).submit, publisher)

    return [
        consume(INTAKE, SubmitClaim, outbox.group(INTAKE.name, handlers.submit_claims).submit, publisher),
        consume(GET_CLAIM, GetClaim, answering(handlers.get_claim), publisher),
        consume(LIST_CLAIMS, ListClaims, answering(handlers.list_claims), publisher),
        single(ON_COVERAGE_RECORDED, handlers.on_coverage_recorded),
        single(ON_PAYMENT_SCHEDULED, handlers.on_payment_scheduled),
        single(ON_PAYMENT_SENT, handlers.on_payment_sent),
        single(ON_PAYMENT_SETTLED, handlers.on_payment_settled),
        single(ON_PAYMENT_RETURNED, handlers.on_payment_returned),
    ]
