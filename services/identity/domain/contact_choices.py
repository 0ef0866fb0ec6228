"""The contact address: a separate, consented choice for notices that are not about access (REG-2)."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChoice:
    """``email`` counts; ``pending`` was typed and waits for its code. Consent was given at ``consented_at``."""

    account_id: str
    email: str | None = None
    consented_at: datetime | None = None
    pending: str | None = None
    pending_key: str | None = None
    changed_at: datetime

    def asked(self, email: str, key: str, *, now: datetime) -> "ContactChoice":
        """Another address waits for its code; ``key`` is the challenge that proves it."""
        return replace(self, pending=email, pending_key=key, changed_at=now)

    def confirmed(self, *, now: datetime) -> "ContactChoice":
        """The address that waited counts from now on."""
        return replace(self, email=self.pending, consented_at=now, pending=None, pending_key=None, changed_at=now)

    def withdrawn(self, *, now: datetime) -> "ContactChoice":
        """Without consent there is no contact address; notices go to the access address again."""
        return replace(self, email=None, consented_at=None, pending=None, pending_key=None, changed_at=now)
