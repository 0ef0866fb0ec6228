"""Carries runs on: slice after slice, by whichever process is there, and prepares those that are due (PAY-1).

Nothing is remembered here. What is to be done stands in the database, so that a restart goes on where the last process
stopped, and several processes get in each other's way without harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from services.payments.domain.draft import DraftRun
from services.payments.domain.run_calendar import RunDate
from services.payments.handlers.slices import Slices
from services.payments.ports import DraftRepository
from shared.clock import Clock, IdMaker
from shared.mongo import DuplicateKey, Unavailable
from shared.outbox import Work
from shared.telemetry import logger

AT_ONCE: Final = 4
"""Slices that are done while somebody waits for the answer; a larger run is carried on behind it."""

Pause = Callable[[float], Awaitable[None]]
UnitOfWork = Callable[[str, Callable[[Work], Awaitable[None]]], Awaitable[None]]
"""Runs work in a transaction with its outbox; the first argument names it in the log."""


class RunDriver:
    """Does the slices of runs, and begins the runs of the calendar."""

    def __init__(
        self,
        slices: Slices,
        unit_of_work: UnitOfWork,
        *,
        clock: Clock,
        ids: IdMaker,
        poll_seconds: float,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._slices = slices
        self._drafts: DraftRepository = slices.drafts
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._poll_seconds = poll_seconds
        self._pause = pause

    async def carry_on(self, run_id: str, *, limit: int | None = None) -> None:
        """Do slices of the run until it waits for somebody, or ``limit`` are done."""
        done = 0
        while limit is None or done < limit:
            draft = await self._drafts.get(run_id, session=None)
            if draft is None or self._slices.waits(draft):
                return
            await self._unit_of_work(f"run:{self._ids()}", lambda work: self._slices.next(run_id, work))
            done += 1

    async def begin_due(self) -> None:
        """Begin the runs that the calendar wants and nobody has begun; each once, for ever."""
        for calendar in self._slices.rules.calendars.values():
            due = calendar.latest_due(self._clock())
            if await self._drafts.get(due.run_id, session=None) is None:
                with suppress(DuplicateKey):  # another process was first, or an agent's run is under way
                    await self._begin(due)

    async def _begin(self, due: RunDate) -> None:
        draft = DraftRun(run_id=due.run_id, payee_class=due.payee_class, state="preparing", begun_at=self._clock())

        async def work(work: Work) -> None:
            await self._drafts.add(draft, session=work.session)

        await self._unit_of_work(f"run:{self._ids()}", work)

    async def run_once(self) -> None:
        """Begin what is due, and carry on what is unfinished."""
        await self.begin_due()
        for draft in await self._drafts.list_unfinished():
            await self.carry_on(draft.run_id)

    async def run(self) -> None:
        """The same, for ever."""
        while True:
            try:
                await self.run_once()
            except Unavailable:
                pass
            except Exception:  # noqa: BLE001 - a run that fails is tried again, and keeps nobody from starting others
                logger().exception("runs")
            await self._pause(self._poll_seconds)
