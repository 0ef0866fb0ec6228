"""Changes to claims: use cases with their dependencies, and their routes."""

from functools import partial

from faststream.rabbit import RabbitRoute

from services.claims.handlers import changing
from services.claims.handlers.changing import Desk
from services.claims.routes.changing import ChangeHandlers, change_routes
from shared.service import Service


def changing_routes(service: Service, desk: Desk) -> list[RabbitRoute]:
    """The routes of CLM-10."""
    handlers = ChangeHandlers(
        add_documents=partial(changing.add_documents, desk=desk),
        correct_claim=partial(changing.correct_claim, desk=desk),
        void_claim=partial(changing.void_claim, desk=desk),
    )
    return change_routes(handlers, service.outbox, service.publisher)
