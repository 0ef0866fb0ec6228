"""Claims themselves: taken, decided, followed, asked about; the catalogue; claims of providers."""

from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.domain.search import CatalogueSearch
from services.claims.handlers import asking, catalogue, provider_claims, reacting, submitting
from services.claims.routes import catalogue as catalogue_routes
from services.claims.routes import core
from services.claims.routes import provider_claims as provider_claim_routes
from services.claims.wiring.ground import Ground


def core_routes(ground: Ground) -> list[RabbitRoute]:
    """From intake to paid."""
    claims, words = ground.claims, ground.words
    stores, plans, clock = ground.stores, ground.plans, ground.clock
    handlers = core.Handlers(
        submit_claims=partial(submitting.submit_claims, repositories=stores, plans=plans, clock=clock),
        on_coverage_recorded=partial(reacting.on_coverage_recorded, repositories=stores, plans=plans, clock=clock),
        on_payment_scheduled=partial(reacting.on_payment_scheduled, claims=claims),
        on_payment_sent=partial(reacting.on_payment_sent, claims=claims),
        on_payment_settled=partial(reacting.on_payment_settled, claims=claims, clock=ground.clock),
        on_payment_returned=partial(reacting.on_payment_returned, claims=claims),
        get_claim=partial(asking.get_claim, claims=claims, words=words, times=ground.times),
        list_claims=partial(asking.list_claims, claims=claims, words=words),
    )
    return core.routes(handlers, ground.outbox, ground.publisher)


def catalogue_of(ground: Ground) -> list[RabbitRoute]:
    """What can be claimed (CLM-1)."""
    types = ground.catalogue
    handlers = catalogue_routes.Handlers(
        search_claim_types=partial(catalogue.search_claim_types, catalogue=types, search=CatalogueSearch(types)),
        get_claim_type=partial(catalogue.get_claim_type, catalogue=types),
    )
    return list(catalogue_routes.routes(handlers, ground.publisher))


def billing_routes(ground: Ground) -> list[RabbitRoute]:
    """Claims of providers (CLM-6)."""
    claims, words = ground.claims, ground.words
    handlers = provider_claim_routes.ProviderClaimHandlers(
        submit=partial(
            provider_claims.submit_provider_claims,
            repositories=ground.stores,
            plans=ground.plans,
            clock=ground.clock,
        ),
        get=partial(provider_claims.get_provider_claim, claims=claims, words=words),
        list_=partial(provider_claims.list_provider_claims, claims=claims, words=words),
    )
    return provider_claim_routes.routes(handlers, ground.outbox, ground.publisher)
