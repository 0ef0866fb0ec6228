"""What is kept of challenges and sessions: never a code, never a token, only digests."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.contracts.notification import CodePurpose

Purpose = CodePurpose
Mail = Literal["on_its_way", "delayed", "failed"]
"""What is known of the mail with a code: handed over or about to be, tried again, given up (L7)."""
Method = Literal["email", "totp"]
"""Where the code comes from: a mail, or the holder's authenticator app (LOG-10)."""


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A code that may still come back."""

    digest: str
    sent_at: datetime
    expires_at: datetime
    delivery_id: str = ""
    mail: Mail = "on_its_way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Something that only the owner of a mailbox can go on with.

    ``subject`` is whose budgets are used: an account, or an e-mail address (as a digest) that has no account yet.
    ``codes`` are the last two at most, the newest last; ``device_id`` is the known browser that asked.
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
    device_id: str | None = None
    method: Method = "email"
    lock_key: str | None = None

    def is_open(self, now: datetime, *, tries: int) -> bool:
        """Whether a code could still be accepted."""
        return self.used_at is None and self.tries < tries and now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session and the digests of its current refresh token and of the one before it.

    ``dossier_id`` and ``provider_id`` are what its owner chose it to be for; ``proved_at`` is when the password was
    checked; ``extra_code`` names the code that must be entered before anything else works (LOG-8); ``lock_key`` is the
    counter of wrong passwords of its account and device (K8).
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

    idle_seconds: int = 1_800
    proved_at: datetime | None = None
    device_id: str | None = None
    browser: str = ""
    network: str = ""
    extra_code: str | None = None
    lock_key: str | None = None

    def acting_for(self, provider_id: str) -> "SessionRecord":
        """The same session for another provider."""
        return replace(self, provider_id=provider_id)

    def is_live(self, now: datetime) -> bool:
        """Neither ended nor expired nor unused for too long."""
        idle = timedelta(seconds=self.idle_seconds)
        return self.revoked_at is None and now < self.expires_at and now - self.last_used_at < idle


@dataclass(frozen=True, slots=True)
class Place:
    """A network in which a browser signed in, and when it did last."""

    network: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """A browser in which an account signed in. ``network`` is where it was last, as a /24 or /48; ``places`` are the
    networks where it signed in lately, the latest first; ``vouched_at`` is when the owner of the account answered for
    it; ``subject`` is whose wrong passwords count there (K10).
    """

    device_id: str
    account_id: str
    browser: str
    network: str
    first_seen: datetime
    last_seen: datetime
    vouched_at: datetime | None = None
    subject: str = ""
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """One of ``session_id`` and ``account_id``. Of an account, tokens issued before ``before`` are denied; of a
    session, all. ``at`` is when it was written; from ``until`` on no such token is valid anyway.
    """

    session_id: str | None = None
    account_id: str | None = None
    before: datetime | None = None
    at: datetime
    until: datetime
    lock_key: str | None = None
