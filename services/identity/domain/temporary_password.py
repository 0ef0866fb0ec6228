"""Temporary passwords: 80 bits, for one use, useless after fifteen days (REG-15, DEL-6)."""

import secrets
from datetime import datetime, timedelta
from typing import Final

ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyzA"
"""32 signs that are not taken for one another; five bits each."""
LENGTH: Final = 16
LIFETIME: Final = timedelta(days=15)


def temporary_password() -> str:
    """Sixteen signs in groups of four."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(signs[start : start + 4] for start in range(0, LENGTH, 4))


def useless_from(now: datetime) -> datetime:
    """When a temporary password made now stops working."""
    return now + LIFETIME
