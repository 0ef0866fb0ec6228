# ruff: noqa: ARG002 - the ports have a session
"""Identity's registers, jobs, consents and recovery records in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from services.identity.domain.consents import Consent
from services.identity.domain.jobs import Job, JobLease
from services.identity.domain.register_loading import Entry
from services.identity.domain.statements import Statement, StatementFacts
from shared.mongo import DuplicateKey, Session

E = TypeVar("E", bound=Entry)


class MemoryRegister(Generic[E]):
    def __init__(self) -> None:
        self.rows: dict[str, E] = {}

    async def get(self, entry_id: str, *, session: Session | None = None) -> E | None:
        return self.rows.get(entry_id)

    async def list_by_ids(self, entry_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, E]:
        return {key: self.rows[key] for key in entry_ids if key in self.rows}

    async def save_all(self, entries: Sequence[E], *, session: Session | None = None) -> None:
        self.rows |= {entry.entry_id: entry for entry in entries}


class MemoryStatements(MemoryRegister[Statement]):
    async def list_facts(
        self, provider_id: str, batch_numbers: Collection[str], *, session: Session | None = None
    ) -> Collection[StatementFacts]:
        return {
            row.facts
            for row in self.rows.values()
            if row.provider_id == provider_id and row.facts.batch_number in batch_numbers
        }


@dataclass(slots=True)
class MemoryJobs:
    rows: dict[str, Job] = field(default_factory=dict)
    leases: dict[str, JobLease] = field(default_factory=dict)

    async def put(self, jobs: Sequence[Job], *, session: Session | None = None) -> None:
        for job in jobs:
            self.rows[job.key] = job
            self.leases.pop(job.key, None)

    async def cancel(self, account_id: str, *, session: Session | None = None) -> None:
        self.rows = {key: job for key, job in self.rows.items() if job.account_id != account_id}

    async def take_due(self, now: datetime, lease: JobLease) -> Job | None:
        free = [
            job
            for key, job in self.rows.items()
            if job.due_at <= now and (key not in self.leases or self.leases[key].until <= now)
        ]
        if not free:
            return None
        taken = min(free, key=lambda job: job.due_at)
        self.leases[taken.key] = lease
        return taken

    async def finish(self, job: Job, lease: JobLease, *, session: Session | None = None) -> bool:
        if self.leases.get(job.key) != lease or job.key not in self.rows:
            return False
        del self.rows[job.key], self.leases[job.key]
        return True


@dataclass(slots=True)
class MemoryConsents:
    rows: list[Consent] = field(default_factory=list)

    async def add(self, consent: Consent, *, session: Session | None = None) -> None:
        if consent in self.rows:
            raise DuplicateKey("_id")
        self.rows.append(consent)

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[Consent]:
        return [row for row in self.rows if row.account_id == account_id]
