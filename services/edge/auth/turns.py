"""A few at a time, the rest in line: what costs a lot must not take the time of everything else.

A password costs the edge, identity and their databases as much as fifty claims, and people sign in when they submit.
In turns, a rush of passwords takes a bounded part of the machine however many come; and while many claims are being
taken, a place rests after each turn, so that claims go first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil

from services.edge.auth.errors import TooManyWaiting


@dataclass(frozen=True, slots=True)
class TurnFigures:
    """How many are served side by side, how many may wait for that, and how long at most.

    ``rest`` is how many times the length of a turn its place stays empty afterwards while more important work goes on.
    """

    at_once: int
    line: int
    patience_seconds: float
    rest: float = 0.0


class Turns:
    """A line in which who came first goes first; ``busy`` tells whether more important work goes on."""

    def __init__(self, figures: TurnFigures, *, busy: Callable[[], bool]) -> None:
        self._figures = figures
        self._busy = busy
        self._places = asyncio.Semaphore(figures.at_once)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one of the places.

        Raises:
            TooManyWaiting: the line is full, or no place became free in time.
        """
        if self._waiting >= self._figures.line:
            raise self._too_many()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._figures.patience_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise self._too_many() from error
        finally:
            self._waiting -= 1
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            yield
        finally:
            rest = (loop.time() - began) * self._figures.rest if self._busy() else 0.0
            loop.call_later(rest, self._places.release)

    def _too_many(self) -> TooManyWaiting:
        return TooManyWaiting(ceil(self._figures.patience_seconds))
