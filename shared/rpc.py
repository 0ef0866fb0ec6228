"""Requests over the bus: many in flight, one exclusive reply queue per process (docs/adr/0003).

A request carries an expiration equal to the caller's patience, so that nobody works for a caller who left. The answer
is ``{"ok": …}`` or ``{"error": {"family", "code", "params"}}``, matched by correlation id.
"""

import asyncio
from datetime import timedelta
from typing import Any, Final, TypeVar

import orjson
from faststream import AckPolicy
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitQueue, RabbitRoute, RabbitRouter
from faststream.rabbit.message import RabbitMessage

from shared.acknowledging import settled
from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.contracts import Actor, Command, Query, View
from shared.envelopes import request_envelope
from shared.errors import FAMILIES, AppError, Transient
from shared.messaging import Publisher, exchange
from shared.telemetry import LATE_REPLIES, Trace
from shared.topology import REPLIES

DEFAULT_TIMEOUT_SECONDS: Final = 5.0
V = TypeVar("V", bound=View)


class NoAnswer(Transient):
    """Nobody answered in time. Whether the request was carried out is unknown."""

    def __init__(self, wire_type: str) -> None:
        super().__init__("bus.no_answer", wire_type=wire_type)


class RemoteDefect(AppError):  # noqa: N818
    """The answering service has a defect; its log has the details under the correlation id."""


class RpcClient:
    """Sends commands and queries and waits for their answers."""

    def __init__(self, publisher: Publisher, *, clock: Clock = utc_now, ids: IdMaker = new_id) -> None:
        self._publisher = publisher
        self._clock = clock
        self._ids = ids
        self._instance = ids()
        self._pending: dict[str, asyncio.Future[bytes]] = {}

    def router(self) -> RabbitRouter:
        """The reply queue's subscriber, to be included in the broker before it starts."""
        replies = RabbitQueue(
            f"{REPLIES}.{self._instance}",
            routing_key=self._instance,
            exclusive=True,
            auto_delete=True,
            durable=False,
        )
        route = RabbitRoute(
            self._on_reply,
            queue=replies,
            exchange=exchange(REPLIES, ExchangeType.DIRECT),
            ack_policy=AckPolicy.ACK_FIRST,
            no_reply=True,
        )
        return RabbitRouter(handlers=(route,))

    def attach(self, broker: RabbitBroker) -> None:
        """Take part in ``broker``."""
        broker.include_router(self.router())

    async def request(
        self,
        request: Command | Query,
        view: type[V],
        *,
        actor: Actor | None = None,
        trace: Trace | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> V:
        """Send and wait.

        Raises:
            AppError: what the answering service said, in its family.
            Unroutable: no service takes this request; known at once.
            NoAnswer: no answer within ``timeout_seconds``.
        """
        body = await self.request_raw(request, actor=actor, trace=trace, timeout_seconds=timeout_seconds)
        return view.model_validate_json(body)

    async def request_raw(
        self,
        request: Command | Query,
        *,
        actor: Actor | None = None,
        trace: Trace | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> bytes:
        """As ``request``, with the answer as the JSON that came."""
        correlation_id = self._ids()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._pending[correlation_id] = future
        outgoing = request_envelope(
            request,
            message_id=correlation_id,
            actor=actor,
            trace=trace,
            expires_at=self._clock() + timedelta(seconds=timeout_seconds),
            persistent=False,
            reply_to=f"{self._instance}|{REPLIES}",
            correlation_id=correlation_id,
        )
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._publisher.publish(outgoing)
                body = await future
        except TimeoutError as error:
            raise NoAnswer(request.wire_type) from error
        finally:
            self._pending.pop(correlation_id, None)
        return _unwrapped(body)

    async def _on_reply(self, message: RabbitMessage) -> None:
        message.clear_cache()
        settled(message)
        future = self._pending.pop(message.correlation_id, None)
        if future is None or future.done():
            LATE_REPLIES.inc()
        else:
            future.set_result(message.body)


_OK_PREFIX: Final = b'{"ok":'


def _unwrapped(body: bytes) -> bytes:
    if body.startswith(_OK_PREFIX):
        return body[len(_OK_PREFIX) : -1]
    described: dict[str, Any] = orjson.loads(body)["error"]
    family = FAMILIES.get(described["family"], RemoteDefect)
    raise family(described["code"], **described.get("params", {}))
