"""Password hashing: argon2id over a peppered digest, in a bounded pool of threads.

A hash costs some 45 ms of a core on purpose. The event loop must not spend them, and a rush must not pile up work that
nobody waits for any more: beyond the queue limit callers are told when to come back. On a machine that does other
things as well, hashing takes what they leave: claims go first.
"""

import asyncio
import contextlib
import hmac
import math
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerificationError

from services.identity.domain.errors import HashingBusyError
from services.identity.domain.passwords import normalised

SHORTEST_PEPPER: Final = 32
SALT_BYTES: Final = 16
TAG_BYTES: Final = 32
SECONDS_PER_HASH: Final = 0.05
"""About what one hash at the default cost takes; only for telling callers when to come back."""

NICENESS: Final = 10
"""A tenth of the share of other processes that want the same core. What keeps claims going first is the edge's line of
passwords (docs/adr/0021)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HashCost:
    """Argon2id parameters; the defaults are one of OWASP's approved sets."""

    passes: int = 2
    memory_kib: int = 19_456
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class PoolSize:
    """How many hashes are computed at once, and how many may wait."""

    workers: int = 2
    queue_limit: int = 80


class PasswordHashing:
    """Hashes and verifies passwords; the pepper never enters the database.

    Raises:
        ValueError: the pepper has fewer than 32 bytes.
    """

    def __init__(self, pepper: bytes, *, cost: HashCost | None = None, pool: PoolSize | None = None) -> None:
        if len(pepper) < SHORTEST_PEPPER:
            raise ValueError(f"the pepper needs {SHORTEST_PEPPER} bytes")
        self._pepper = pepper
        self._cost = cost or HashCost()
        self._pool = pool or PoolSize()
        self._hasher = PasswordHasher(
            time_cost=self._cost.passes,
            memory_cost=self._cost.memory_kib,
            parallelism=self._cost.lanes,
            hash_len=TAG_BYTES,
            salt_len=SALT_BYTES,
            type=Type.ID,
        )
        self._threads = ThreadPoolExecutor(
            self._pool.workers, thread_name_prefix="argon2", initializer=_let_others_go_first
        )
        self._under_way = 0
        self._dummy = self._hasher.hash(secrets.token_bytes(TAG_BYTES))

    async def hash(self, password: str) -> str:
        """Encoded hash (PHC string) of a password.

        Raises:
            HashingBusyError: too many are waiting.
        """
        digest = self._digest(password)
        return await self._in_pool(lambda: self._hasher.hash(digest))

    async def verify(self, password: str, encoded: str | None) -> bool:
        """Whether the password belongs to the hash; without a hash the same work is done for nothing.

        Raises:
            HashingBusyError: too many are waiting.
        """
        digest = self._digest(password)
        return await self._in_pool(lambda: self._matches(encoded or self._dummy, digest)) and encoded is not None

    def outdated(self, encoded: str) -> bool:
        """Whether the hash was made at a lower cost than today's."""
        made = extract_parameters(encoded)
        cheaper = made.time_cost * made.memory_cost < self._cost.passes * self._cost.memory_kib
        return cheaper or made.type is not Type.ID or made.hash_len < TAG_BYTES

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _digest(self, password: str) -> bytes:
        return hmac.digest(self._pepper, normalised(password).encode(), "sha256")

    def _matches(self, encoded: str, digest: bytes) -> bool:
        try:
            return self._hasher.verify(encoded, digest)
        except VerificationError:
            return False

    async def _in_pool(self, work: Callable[[], T]) -> T:
        limit = self._pool.workers + self._pool.queue_limit
        if self._under_way >= limit:
            wait = limit * SECONDS_PER_HASH / self._pool.workers
            raise HashingBusyError(retry_after_seconds=math.ceil(wait))
        self._under_way += 1
        loop = asyncio.get_running_loop()
        future = self._threads.submit(work)
        future.add_done_callback(lambda _: _call_in(loop, self._leave))
        return await asyncio.wrap_future(future)

    def _leave(self) -> None:
        """A place is free when the thread is done with it, not when the caller stops waiting."""
        self._under_way -= 1


def _let_others_go_first() -> None:
    """Raise the niceness of this thread alone, which only Linux can."""
    with contextlib.suppress(OSError, AttributeError):
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)


def _call_in(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
