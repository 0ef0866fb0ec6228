"""Claims as a process: everything wired together."""

from functools import partial

from services.claims.data import load_catalogue, load_plans, load_wording
from services.claims.domain.search import CatalogueSearch
from services.claims.handlers import asking, catalogue, reacting, submitting
from services.claims.handlers.asking import Words
from services.claims.handlers.deciding import Repositories
from services.claims.routes import TOPOLOGY, Handlers, receipt_routes, routes
from services.claims.routes import catalogue as catalogue_routes
from services.claims.settings import Settings
from services.claims.storage import MongoAccumulators, MongoClaims, MongoCoverages
from services.claims.wiring import receipts as papers
from shared.clock import Clock, utc_now
from shared.service import Service, run


def build(settings: Settings, *, clock: Clock = utc_now) -> Service:
    """The service, ready to be served."""
    service = Service(settings, TOPOLOGY)
    types = load_catalogue(settings.data_directory)
    plans = load_plans(types, settings.data_directory)
    words = Words(types, load_wording(settings.data_directory))
    claims = MongoClaims(service.database)
    receipts = papers.stores_over(service.database, settings)
    stores = Repositories(
        claims,
        MongoCoverages(service.database),
        MongoAccumulators(service.database),
        receipts=receipts.receipts,
    )
    handlers = Handlers(
        submit_claims=partial(submitting.submit_claims, repositories=stores, plans=plans, clock=clock),
        on_coverage_recorded=partial(reacting.on_coverage_recorded, repositories=stores, plans=plans, clock=clock),
        on_payment_scheduled=partial(reacting.on_payment_scheduled, claims=claims),
        on_payment_sent=partial(reacting.on_payment_sent, claims=claims),
        on_payment_settled=partial(reacting.on_payment_settled, claims=claims, clock=clock),
        get_claim=partial(asking.get_claim, claims=claims, words=words),
        list_claims=partial(asking.list_claims, claims=claims, words=words),
    )
    service.include(routes(handlers, service.outbox, service.publisher))
    service.include(receipt_routes(papers.handlers_over(receipts, clock=clock), service.outbox, service.publisher))
    service.background(papers.sweeping_over(receipts, settings, clock=clock))
    service.include(
        catalogue_routes.routes(
            catalogue_routes.Handlers(
                search_claim_types=partial(
                    catalogue.search_claim_types, catalogue=types, search=CatalogueSearch(types)
                ),
                get_claim_type=partial(catalogue.get_claim_type, catalogue=types),
            ),
            service.publisher,
        )
    )
    return service


def main() -> None:
    """Run claims until it is told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="claims", log_level=settings.log_level)


if __name__ == "__main__":
    main()
