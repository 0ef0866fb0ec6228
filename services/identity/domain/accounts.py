"""Accounts: who may sign in, with what, and for which dossiers."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.identity.domain.roster import DossierNumber

MEMBER: Final = "member"
PROVIDER: Final = "provider"
DELEGATE: Final = "delegate"
AGENT: Final = "agent"


class Status(StrEnum):
    """Whether an account may be used at all."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """``email`` keeps access alive (codes, notices about access: REG-2); ``password`` is an encoded hash.

    Attributes:
        provider_id: The provider that this account is of (role ``provider``).
        temporary_until: The password is a temporary one, useless from then on (REG-15); ``None`` for one's own.
        opens_at: Online services open then (REG-18).
        enrolling: Steps of the enrolment are still to be done (REG-16).
        second_factor: How the second step of signing in is done: ``email`` or ``totp`` (LOG-10).
        sessions_since: Sessions opened before then count no longer (F3); ``None`` while all do.
        version: Raised by every change; a change to an older version is refused.
    """

    account_id: str
    user_name: str
    email: str
    display_name: str
    language: str
    roles: tuple[str, ...]
    password: str
    created_at: datetime
    dossiers: tuple[DossierNumber, ...] = ()
    provider_id: str | None = None
    status: Status = Status.ACTIVE
    temporary_until: datetime | None = None
    opens_at: datetime | None = None
    enrolling: bool = False
    second_factor: str = "email"
    sessions_since: datetime | None = None
    version: int = 1

    def usable(self, now: datetime) -> bool:
        """Whether its owner may sign in: not disabled, and its temporary password, if any, still counts."""
        return self.status is Status.ACTIVE and (self.temporary_until is None or now < self.temporary_until)


def user_name_key(user_name: str) -> str:
    """The form in which user names are compared and unique: without case and surrounding space."""
    return unicodedata.normalize("NFKC", user_name).strip().casefold()
