"""Jobs in MongoDB: found by their time, taken by lease, gone when done."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pymongo import ReplaceOne

from services.identity.domain.jobs import Job, JobKind, JobLease
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

JOBS: Final = "jobs"
_NO_LEASE: Final = datetime(1970, 1, 1, tzinfo=UTC)

SCHEMA: Final = Schema(collections=(JOBS,), indexes=(Index(JOBS, (("due_at", 1),)), Index(JOBS, (("account_id", 1),))))
"""A job is stored under its kind and account: a second one takes the place of the first."""


class MongoJobs:
    """Due work of identity."""

    def __init__(self, database: Database) -> None:
        self._jobs = database.collection(JOBS)

    async def put(self, jobs: Sequence[Job], *, session: Session | None = None) -> None:
        await self._jobs.bulk_write(
            [ReplaceOne({"_id": job.key}, _document(job), upsert=True) for job in jobs], session=session
        )

    async def cancel(self, account_id: str, *, session: Session | None = None) -> None:
        for kind in JobKind:
            await self._jobs.delete_one({"_id": f"{kind}:{account_id}"}, session=session)

    async def take_due(self, now: datetime, lease: JobLease) -> Job | None:
        taken = await self._jobs.find_one_and_update(
            {"due_at": {"$lte": now}, "leased_until": {"$lte": now}},
            {"$set": {"lease": lease.token, "leased_until": lease.until}, "$inc": {"attempts": 1}},
            sort=[("due_at", 1)],
        )
        return None if taken is None else _job(taken)

    async def finish(self, job: Job, lease: JobLease, *, session: Session | None = None) -> bool:
        return await self._jobs.delete_one({"_id": job.key, "lease": lease.token}, session=session)


def _document(job: Job) -> Document:
    return {
        "_id": job.key,
        "kind": job.kind.value,
        "account_id": job.account_id,
        "due_at": job.due_at,
        "lease": None,
        "leased_until": _NO_LEASE,
        "attempts": 0,
    }


def _job(document: Document) -> Job:
    return Job(JobKind(document["kind"]), document["account_id"], document["due_at"])
