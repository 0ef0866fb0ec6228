"""Recovery of accounts: one queue for its commands, one for its query."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from services.identity.routes.members import REQUEST_TTL_MS
from shared.consuming import Handler, answering, consume, consume_each
from shared.contracts import View
from shared.contracts.identity.recovery import (
    AnswerRecovery,
    ConfirmRecovery,
    GetRecovery,
    ResendRecoveryCode,
    SetRecoveredPassword,
    StartRecovery,
)
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

RECOVERY: Final = Queue(
    "identity.recovery",
    (StartRecovery, ResendRecoveryCode, ConfirmRecovery, AnswerRecovery, SetRecoveredPassword),
    message_ttl_ms=REQUEST_TTL_MS,
)
GET_RECOVERY: Final = Queue("identity.get_recovery", (GetRecovery,), message_ttl_ms=REQUEST_TTL_MS)

TOPOLOGY: Final = ServiceTopology("identity", queues=(RECOVERY, GET_RECOVERY), sends=(SendCode, SendAccessNotice))

Prepare = Callable[[Received[Any]], Awaitable[Received[Any]]]
"""The costly part of a command, outside any transaction."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    start_recovery: SingleHandler
    resend_recovery_code: SingleHandler
    confirm_recovery: SingleHandler
    check_answers: Prepare
    record_answers: SingleHandler
    prepare_password: Prepare
    set_recovered_password: SingleHandler
    get_recovery: Callable[[Received[GetRecovery]], Awaitable[View]]


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    return [
        consume_each(
            RECOVERY,
            {
                StartRecovery: committed("start_recovery", handlers.start_recovery, outbox),
                ResendRecoveryCode: committed("resend_recovery_code", handlers.resend_recovery_code, outbox),
                ConfirmRecovery: committed("confirm_recovery", handlers.confirm_recovery, outbox),
                AnswerRecovery: prepared(
                    handlers.check_answers, committed("answer_recovery", handlers.record_answers, outbox)
                ),
                SetRecoveredPassword: prepared(
                    handlers.prepare_password,
                    committed("set_recovered_password", handlers.set_recovered_password, outbox),
                ),
            },
            publisher,
        ),
        consume(GET_RECOVERY, GetRecovery, answering(handlers.get_recovery), publisher),
    ]


def committed(name: str, handler: SingleHandler, outbox: Outbox) -> Handler:
    """A handler that writes: in a group, each in its own name in the message log."""
    return outbox.group(f"identity.{name}", each(handler)).submit


def prepared(prepare: Prepare, join: Handler) -> Handler:
    """First the costly part, then the group commit."""

    async def handle(received: Received[Any]) -> bytes | None:
        return await join(await prepare(received))

    return handle
