"""Claims as a process: everything wired together."""

from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.data import load_catalogue, load_plans, load_professions, load_wording
from services.claims.domain.search import CatalogueSearch
from services.claims.handlers import asking, catalogue, coverage_asking, reacting, submitting
from services.claims.handlers.asking import Words
from services.claims.handlers.coverage_asking import Asking
from services.claims.handlers.deciding import Plans, Repositories
from services.claims.handlers.directory import ProviderDirectory
from services.claims.handlers.other_coverages import Declaring, declare_other_coverage, list_other_coverages
from services.claims.provider_wiring import provider_handlers
from services.claims.routes import TOPOLOGY, Handlers, coverage, providers, routes
from services.claims.routes import catalogue as catalogue_routes
from services.claims.settings import Settings
from services.claims.storage import MongoAccumulators, MongoClaims, MongoCoverages, MongoDirectory, MongoOtherCoverages
from shared.clock import Clock, utc_now
from shared.service import Service, run


def build(settings: Settings, *, clock: Clock = utc_now) -> Service:
    """The service, ready to be served."""
    service = Service(settings, TOPOLOGY)
    types = load_catalogue(settings.data_directory)
    plans = load_plans(types, settings.data_directory)
    words = Words(types, load_wording(settings.data_directory))
    claims = MongoClaims(service.database)
    directory = ProviderDirectory(MongoDirectory(service.database))
    stores = Repositories(
        claims,
        MongoCoverages(service.database),
        MongoAccumulators(service.database),
        standings=directory,
        providers=directory,
    )
    declared = MongoOtherCoverages(service.database)
    stores = Repositories(
        claims,
        MongoCoverages(service.database),
        MongoAccumulators(service.database),
        other_coverages=declared,
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
    of_providers = provider_handlers(service.database, load_professions(types, settings.data_directory), clock=clock)
    service.include(providers.routes(of_providers, service.outbox, service.publisher))
    service.include(_coverage(service, stores, declared, plans, words, clock))
    return service


def _coverage(  # noqa: PLR0917
    service: Service,
    stores: Repositories,
    declared: MongoOtherCoverages,
    plans: Plans,
    words: Words,
    clock: Clock,
) -> list[RabbitRoute]:
    asking = Asking(stores, plans, words, clock)
    declaring = Declaring(stores, declared, plans, clock)
    handlers = coverage.CoverageHandlers(
        get_balances=partial(coverage_asking.get_balances, asking=asking),
        get_plan=partial(coverage_asking.get_plan, asking=asking),
        check_eligibility=partial(coverage_asking.check_eligibility, asking=asking),
        check_drug_eligibility=partial(coverage_asking.check_drug_eligibility, asking=asking),
        list_other_coverages=partial(list_other_coverages, declared=declared),
        get_dossier_balances=partial(coverage_asking.get_dossier_balances, asking=asking),
        declare_other_coverage=partial(declare_other_coverage, declaring=declaring),
    )
    return coverage.routes(handlers, service.outbox, service.publisher)


def main() -> None:
    """Run claims until it is told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="claims", log_level=settings.log_level)


if __name__ == "__main__":
    main()
