"""Times of claims: what is told, and what measures beside the handlers."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.handlers import timing
from services.claims.routes.timing import time_routes
from services.claims.wiring.ground import Ground


def times_routes(ground: Ground) -> list[RabbitRoute]:
    """How long claims take (CLM-11)."""
    answer = partial(timing.get_claim_times, times=ground.times, catalogue=ground.catalogue)
    return list(time_routes(answer, ground.publisher))


def measuring_of(ground: Ground) -> Callable[[], Awaitable[None]]:
    """What measures beside the handlers."""
    every = timedelta(seconds=ground.settings.claim_times_seconds)
    return partial(timing.keep_measuring, ground.measured, ground.catalogue, every=every, clock=ground.clock)
