"""Work that is due at a time: reminders, and the end of what was never used (REG-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class JobKind(StrEnum):
    """What is to be done; an account has at most one job of each kind."""

    REMIND_FIRST = "temporary_password_reminder_first"
    REMIND_LAST = "temporary_password_reminder_last"
    PURGE = "temporary_account_purge"


REMINDERS: Final = {JobKind.REMIND_FIRST: timedelta(days=7), JobKind.REMIND_LAST: timedelta(days=13)}
"""How long after a temporary password was mailed its owner is reminded."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to be done for an account, not before ``due_at``."""

    kind: JobKind
    account_id: str
    due_at: datetime

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.account_id}"


@dataclass(frozen=True, slots=True)
class JobLease:
    """The right of one process to do a job, until it lapses."""

    token: str
    until: datetime


def jobs_of_temporary_password(account_id: str, *, issued_at: datetime, useless_from: datetime) -> Sequence[Job]:
    """Reminders on day 7 and day 13, and the end on day 15."""
    reminders = [Job(kind, account_id, issued_at + after) for kind, after in REMINDERS.items()]
    return (*reminders, Job(JobKind.PURGE, account_id, useless_from))
