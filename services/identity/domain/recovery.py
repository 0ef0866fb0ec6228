"""A recovery between the forgotten password and the new one (LOG-3, LOG-4, LOG-5; F1..F8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

LIFETIME: Final = timedelta(minutes=30)


class Method(StrEnum):
    """How somebody proves, beside holding the mailbox, whose account it is."""

    MEMBER = "member"
    HINT = "hint"
    PROVIDER = "provider"


class Step(StrEnum):
    """What comes next once the code came back."""

    ANSWERS = "answers"
    PASSWORD = "password"  # noqa: S105 - the name of a step


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryUnderWay:
    """What was asked for, and how far it has come. It changes nothing of the account before the last step (F8).

    Attributes:
        account_id: Whose password it is about; nobody's when the facts belong to no account.
        proved_at: When the code came back.
        answered_at: When all answers were right.
        completed_at: When the password was set; then nothing more can be done with it.
    """

    recovery_id: str
    method: Method
    account_id: str | None
    email: str
    language: str
    started_at: datetime
    proved_at: datetime | None = None
    answered_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        return self.started_at + LIFETIME

    def open(self, now: datetime) -> bool:
        """Neither completed nor expired."""
        return self.completed_at is None and now < self.expires_at

    def step(self, now: datetime) -> Step | None:
        """What comes next; nothing before the code came back, and nothing after the end."""
        if self.account_id is None or self.proved_at is None or not self.open(now):
            return None
        needs_answers = self.method is not Method.MEMBER and self.answered_at is None
        return Step.ANSWERS if needs_answers else Step.PASSWORD
