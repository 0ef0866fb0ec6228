"""Terms of use: one queue."""

from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.handlers.terms import TermsDesk
from services.identity.routes.enrolment import REQUEST_TTL_MS
from shared.consuming import Handler, answering, consume_each
from shared.contracts import Message
from shared.contracts.identity.terms import AcceptTerms, ListTerms, ReadTerms
from shared.messaging import Publisher
from shared.outbox import Outbox, each
from shared.topology import Queue, ServiceTopology

TERMS: Final = Queue("identity.terms", (ReadTerms, ListTerms, AcceptTerms), message_ttl_ms=REQUEST_TTL_MS)

TOPOLOGY: Final = ServiceTopology("identity", queues=(TERMS,))


def routes(desk: TermsDesk, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route for the queue."""
    handlers: dict[type[Message], Handler] = {
        ReadTerms: answering(desk.read),
        ListTerms: answering(desk.list_own),
        AcceptTerms: outbox.group(TERMS.name, each(desk.accept)).submit,
    }
    return [consume_each(TERMS, handlers, publisher)]
