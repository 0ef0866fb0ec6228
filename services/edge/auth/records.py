"""What is kept of challenges and sessions: never a code, never a token, only digests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.contracts.notification import CodePurpose

Purpose = CodePurpose
Method = Literal["email", "totp"]
"""Where the code comes from: a mail, or the holder's authenticator app (LOG-10)."""


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A code that may still come back."""

    digest: str
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Something that only the owner of a mailbox can go on with.

    ``subject`` is whose budgets are used: an account, or an e-mail address (as a digest) that has no account yet.
    ``codes`` are the last two at most, the newest last; for an authenticator app there is none that could match.
    ``lock_key`` is the counter of wrong passwords that is asked again before anything is opened (K8).
    """

    key: str
    purpose: Purpose
    subject: str
    account_id: str | None
    created_at: datetime
    ends_at: datetime
    codes: tuple[StoredCode, ...]
    tries: int = 0
    used_at: datetime | None = None
    method: Method = "email"
    lock_key: str | None = None

    def is_open(self, now: datetime, *, tries: int) -> bool:
        """Whether a code could still be accepted."""
        return self.used_at is None and self.tries < tries and now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session and the digests of its current refresh token and of the one before it.

    ``dossier_id`` and ``provider_id`` are what its owner chose it to be for; ``lock_key`` is the counter of wrong
    passwords of its account and device.
    """

    session_id: str
    account_id: str
    dossier_id: str | None
    provider_id: str | None = None
    assurance: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime
    current: str
    previous: str | None = None
    rotated_at: datetime | None = None
    revoked_at: datetime | None = None
    lock_key: str | None = None
