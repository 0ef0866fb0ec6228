"""Claims as a process: everything wired together."""

import asyncio
from typing import Final

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from services.claims.data import load_archive
from services.claims.domain.plan_archive import PlanChangedError
from services.claims.handlers.archiving import archive_plans
from services.claims.routes import TOPOLOGY
from services.claims.settings import Settings
from services.claims.storage.plan_versions import MongoPlanArchive
from services.claims.wiring.changing import changing_routes
from services.claims.wiring.core import billing_routes, catalogue_of, core_routes
from services.claims.wiring.coverage import coverage_routes
from services.claims.wiring.drugs import drug_list_routes
from services.claims.wiring.ground import ground_of
from services.claims.wiring.providers import provider_routes
from services.claims.wiring.receipts import receipt_routes_of, sweeping_of
from services.claims.wiring.reviewing import reviewing_routes
from services.claims.wiring.timing import measuring_of, times_routes
from shared.clock import Clock, utc_now
from shared.mongo import Unavailable, opened
from shared.service import Service, run

FEATURES: Final = (
    core_routes,
    catalogue_of,
    billing_routes,
    changing_routes,
    reviewing_routes,
    provider_routes,
    coverage_routes,
    drug_list_routes,
    receipt_routes_of,
    times_routes,
)
_PATIENCE_SECONDS: Final = 120


def build(settings: Settings, *, clock: Clock = utc_now) -> Service:
    """The service, ready to be served."""
    service = Service(settings, TOPOLOGY)
    ground = ground_of(service, settings, clock=clock)
    for routes in FEATURES:
        service.include(routes(ground))
    for beside in (ground.drugs.watch, sweeping_of(ground), measuring_of(ground)):
        service.background(beside)
    return service


@retry(
    retry=retry_if_exception_type(Unavailable),
    wait=wait_fixed(1),
    stop=stop_after_delay(_PATIENCE_SECONDS),
    reraise=True,
)
async def archive(settings: Settings) -> None:
    """Keep the plans that claims will be decided by, so that every decision can be replayed (CLM-8).

    Raises:
        SystemExit: a plan was changed under a version by which claims may have been decided.
    """
    async with opened(settings.mongodb_url.get_secret_value(), settings.mongodb_database) as database:
        try:
            await archive_plans(load_archive(settings.data_directory), MongoPlanArchive(database))
        except PlanChangedError as error:
            raise SystemExit(str(error)) from error


def main() -> None:
    """Run claims until it is told to stop."""
    settings = Settings()
    asyncio.run(archive(settings))
    run(lambda: build(settings), name="claims", log_level=settings.log_level)


if __name__ == "__main__":
    main()
