"""Passwords: changing one's own, and sending temporary ones again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from faststream.rabbit import RabbitRoute

from services.identity.routes.members import REQUEST_TTL_MS
from shared.consuming import Handler, consume_each
from shared.contracts.identity.passwords import ChangePassword, ReissueTemporaryPassword
from shared.envelopes import Received
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

PASSWORDS: Final = Queue(
    "identity.passwords", (ChangePassword, ReissueTemporaryPassword), message_ttl_ms=REQUEST_TTL_MS
)

TOPOLOGY: Final = ServiceTopology("identity", queues=(PASSWORDS,))

Prepare = Callable[[Received[Any]], Awaitable[Received[Any]]]
"""The costly part of a command, outside any transaction."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    prepare_change: Prepare
    change_password: SingleHandler
    prepare_reissue: Prepare
    reissue_temporary_password: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One queue for both commands."""
    changing = prepared(handlers.prepare_change, group("change_password", handlers.change_password, outbox))
    reissuing = prepared(
        handlers.prepare_reissue, group("reissue_temporary_password", handlers.reissue_temporary_password, outbox)
    )
    return [consume_each(PASSWORDS, {ChangePassword: changing, ReissueTemporaryPassword: reissuing}, publisher)]


def group(name: str, handler: SingleHandler, outbox: Outbox) -> Handler:
    """The group commit of one command, named as the log records it."""
    return outbox.group(f"identity.{name}", each(handler)).submit


def prepared(prepare: Prepare, join: Handler) -> Handler:
    """Prepare outside the transaction, then join the group with the prepared message."""

    async def handle(received: Received[Any]) -> bytes | None:
        return await join(await prepare(received))

    return handle
