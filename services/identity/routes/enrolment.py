"""Enrolments: one queue for every path."""

from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.handlers.enrolment import Enrolments
from shared.consuming import Handler, answering, consume_each
from shared.contracts import Message
from shared.contracts.identity.enrolment import GetEnrolment, ResendEnrolmentCode, StartEnrolment, SubmitStep
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, each
from shared.topology import Queue, ServiceTopology

REQUEST_TTL_MS: Final = 10_000
"""Nobody waits longer for an answer."""

ENROLMENT: Final = Queue(
    "identity.enrolment",
    (StartEnrolment, SubmitStep, ResendEnrolmentCode, GetEnrolment),
    message_ttl_ms=REQUEST_TTL_MS,
)

TOPOLOGY: Final = ServiceTopology("identity", queues=(ENROLMENT,), sends=(SendCode, SendAccessNotice))


def routes(enrolments: Enrolments, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route for the queue."""
    handlers: dict[type[Message], Handler] = {
        StartEnrolment: outbox.group(ENROLMENT.name, each(enrolments.start)).submit,
        SubmitStep: submitting(enrolments, outbox),
        ResendEnrolmentCode: outbox.group(ENROLMENT.name, each(enrolments.resend)).submit,
        GetEnrolment: answering(enrolments.get),
    }
    return [consume_each(ENROLMENT, handlers, publisher)]


def submitting(enrolments: Enrolments, outbox: Outbox) -> Handler:
    """Hash first, outside the transaction, then join the group with the prepared step.

    Of rivals for a certificate one wins: a transaction that meets a key which it could not see yet is a write conflict,
    runs again, sees it and refuses.
    """
    join = outbox.group(ENROLMENT.name, each(enrolments.submit)).submit

    async def submit(received: Received[SubmitStep]) -> bytes | None:
        return await join(await enrolments.prepare(received))

    return submit
