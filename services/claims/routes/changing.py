"""Changes to claims: commands whose caller waits for the decision (CLM-10)."""

from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from shared.consuming import Handler, consume_each
from shared.contracts import Message
from shared.contracts.claims import ClaimAdjudicated, ClaimEstimated
from shared.contracts.claims.changing import AddClaimDocuments, CorrectClaim, VoidClaim
from shared.contracts.claims.provider_changing import (
    AddProviderClaimDocuments,
    CorrectProviderClaim,
    VoidProviderClaim,
)
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000

CHANGES = Queue(
    "claims.changes",
    (AddClaimDocuments, CorrectClaim, VoidClaim, AddProviderClaimDocuments, CorrectProviderClaim, VoidProviderClaim),
    message_ttl_ms=REQUEST_TTL_MS,
)

TOPOLOGY: Final = ServiceTopology("claims", queues=(CHANGES,), publishes=(ClaimAdjudicated, ClaimEstimated))


@dataclass(frozen=True, slots=True)
class ChangeHandlers:
    """The use cases with their dependencies bound."""

    add_documents: SingleHandler
    correct_claim: SingleHandler
    void_claim: SingleHandler
    add_provider_documents: SingleHandler
    correct_provider_claim: SingleHandler
    void_provider_claim: SingleHandler


def change_routes(handlers: ChangeHandlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for all changes."""
    uses: dict[type[Message], SingleHandler] = {
        AddClaimDocuments: handlers.add_documents,
        CorrectClaim: handlers.correct_claim,
        VoidClaim: handlers.void_claim,
        AddProviderClaimDocuments: handlers.add_provider_documents,
        CorrectProviderClaim: handlers.correct_provider_claim,
        VoidProviderClaim: handlers.void_provider_claim,
    }
    joined: dict[type[Message], Handler] = {
        kind: outbox.group(f"{CHANGES.name}.{kind.wire_type.split('.')[1]}", each(use)).submit
        for kind, use in uses.items()
    }
    return [consume_each(CHANGES, joined, publisher)]
