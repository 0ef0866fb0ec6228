"""A counter of wrong passwords: a pure value, and what a failure makes of it (LOG-11).

Failures are counted per *subject* (identity's name for all the names of an account, or for a name that nobody has) and
device: a device that its holder is known to use has a counter of its own, all other devices share one. Whoever locks an
account from elsewhere does not lock its holder out (K10).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.edge.auth.figures import LockoutFigures

STOPPED_KEPT: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """One counter. ``recent`` failures stand newest first; ``opened`` tells how often it began anew by a sign-in, an
    agent or a recovery; ``version`` 0 means that it was never stored.
    """

    key: str
    subject: str
    consecutive: int = 0
    recent: tuple[datetime, ...] = ()
    blocks: int = 0
    blocked_until: datetime | None = None
    last_failure_at: datetime | None = None
    opened: int = 0
    version: int = 0

    @property
    def series(self) -> str:
        """The name of the present row of failures: one that was opened again is not held against anybody."""
        return f"{self.key}|{self.opened}"

    def stopped(self, figures: LockoutFigures) -> bool:
        """Whether waiting does not help any more."""
        return self.consecutive >= figures.hard_stop

    def locked(self, now: datetime, figures: LockoutFigures) -> bool:
        """Whether even the right password is refused."""
        return self.stopped(figures) or (self.blocked_until is not None and now < self.blocked_until)

    def failed(self, now: datetime, figures: LockoutFigures) -> "Lockout":
        """After one more failure. While locked nothing is counted (K2)."""
        if self.locked(now, figures):
            return self
        known = (
            self
            if not self._forgotten(now, figures)
            else Lockout(key=self.key, subject=self.subject, opened=self.opened, version=self.version)
        )
        limit = figures.failures
        recent = (now, *known.recent)[: limit.count]
        counted = replace(known, consecutive=known.consecutive + 1, recent=recent, last_failure_at=now)
        if len(recent) < limit.count or now - recent[-1] >= limit.window:
            return counted
        length = figures.blocks[min(known.blocks, len(figures.blocks) - 1)]
        return replace(counted, recent=(), blocks=known.blocks + 1, blocked_until=now + length)

    def delay(self, figures: LockoutFigures) -> timedelta:
        """How long a refusal in this state is held back: a function of the counter alone, whatever the password."""
        doublings = self.consecutive - figures.tarpit_from
        if doublings < 0:
            return timedelta()
        return min(figures.tarpit_first * (1 << min(doublings, 16)), figures.tarpit_longest)

    def forgotten_at(self, figures: LockoutFigures) -> datetime | None:
        """When it may be removed."""
        if self.last_failure_at is None:
            return None
        return self.last_failure_at + (STOPPED_KEPT if self.stopped(figures) else figures.forgotten_after)

    def _forgotten(self, now: datetime, figures: LockoutFigures) -> bool:
        return self.last_failure_at is not None and now - self.last_failure_at >= figures.forgotten_after


def lock_key(subject: str, device_id: str | None) -> str:
    """The counter of a subject on a device that it is known to use; ``None`` stands for all other devices."""
    return f"{subject}|{device_id or '-'}"


def subject_of(key: str | None) -> str:
    """Whose counter it is."""
    return (key or "").partition("|")[0]
