"""Agreements: what their signing tells, and questions about them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.routes.enrolment import REQUEST_TTL_MS
from shared.consuming import answering, consume
from shared.contracts import View
from shared.contracts.identity.agreements import AgreementSigned, GetAgreement
from shared.contracts.identity.providers import ProviderRecorded, ProviderRegistered
from shared.contracts.notification import PutInboxMessage, SendAccessNotice
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.topology import Queue, ServiceTopology

GET_AGREEMENT: Final = Queue("identity.get_agreement", (GetAgreement,), message_ttl_ms=REQUEST_TTL_MS)

TOPOLOGY: Final = ServiceTopology(
    "identity",
    queues=(GET_AGREEMENT,),
    publishes=(AgreementSigned, ProviderRecorded, ProviderRegistered),
    sends=(SendAccessNotice, PutInboxMessage),
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    get_agreement: Callable[[Received[GetAgreement]], Awaitable[View]]


def routes(handlers: Handlers, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    return [consume(GET_AGREEMENT, GetAgreement, answering(handlers.get_agreement), publisher)]
