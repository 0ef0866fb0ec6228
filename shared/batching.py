"""Asking together: what is asked while one call is under way is answered by the next call, all of it at once.

A database or a broker does not charge much more for a hundred questions than for one. A lone question is never held
up; at peak, calls grow instead of multiplying.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

Call = Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]]
"""Answers questions: entry ``i`` of the result is the answer to question ``i``, or the error that its asker gets."""


@dataclass(frozen=True, slots=True)
class Linger:
    """From how many waiting questions the next call waits a moment for more, and how long."""

    waiting: int
    seconds: float


@dataclass(slots=True)
class _Waiting(Generic[T, R]):
    item: T
    answer: asyncio.Future[R]


class Batcher(Generic[T, R]):
    """Collects questions and asks them together, one call at a time.

    Args:
        call: Asks; when it raises, every asker of that call gets the error.
        maximum: Most questions per call.
        linger: Whether a call may wait for more questions.
        ready: Awaited before each call; holds it back while something else must come first.
    """

    def __init__(
        self,
        call: Call[T, R],
        *,
        maximum: int,
        linger: Linger | None = None,
        ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._call = call
        self._maximum = maximum
        self._linger = linger
        self._ready = ready
        self._waiting: list[_Waiting[T, R]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, item: T) -> R:
        """The answer to ``item``.

        Raises:
            What ``call`` raised, or what it gave as the answer to this item.
        """
        waiting: _Waiting[T, R] = _Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await waiting.answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                if self._ready is not None:
                    await self._ready()
                if self._linger is not None and self._linger.waiting <= len(self._waiting) < self._maximum:
                    await asyncio.sleep(self._linger.seconds)
                batch, self._waiting = self._waiting[: self._maximum], self._waiting[self._maximum :]
                await self._answer(batch)
        finally:
            self._running = None

    async def _answer(self, batch: Sequence[_Waiting[T, R]]) -> None:
        answers: Sequence[R | Exception]
        try:
            answers = await self._call([waiting.item for waiting in batch])
        except Exception as error:  # noqa: BLE001 - handed to everybody who asked
            answers = [error] * len(batch)
        for waiting, answer in zip(batch, answers, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(answer, Exception):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)
