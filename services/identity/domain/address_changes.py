"""A new address between the form and the code that proves it: an account's (LOG-9) or an administrator's (DEL-9)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

LIFETIME: Final = timedelta(minutes=30)
REMEMBERED: Final = timedelta(days=30)
"""How long an account's former address hears of changes to the bank details (BNK-3)."""
_SHOWN: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """What was asked for; nothing is changed by it before its code came back.

    Attributes:
        account_id: Who asked, and whose access address it is when ``provider_id`` is None.
        provider_id: Whose administrator's address it is.
        taken: The address is another account's: no code was sent, and nothing will come of it.
        password: Encoded hash of the administrator's password.
        answers: Question and hash of each answer of the administrator.
        replaces: Version of the administrator security that is replaced.
        former: The address before, once it was replaced.
    """

    change_id: str
    account_id: str
    provider_id: str | None = None
    email: str
    language: str
    taken: bool = False
    password: str | None = field(default=None, repr=False)
    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    replaces: int = 0
    started_at: datetime
    done_at: datetime | None = None
    former: str | None = None

    def open(self, now: datetime) -> bool:
        """Whether its code may still make it come true."""
        return not self.taken and self.waits(now)

    def waits(self, now: datetime) -> bool:
        """Whether it is under way for who asked, who does not learn that an address is taken."""
        return self.done_at is None and now < self.started_at + LIFETIME

    @property
    def purge_at(self) -> datetime:
        """When nothing of it is needed any more."""
        return self.started_at + LIFETIME if self.done_at is None else self.done_at + REMEMBERED


def masked_address(email: str) -> str:
    """The address as screens and mails may show it to its owner: first letter and domain (B5)."""
    local, _, domain = email.partition("@")
    return f"{local[:_SHOWN]}***@{domain}"
