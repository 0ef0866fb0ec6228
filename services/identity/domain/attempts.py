"""Guesses at what only one person should know: three wrong ones and nobody may guess for a day (LOG-4, F5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ATTEMPTS: Final = 3
BLOCKED_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts since the last right one. Each is counted before anything is compared, so that many at once buy nothing.

    Attributes:
        misses: How many were begun; a right one starts again at none.
        blocked_until: Set by the last one that is allowed; a right one lifts it.
    """

    misses: int = 0
    blocked_until: datetime | None = None

    def blocked(self, now: datetime) -> bool:
        """Whether no attempt may be made at present."""
        return self.blocked_until is not None and now < self.blocked_until

    def counted(self, now: datetime) -> "Attempts | None":
        """With one attempt more; ``None`` when it may not be made."""
        if self.blocked(now):
            return None
        misses = 1 if self.blocked_until is not None else self.misses + 1
        return Attempts(misses, now + BLOCKED_FOR if misses >= ATTEMPTS else None)

    @property
    def left(self) -> int:
        """How many more may be made now."""
        return max(0, ATTEMPTS - self.misses)
