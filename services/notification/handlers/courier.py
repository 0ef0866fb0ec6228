"""One mail, from claim to record. Sending cannot be undone, so it happens outside every transaction:

1. *claim* the delivery document (a lease); a mail that was sent is not sent again;
2. *send*;
3. *record* that it was sent, waiting for the database if need be.

A crash between 2 and 3 sends the mail a second time, with the same ``Message-ID`` and reference: at least once is the
promise (README.md says why).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from services.notification.domain import Delivery, DeliveryState, Failure, Letter
from services.notification.handlers.leases import Leases
from services.notification.handlers.metrics import MAILS
from services.notification.ports import Deliveries, Mailer, Pause, Report, Write
from shared.clock import Clock
from shared.envelopes import Received
from shared.errors import AppError, Transient
from shared.mongo import Unavailable
from shared.telemetry import logger
from shared.topology import DELAYS_MS

ATTEMPTS: Final = len(DELAYS_MS) + 1
"""Attempts that the delays of the bus allow; after the last one a message is dead-lettered."""

AT_ONCE: Final = 8
"""Mails that a courier writes and sends side by side. Writing one keeps the event loop busy for milliseconds: with
hundreds at once, a code would wait behind the other mails after all."""

_DATABASE_PAUSE_SECONDS: Final = 0.5

Prepare = Callable[[], Awaitable[Letter]]
"""Finds the recipient and what the letter says; called only for a mail that has to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What couriers share."""

    deliveries: Deliveries
    leases: Leases
    write: Write
    report: Report
    clock: Clock
    pause: Pause = asyncio.sleep


class Courier:
    """Delivers over one mail server connection pool."""

    def __init__(self, office: Office, mailer: Mailer, *, at_once: int = AT_ONCE) -> None:
        self._office = office
        self._mailer = mailer
        self._places = asyncio.Semaphore(at_once)

    async def deliver(self, cause: Received[Any], delivery: Delivery, prepare: Prepare) -> bool:
        """Send a mail once; true when it was sent now.

        A mail that was sent before, that the server refuses or that came too late needs no further attempt.

        Raises:
            Transient: try again later.
        """
        attempt = await self._claim(delivery)
        if attempt is None:
            MAILS.labels(delivery.template, "duplicate").inc()
            return False
        with self._office.leases.holding(delivery.delivery_id):
            async with self._places:
                return await self._attempt(cause, delivery, prepare, attempt=attempt)

    async def _claim(self, delivery: Delivery) -> int | None:
        """A database that restarts is nobody's fault: wait, without using up an attempt."""
        while True:
            try:
                return await self._office.deliveries.claim(delivery, self._office.leases.new())
            except Unavailable:
                await self._office.pause(_DATABASE_PAUSE_SECONDS)

    async def _attempt(self, cause: Received[Any], delivery: Delivery, prepare: Prepare, *, attempt: int) -> bool:
        if delivery.expires_at is not None and self._office.clock() >= delivery.expires_at:
            await self._give_up(cause, delivery, "expired", attempt=attempt, state=DeliveryState.EXPIRED)
            return False
        try:
            await self._mailer.send(self._office.write(delivery, await prepare()))
        except Transient as error:
            await self._defer(cause, delivery, error, attempt=attempt)
            raise
        except AppError as error:
            await self._give_up(cause, delivery, str(error), attempt=attempt)
            return False
        await self._record_sent(delivery)
        return True

    async def _record_sent(self, delivery: Delivery) -> None:
        while True:
            try:
                await self._office.deliveries.record_sent(delivery.delivery_id, self._office.clock())
            except Unavailable:
                await self._office.pause(_DATABASE_PAUSE_SECONDS)
            else:
                MAILS.labels(delivery.template, "sent").inc()
                return

    async def _defer(self, cause: Received[Any], delivery: Delivery, error: Transient, *, attempt: int) -> None:
        MAILS.labels(delivery.template, "deferred").inc()
        if delivery.expires_at is None and attempt >= ATTEMPTS:
            await self._give_up(cause, delivery, str(error), attempt=attempt, final=False)
        else:
            await self._office.deliveries.release(delivery.delivery_id, self._office.leases.new())

    async def _give_up(
        self,
        cause: Received[Any],
        delivery: Delivery,
        reason: str,
        *,
        attempt: int,
        state: DeliveryState = DeliveryState.FAILED,
        final: bool = True,
    ) -> None:
        MAILS.labels(delivery.template, state.value).inc()
        logger().warning("mail_given_up", delivery_id=delivery.delivery_id, template=delivery.template, reason=reason)
        await self._office.report(cause, Failure(delivery, state, reason, attempt, self._office.clock(), final))
