"""Counters of failed sign-ins, and the second factor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.handlers.second_factor import SecondFactors
from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts import Message, View
from shared.contracts.identity.security import (
    ConfirmTotp,
    GetSignInSubject,
    RemoveTotp,
    StartTotp,
    VerifyTotp,
)
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000
"""Nobody waits longer for an answer."""

GET_SUBJECT = Queue("identity.get_sign_in_subject", (GetSignInSubject,), message_ttl_ms=REQUEST_TTL_MS)
SECOND_FACTOR = Queue(
    "identity.second_factor", (StartTotp, ConfirmTotp, RemoveTotp, VerifyTotp), message_ttl_ms=REQUEST_TTL_MS
)

TOPOLOGY = ServiceTopology("identity", queues=(GET_SUBJECT, SECOND_FACTOR))


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    get_sign_in_subject: Callable[[Received[GetSignInSubject]], Awaitable[View]]
    second_factors: SecondFactors


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    factors = handlers.second_factors
    changing: dict[type[Message], Handler] = {
        StartTotp: outbox.group("identity.start_totp", each(factors.start)).submit,
        ConfirmTotp: outbox.group("identity.confirm_totp", each(factors.confirm)).submit,
        RemoveTotp: outbox.group("identity.remove_totp", each(factors.remove)).submit,
        VerifyTotp: outbox.group("identity.verify_totp", each(factors.verify)).submit,
    }
    return [
        consume(GET_SUBJECT, GetSignInSubject, answering(handlers.get_sign_in_subject), publisher),
        consume_each(SECOND_FACTOR, changing, publisher),
    ]
