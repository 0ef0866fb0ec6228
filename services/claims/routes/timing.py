"""How long claims take."""

from collections.abc import Awaitable, Callable
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import answering, consume
from shared.contracts.claims.timing import ClaimTimesView, GetClaimTimes
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000

TIMES = Queue("claims.times", (GetClaimTimes,), message_ttl_ms=REQUEST_TTL_MS)

TOPOLOGY: Final = ServiceTopology("claims", queues=(TIMES,))


def time_routes(
    get_claim_times: Callable[[Received[GetClaimTimes]], Awaitable[ClaimTimesView]], publisher: Publisher
) -> list[RabbitRoute]:
    """One queue."""
    return [consume(TIMES, GetClaimTimes, answering(get_claim_times), publisher)]
