"""Same key, other body: noticed at once where possible, without ever holding up a claim (CLM-7).

What this process saw is in memory. What others saw is in the database, written and read in micro-batches: one write for
all requests that arrived meanwhile. When the database is slow or away, intake goes on without it; the claims service
holds the permanent unique key and judges last.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import Counter

from services.edge.ports import SubmissionRepository
from shared.clock import Clock
from shared.errors import Rejected
from shared.telemetry import logger

SKIPPED: Final = Counter(
    "acquit_idempotency_skipped_total", "Claims taken without asking the database about their key."
)
BATCH_MAX: Final = 500


class IdempotencyMismatch(Rejected):
    """The key was used for another body before."""

    def __init__(self) -> None:
        super().__init__("claims.idempotency_mismatch")


@dataclass(frozen=True, slots=True)
class _Waiting:
    claim_id: str
    body_sha256: str
    first: asyncio.Future[str]


class FirstBodies:
    """Remembers which body came first for each claim id.

    Args:
        submissions: Where all edge processes remember it.
        limit_seconds: How long a claim may wait for the database.
        pause_seconds: How long the database is left alone after it was too slow or away.
        kept: How many claims are remembered in memory.
        monotonic: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        submissions: SubmissionRepository,
        *,
        limit_seconds: float,
        pause_seconds: float,
        clock: Clock,
        kept: int = 50_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._submissions = submissions
        self._limit_seconds = limit_seconds
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._kept = kept
        self._monotonic = monotonic
        self._recent: OrderedDict[str, str] = OrderedDict()
        self._waiting: list[_Waiting] = []
        self._running: asyncio.Task[None] | None = None
        self._paused_until = 0.0

    async def check(self, claim_id: str, body_sha256: str) -> None:
        """Return unless another body is known to have come first.

        Raises:
            IdempotencyMismatch.
        """
        first = self._recent.get(claim_id)
        if first is None:
            self._keep(claim_id, body_sha256)
            first = await self._stored(claim_id, body_sha256)
            self._keep(claim_id, first)
        if first != body_sha256:
            raise IdempotencyMismatch

    def _keep(self, claim_id: str, body_sha256: str) -> None:
        self._recent[claim_id] = body_sha256
        if len(self._recent) > self._kept:
            self._recent.popitem(last=False)

    async def _stored(self, claim_id: str, body_sha256: str) -> str:
        """The first body by the database's account; this one, when the database does not say in time."""
        if self._monotonic() < self._paused_until:
            SKIPPED.inc()
            return body_sha256
        waiting = _Waiting(claim_id, body_sha256, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            async with asyncio.timeout(self._limit_seconds):
                return await waiting.first
        except TimeoutError:
            self._pause("slow")
            SKIPPED.inc()
            return body_sha256

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                await self._ask(batch)
        finally:
            self._running = None

    async def _ask(self, batch: Sequence[_Waiting]) -> None:
        bodies: dict[str, str] = {}
        for waiting in batch:
            bodies.setdefault(waiting.claim_id, waiting.body_sha256)
        try:
            earlier = await self._submissions.remember(bodies, now=self._clock())
        except Exception as error:  # noqa: BLE001 - no failure of this store may stop a claim
            self._pause(type(error).__name__)
            SKIPPED.inc(len(batch))
            earlier = {}
        for waiting in batch:
            if not waiting.first.done():
                waiting.first.set_result(earlier.get(waiting.claim_id, bodies[waiting.claim_id]))

    def _pause(self, reason: str) -> None:
        now = self._monotonic()
        if now >= self._paused_until:
            logger().warning("idempotency_store_skipped", reason=reason, seconds=self._pause_seconds)
        self._paused_until = now + self._pause_seconds
