"""What happened to a payee's bank details: who, when, and the last three digits; for the payee and agents (BNK-3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class HistoryKind(StrEnum):
    """What happened. Withdrawn: with the account that enrolled (REG-15); closed: by an agent, the key erased."""

    ENROLLED = "enrolled"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Version(Protocol):
    """What an entry takes of the details that came into force."""

    @property
    def payee_id(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def account_ending(self) -> str | None: ...
    @property
    def enrolled_at(self) -> datetime: ...
    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def version(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened; kept for ever, also once the account itself is unreadable.

    Attributes:
        by: who did it, as an account with Acquit; None when nobody did (an account ended by itself).
        account_ending: last three digits of the account concerned; None when they would be all of it.
        version: of the details that came into force, or that ended.
    """

    payee_id: str
    kind: HistoryKind
    at: datetime
    by: str | None
    account_ending: str | None
    version: int

    @classmethod
    def of(cls, version: Version, kind: HistoryKind) -> "HistoryEntry":
        """The entry of details that came into force."""
        return cls(
            payee_id=version.payee_id,
            kind=kind,
            at=version.valid_from or version.enrolled_at,
            by=version.account_id,
            account_ending=version.account_ending,
            version=version.version,
        )

    @classmethod
    def end_of(cls, version: Version, kind: HistoryKind, *, at: datetime, by: str | None) -> "HistoryEntry":
        """The entry of details that are in force no more."""
        return cls(
            payee_id=version.payee_id,
            kind=kind,
            at=at,
            by=by,
            account_ending=version.account_ending,
            version=version.version,
        )
