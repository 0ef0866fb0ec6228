"""Claims as a process: everything wired together."""

from services.claims.routes import TOPOLOGY
from services.claims.settings import Settings
from services.claims.wiring.core import billing_routes, catalogue_of, core_routes
from services.claims.wiring.coverage import coverage_routes
from services.claims.wiring.ground import ground_of
from services.claims.wiring.providers import provider_routes
from shared.clock import Clock, utc_now
from shared.service import Service, run

FEATURES = (core_routes, catalogue_of, billing_routes, provider_routes, coverage_routes)


def build(settings: Settings, *, clock: Clock = utc_now) -> Service:
    """The service, ready to be served."""
    service = Service(settings, TOPOLOGY)
    ground = ground_of(service, settings, clock=clock)
    for routes in FEATURES:
        service.include(routes(ground))
    return service


def main() -> None:
    """Run claims until it is told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="claims", log_level=settings.log_level)


if __name__ == "__main__":
    main()
