"""Times of claims: what is told, and what measures beside the handlers."""

from datetime import timedelta
from functools import partial

from services.claims.domain.catalogue import Catalogue
from services.claims.handlers import timing
from services.claims.handlers.timing import Times
from services.claims.routes.timing import time_routes
from services.claims.storage.times import MongoTimes
from shared.clock import Clock
from shared.service import Service


def with_times(service: Service, catalogue: Catalogue, *, every: timedelta, clock: Clock) -> Times:
    """Measure beside the handlers and answer ``GetClaimTimes``; what is known, for those who tell claims."""
    repository = MongoTimes(service.database)
    times = Times(repository, catalogue, clock=clock)
    service.include(time_routes(partial(timing.get_claim_times, times=times, catalogue=catalogue), service.publisher))
    service.background(partial(timing.keep_measuring, repository, catalogue, every=every, clock=clock))
    return times
