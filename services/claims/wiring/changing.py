"""Changes to claims: use cases with their dependencies, and their routes."""

from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.handlers import changing, provider_changing
from services.claims.handlers.changes import Desk
from services.claims.handlers.joining import JoinedPapers
from services.claims.routes.changing import ChangeHandlers, change_routes
from services.claims.wiring.ground import Ground


def changing_routes(ground: Ground) -> list[RabbitRoute]:
    """The routes of CLM-10."""
    papers = JoinedPapers(ground.stores.receipts)
    desk = Desk(ground.stores, ground.plans, papers, ground.words, ground.clock)
    handlers = ChangeHandlers(
        add_documents=partial(changing.add_documents, desk=desk),
        correct_claim=partial(changing.correct_claim, desk=desk),
        void_claim=partial(changing.void_claim, desk=desk),
        add_provider_documents=partial(provider_changing.add_provider_documents, desk=desk),
        correct_provider_claim=partial(provider_changing.correct_provider_claim, desk=desk),
        void_provider_claim=partial(provider_changing.void_provider_claim, desk=desk),
    )
    return change_routes(handlers, ground.outbox, ground.publisher)
