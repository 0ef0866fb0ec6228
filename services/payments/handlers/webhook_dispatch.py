"""Sending: from the feed to deliveries, from deliveries to calls, and what follows from their answers (SUB-3).

Any number of processes may do this side by side: an endpoint moves through the feed by compare-and-set, and a delivery
is tried by whoever has its lease. A process that dies leaves leases, which end.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from services.payments.domain.webhooks import (
    RETRY_WINDOW,
    Attempt,
    Delivery,
    DisabledBecause,
    Endpoint,
    delivery_of,
)
from services.payments.handlers.ports_subscribers import (
    DeliveryRepository,
    FeedRepository,
    Sender,
    UnitOfWork,
    WebhookRepository,
)
from services.payments.handlers.webhook_metrics import ATTEMPTS, CALL_SECONDS, DISABLED, FAILING, GIVEN_UP
from services.payments.handlers.webhook_secrets import WebhookSecrets
from shared.clock import Clock, IdMaker
from shared.contracts.notification import SendAccessNotice
from shared.notices import reference
from shared.outbox import Work
from shared.telemetry import logger

CONTENT_TYPE: Final = "application/cloudevents+json"
USER_AGENT: Final = "Acquit-Webhooks/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFigures:
    """How sending behaves; seconds where not said otherwise."""

    poll_seconds: float = 0.5
    lease_seconds: float = 60.0
    """Longer than any call, or two processes would try the same attempt."""
    side_by_side: int = 32
    """Calls of one endpoint at a time, in one process."""
    waiting: int = 1_000
    """Deliveries of an endpoint that may be pending before more is taken from the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Everything that sending works with."""

    feed: FeedRepository
    webhooks: WebhookRepository
    deliveries: DeliveryRepository
    sender: Sender
    secrets: WebhookSecrets
    unit_of_work: UnitOfWork
    figures: DispatchFigures
    clock: Clock
    ids: IdMaker
    jitter: Callable[[], float] = random.random

    async def serve(self, endpoint_id: str) -> int:
        """Do what there is to do for one endpoint now; returns the number of attempts."""
        attempts = 0
        while True:
            endpoint = await self.webhooks.get(endpoint_id, session=None)
            if endpoint is None or endpoint.disabled_at is not None:
                return attempts
            made = await self._send_due(endpoint)
            attempts += made
            if made < self.figures.side_by_side and not await self._fan_out(endpoint) and not made:
                return attempts

    async def _fan_out(self, endpoint: Endpoint) -> bool:
        """Turn what is new in the feed into deliveries, while not too many wait; tells whether there was anything."""
        head = await self.feed.head()
        if endpoint.position >= head:
            return False
        room = self.figures.waiting - await self.deliveries.count_pending(endpoint.endpoint_id)
        if room <= 0:
            return False
        entries = await self.feed.list_after(endpoint.position, upto=head, limit=room)
        wanted = [entry for entry in entries if endpoint.wants(entry.event.wire_type)]
        upto = entries[-1].position if entries else head
        now = self.clock()
        deliveries = [delivery_of(entry, endpoint, at=now) for entry in wanted]
        return await self.deliveries.fan_out(endpoint, deliveries, upto=upto)

    async def _send_due(self, endpoint: Endpoint) -> int:
        now, token = self.clock(), self.ids()
        leased = await self.deliveries.lease_due(
            endpoint.endpoint_id,
            now=now,
            until=now + timedelta(seconds=self.figures.lease_seconds),
            token=token,
            limit=self.figures.side_by_side,
        )
        if leased:
            entries = await self.feed.get_many([delivery.position for delivery in leased])
            bodies = {entry.position: entry.event.body for entry in entries}
            attempts = [self._attempt(endpoint, one, body=bodies[one.position], token=token) for one in leased]
            await self._delivered(endpoint, await asyncio.gather(*attempts, return_exceptions=True), token=token)
        return len(leased)

    async def _delivered(
        self, endpoint: Endpoint, results: Sequence[Delivery | BaseException | None], *, token: str
    ) -> None:
        """Write down together what was delivered together; failures have been seen to one by one."""
        delivered = [one for one in results if isinstance(one, Delivery)]
        if await self.deliveries.record_all(delivered, token=token) and endpoint.failing_since is not None:
            await self.webhooks.note_success(endpoint.endpoint_id)
        for error in results:
            if isinstance(error, BaseException):
                raise error

    async def _attempt(self, endpoint: Endpoint, delivery: Delivery, *, body: str, token: str) -> Delivery | None:
        """Call once; the delivery if it is done, nothing if it failed, which is written down already."""
        at, started = self.clock(), perf_counter()
        headers = {
            "content-type": CONTENT_TYPE,
            "user-agent": USER_AGENT,
            **self.secrets.signed(endpoint, event_id=delivery.event_id, body=body),
        }
        answered = await self.sender.post(endpoint.url, body=body.encode(), headers=headers)
        seconds = perf_counter() - started
        ATTEMPTS.labels(answered.outcome).inc()
        CALL_SECONDS.observe(seconds)
        attempt = Attempt(at=at, outcome=answered.outcome, status=answered.status, milliseconds=round(seconds * 1_000))
        tried = delivery.after(attempt, jitter=self.jitter())
        if attempt.outcome == "delivered":
            return tried
        await self._failed(endpoint, tried, attempt, token=token)
        return None

    async def _failed(self, endpoint: Endpoint, tried: Delivery, attempt: Attempt, *, token: str) -> None:
        """Try later; or disable the endpoint, and keep the delivery for when it is enabled again."""
        because: DisabledBecause | None = None
        since = await self.webhooks.note_failure(endpoint.endpoint_id, at=attempt.at)
        if attempt.outcome == "gone":
            because = "gone"
        elif attempt.at - since >= RETRY_WINDOW:
            because = "failing"
        if because is not None and tried.status == "failed":
            tried = tried.begun_anew(attempt.at)
        if not await self.deliveries.record(tried, token=token):
            return
        if tried.status == "failed":
            GIVEN_UP.inc()
        if because is not None:
            await self._disable(endpoint, because, since=since)

    async def _disable(self, endpoint: Endpoint, because: DisabledBecause, *, since: datetime) -> None:
        """Send nothing more until an agent looks at it, and tell the agent who made the webhook."""
        now, is_first = self.clock(), False

        async def work(work: Work) -> None:
            nonlocal is_first
            is_first = await self.webhooks.disable(endpoint.endpoint_id, because=because, at=now, session=work.session)
            if is_first:
                work.send(_notice(endpoint, because, since=since, at=now, delivery_id=self.ids()))

        await self.unit_of_work(f"webhook-disabled:{endpoint.endpoint_id}:{self.ids()}", work)
        if is_first:
            DISABLED.labels(because).inc()
            logger().warning("webhook_disabled", webhook_id=endpoint.endpoint_id, because=because)


def _notice(
    endpoint: Endpoint, because: DisabledBecause, *, since: datetime, at: datetime, delivery_id: str
) -> SendAccessNotice:
    """Names the host alone: the rest of a URL may hold a token."""
    return SendAccessNotice(
        delivery_id=delivery_id,
        kind="webhook_disabled",
        account_id=endpoint.created_by,
        reference=reference(delivery_id),
        occurred_at=at,
        values={"host": urlsplit(endpoint.url).hostname or "", "because": because, "since": since},
    )


class Dispatcher:
    """Serves all enabled endpoints for ever, each in a task of its own: a slow one holds up nobody else."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._serving: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look for work until cancelled; calls under way are given up then, and tried again when their leases end."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(self._dispatch.figures.poll_seconds)
        finally:
            tasks = list(self._serving.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Begin to serve every enabled endpoint that is not being served."""
        enabled = [one for one in await self._dispatch.webhooks.list_all() if one.disabled_at is None]
        FAILING.set(sum(one.failing_since is not None for one in enabled))
        for endpoint in enabled:
            if endpoint.endpoint_id not in self._serving:
                task = asyncio.create_task(self._serve(endpoint.endpoint_id))
                self._serving[endpoint.endpoint_id] = task

    async def idle(self) -> None:
        """Wait until nothing is being served."""
        while self._serving:
            await asyncio.gather(*self._serving.values())

    async def _serve(self, endpoint_id: str) -> None:
        try:
            await self._dispatch.serve(endpoint_id)
        except Exception:  # noqa: BLE001 - logged, and tried again at the next look; other endpoints go on
            logger().exception("webhook", webhook_id=endpoint_id)
        finally:
            self._serving.pop(endpoint_id, None)
