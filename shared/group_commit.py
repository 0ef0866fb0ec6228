"""Group commit: messages in flight together share one transaction (docs/adr/0002).

One commit costs about the same for one message as for a hundred. When the shared transaction fails, each of its
messages is tried alone, so that one cannot spoil the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from shared.batching import Batcher, Linger
from shared.envelopes import Received
from shared.errors import AppError
from shared.message_log import Committed, LogRecord
from shared.mongo import DuplicateKey, Unavailable
from shared.telemetry import GROUP_SIZE, logger

LINGER: Final = Linger(waiting=12, seconds=0.03)
"""A busy consumer waits a moment for more messages; a few never wait."""

Commit = Callable[[Sequence[Received[Any]]], Awaitable[Committed]]


class GroupCommit:
    """Commits the messages of one consumer that arrive while a commit is under way, all together.

    Args:
        consumer: Name of the queue, for logs and metrics.
        commit: Handles messages in one transaction.
        dispatch: Publishes, without being waited for, what a commit left to be published.
        ready: Awaited before each commit.
        maximum: Most messages per transaction.
    """

    def __init__(
        self,
        consumer: str,
        commit: Commit,
        *,
        dispatch: Callable[[Sequence[LogRecord]], None],
        ready: Callable[[], Awaitable[None]],
        maximum: int,
    ) -> None:
        self._consumer = consumer
        self._commit_once = commit
        self._dispatch = dispatch
        self._batcher = Batcher(self._commit, maximum=maximum, linger=LINGER, ready=ready)
        self._size = GROUP_SIZE.labels(consumer)

    async def submit(self, received: Received[Any]) -> bytes | None:
        """Handle one message together with its neighbours; returns its reply (JSON) once all is committed."""
        return await self._batcher.ask(received)

    async def _commit(self, batch: Sequence[Received[Any]]) -> Sequence[bytes | Exception | None]:
        self._size.observe(len(batch))
        try:
            return await self._commit_together(batch)
        except Exception as error:  # noqa: BLE001 - handed to the caller of every message concerned
            if len(batch) == 1:
                return [error]
            if not isinstance(error, AppError | DuplicateKey):
                logger().warning("group_split", consumer=self._consumer, size=len(batch), cause=type(error).__name__)
            return [outcome for received in batch for outcome in await self._commit([received])]

    async def _commit_together(self, batch: Sequence[Received[Any]]) -> Sequence[bytes | None]:
        while True:
            try:
                committed = await self._commit_once(batch)
            except Unavailable:
                await self._wait_for_database(batch)
                continue
            self._dispatch(committed.records)
            return committed.replies

    async def _wait_for_database(self, batch: Sequence[Received[Any]]) -> None:
        """An outage is nobody's fault: hold the messages, unacknowledged and uncounted, until the database is back."""
        logger().warning("database_unavailable", consumer=self._consumer, held=len(batch))
        await asyncio.sleep(0.5)
