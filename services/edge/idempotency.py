"""Same key, other body: noticed at once where possible, without ever holding up a claim (CLM-7).

What this process saw is in memory. What others saw is in the database, written and read in micro-batches: one write for
all requests that arrived meanwhile. When the database is slow or away, intake goes on without it; the claims service
holds the permanent unique key and judges last.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Final

from cachetools import LRUCache
from prometheus_client import Counter

from services.edge.ports import SubmissionRepository
from shared.batching import Batcher, Linger
from shared.clock import Clock
from shared.errors import Rejected
from shared.telemetry import logger

SKIPPED: Final = Counter(
    "acquit_idempotency_skipped_total", "Claims taken without asking the database about their key."
)
BATCH_MAX: Final = 500
LINGER: Final = Linger(waiting=6, seconds=0.005)
"""At peak a larger batch costs less per claim, at the database and, because its claims are then published together, at
the broker.
"""


class IdempotencyMismatch(Rejected):
    """The key was used for another body before."""

    def __init__(self) -> None:
        super().__init__("claims.idempotency_mismatch")


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
        self._monotonic = monotonic
        self._recent: MutableMapping[str, str] = LRUCache(kept)
        self._batcher = Batcher(self._first_of_each, maximum=BATCH_MAX, linger=LINGER)
        self._owed: asyncio.Task[Mapping[str, str]] | None = None
        self._paused_until = 0.0

    async def check(self, claim_id: str, body_sha256: str) -> None:
        """Return unless another body is known to have come first.

        Raises:
            IdempotencyMismatch.
        """
        first = self._recent.get(claim_id)
        if first is None:
            self._recent[claim_id] = body_sha256
            first = self._recent[claim_id] = await self._batcher.ask((claim_id, body_sha256))
        if first != body_sha256:
            raise IdempotencyMismatch

    async def _first_of_each(self, batch: Sequence[tuple[str, str]]) -> Sequence[str]:
        """The first bodies by the database's account; those of the batch, when the database does not say in time."""
        bodies: dict[str, str] = {}
        for claim_id, body_sha256 in batch:
            bodies.setdefault(claim_id, body_sha256)
        firsts = {**bodies, **await self._ask(bodies)}
        return [firsts[claim_id] for claim_id, _ in batch]

    async def _ask(self, bodies: Mapping[str, str]) -> Mapping[str, str]:
        """Bodies that came earlier; none when the database does not say in time."""
        if not self._left_alone():
            asking = asyncio.ensure_future(self._submissions.remember(bodies, now=self._clock()))
            done, _ = await asyncio.wait({asking}, timeout=self._limit_seconds)
            if not done:
                self._owed = asking
                self._owed.add_done_callback(_consider)
            elif asking.exception() is None:
                return asking.result()
            self._pause(type(asking.exception()).__name__ if done else "slow")
        SKIPPED.inc(len(bodies))
        return {}

    def _left_alone(self) -> bool:
        """Paused, or still busy with what it did not answer in time."""
        return self._monotonic() < self._paused_until or (self._owed is not None and not self._owed.done())

    def _pause(self, reason: str) -> None:
        now = self._monotonic()
        if now >= self._paused_until:
            logger().warning("idempotency_store_skipped", reason=reason, seconds=self._pause_seconds)
        self._paused_until = now + self._pause_seconds


def _consider(asked: asyncio.Task[Mapping[str, str]]) -> None:
    """An answer too late is nobody's; its error must not be reported as forgotten."""
    if not asked.cancelled():
        asked.exception()
