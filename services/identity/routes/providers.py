"""Providers: the questions that they choose from. Their enrolment comes by the queue of all enrolments."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from services.identity.routes.members import REQUEST_TTL_MS
from shared.consuming import answering, consume
from shared.contracts import View
from shared.contracts.identity.provider_enrolment import ListSecurityQuestions
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRegistered
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.topology import Queue, ServiceTopology

SECURITY_QUESTIONS: Final = Queue(
    "identity.list_security_questions", (ListSecurityQuestions,), message_ttl_ms=REQUEST_TTL_MS
)

TOPOLOGY: Final = ServiceTopology(
    "identity", queues=(SECURITY_QUESTIONS,), publishes=(ProviderAccountEnded, ProviderRegistered)
)


def routes(
    list_security_questions: Callable[[Received[Any]], Awaitable[View]], publisher: Publisher
) -> list[RabbitRoute]:
    """One route per queue."""
    return [consume(SECURITY_QUESTIONS, ListSecurityQuestions, answering(list_security_questions), publisher)]
