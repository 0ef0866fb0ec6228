"""What helps the owner of an account to prove who they are when the password is gone (REG-5, REG-6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HINT_PURPOSE: Final = "hint"
HINT_LIFETIME: Final = timedelta(days=36_525)
"""A sealed hint can be opened as long as anybody may need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """``answer`` is the hash of the normalised answer; ``hint`` is sealed for identity, bound to the account."""

    account_id: str
    answer: str
    set_at: datetime
    hint: str | None = None
