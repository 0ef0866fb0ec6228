"""Telling every process of the edge, at once, that there is something to look up (docs/adr/0013).

A call carries nothing: what is to be known stands in the database. A call that is lost, while a process reconnects,
costs time and no correctness, because everybody looks now and then anyway.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from faststream import AckPolicy
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitQueue, RabbitRoute, RabbitRouter
from faststream.rabbit.message import RabbitMessage

from shared.acknowledging import settled
from shared.clock import IdMaker, new_id
from shared.envelopes import Outgoing
from shared.errors import Transient
from shared.messaging import Publisher, exchange
from shared.telemetry import logger
from shared.topology import EVERYONE, REPLIES

CALL: Final = "edge.call"
"""``type`` property of a call; it has no body and hence no contract."""
_TIMEOUT_SECONDS: Final = 2.0


class Broadcast:
    """Calls all processes and hears their calls, on an exclusive queue of its own beside that of the answers.

    Args:
        publisher: Of this process.
        user: Whose calls are believed: the exchange is open to everybody who answers.
        heard: What to do at a call.
        ids: Names the queue.
    """

    def __init__(
        self, publisher: Publisher, *, user: str, heard: Callable[[], Awaitable[None]], ids: IdMaker = new_id
    ) -> None:
        self._publisher = publisher
        self._user = user
        self._heard = heard
        self._ids = ids
        self._queue = RabbitQueue(
            f"{REPLIES}.{ids()}", routing_key=EVERYONE, exclusive=True, auto_delete=True, durable=False
        )

    def attach(self, broker: RabbitBroker) -> None:
        """Take part in ``broker``, before it starts."""
        route = RabbitRoute(
            self._on_call,
            queue=self._queue,
            exchange=exchange(REPLIES, ExchangeType.DIRECT),
            ack_policy=AckPolicy.ACK_FIRST,
            no_reply=True,
        )
        broker.include_router(RabbitRouter(handlers=(route,)))

    async def call(self) -> None:
        """Call everybody, this process included; a broker that is away is no error."""
        outgoing = Outgoing(
            message_id=self._ids(),
            wire_type=CALL,
            exchange=REPLIES,
            routing_key=EVERYONE,
            body=b"{}",
            persistent=False,
        )
        try:
            await self._publisher.publish(outgoing, timeout_seconds=_TIMEOUT_SECONDS)
        except Transient as error:
            logger().warning("call_lost", code=error.code)

    async def _on_call(self, message: RabbitMessage) -> None:
        message.clear_cache()
        settled(message)
        if message.raw_message.user_id == self._user:
            await self._heard()
