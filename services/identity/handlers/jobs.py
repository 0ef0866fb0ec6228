"""Doing what is due: every job once, by whichever process gets there first, also after restarts.

A process takes a job by a lease and does it in one transaction that removes the job: if the lease lapsed meanwhile, or
the job was put off or cancelled, nothing happens. What the job sends goes out through the outbox, once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from services.identity.domain.jobs import Job, JobKind, JobLease
from shared.clock import Clock, IdMaker
from shared.contracts import Command
from shared.envelopes import Received
from shared.mongo import Session, Unavailable
from shared.outbox import Work
from shared.telemetry import logger

LEASE: Final = timedelta(minutes=2)
"""After this long without success somebody else may try."""

Pause = Callable[[float], Awaitable[None]]
UnitOfWork = Callable[[str, Callable[[Work], Awaitable[None]]], Awaitable[None]]
"""Runs work in a transaction with its outbox; the first argument names it in the log."""


class DueJob(Command):
    """Stands for the message that a job has not: never on the wire."""

    wire_type = "local.due_job.v1"


DoJob = Callable[[Received[DueJob], Work, Job], Awaitable[None]]


class JobRepository(Protocol):
    """Due work. A job of the same kind and account takes the place of an earlier one."""

    async def put(self, jobs: Sequence[Job], *, session: Session | None = None) -> None: ...

    async def cancel(self, account_id: str, *, session: Session | None = None) -> None:
        """Forget all jobs of an account."""
        ...

    async def take_due(self, now: datetime, lease: JobLease) -> Job | None:
        """Take the job that has been due longest and that nobody holds."""
        ...

    async def finish(self, job: Job, lease: JobLease, *, session: Session | None = None) -> bool:
        """Remove a job; tells whether the lease was still good for it."""
        ...


class Scheduler:
    """Does due jobs, each by the function for its kind."""

    def __init__(
        self,
        jobs: JobRepository,
        functions: Mapping[JobKind, DoJob],
        unit_of_work: UnitOfWork,
        *,
        clock: Clock,
        ids: IdMaker,
        poll_seconds: float,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._jobs = jobs
        self._functions = functions
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._poll_seconds = poll_seconds
        self._pause = pause

    async def run(self) -> None:
        """Do what is due, for ever."""
        while True:
            try:
                busy = await self.run_once()
            except Unavailable:
                busy = False
            if not busy:
                await self._pause(self._poll_seconds)

    async def run_once(self) -> bool:
        """Do one job; tells whether one was due. A job that fails is tried again when its lease has lapsed."""
        now = self._clock()
        lease = JobLease(self._ids(), now + LEASE)
        job = await self._jobs.take_due(now, lease)
        if job is None:
            return False
        cause = Received(DueJob(), lease.token, lease.token)

        async def work(work: Work) -> None:
            if await self._jobs.finish(job, lease, session=work.session):
                await self._functions[job.kind](cause, work, job)

        try:
            await self._unit_of_work(f"job:{lease.token}", work)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - one job that fails must not keep the others waiting
            logger().exception("job", kind=job.kind.value, account_id=job.account_id)
        return True
