"""Locks after too many wrong passwords (LOG-11): the rules of ``auth.lockout`` over their storage."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from prometheus_client import Counter

from services.edge.auth.figures import LockoutFigures
from services.edge.auth.lockout import Lockout
from services.edge.ports import LockoutRepository
from shared.clock import Clock
from shared.errors import Transient
from shared.mongo import Session
from shared.telemetry import logger

LOCKS: Final = Counter("acquit_sign_in_locks_total", "Blocks and hard stops after wrong passwords.", ("kind",))
_TRIES: Final = 20


class LockoutContended(Transient):
    """Too many failures of one subject at the same instant."""

    def __init__(self) -> None:
        super().__init__("sign_in.contended")


class Lockouts:
    """The rules of locks over their storage."""

    def __init__(self, lockouts: LockoutRepository, *, figures: LockoutFigures, clock: Clock) -> None:
        self._lockouts = lockouts
        self.figures = figures
        self._clock = clock

    async def state(self, key: str) -> Lockout:
        """The counter as it is now."""
        found = await self._lockouts.get(key)
        return Lockout(key=key, subject=key.partition("|")[0]) if found is None else found

    def locks(self, lockout: Lockout) -> bool:
        """Whether it refuses everybody now."""
        return lockout.locked(self._clock(), self.figures)

    def time_left(self, lockout: Lockout) -> timedelta | None:
        """Of a block; ``None`` where waiting does not help."""
        if lockout.stopped(self.figures) or lockout.blocked_until is None:
            return None
        return lockout.blocked_until - self._clock()

    async def failed(self, lockout: Lockout) -> Lockout:
        """Count a wrong password; of rivals, each one is counted, until the lock is there.

        Raises:
            LockoutContended: they were too many.
        """
        for _ in range(_TRIES):
            after = lockout.failed(self._clock(), self.figures)
            if after is lockout:
                return lockout
            if await self._lockouts.save(after, purge_at=after.forgotten_at(self.figures) or self._clock()):
                self._tell(after)
                return replace(after, version=after.version + 1)
            lockout = await self.state(lockout.key)
        raise LockoutContended

    async def succeeded(self, lockout: Lockout) -> None:
        """Somebody signed in: the failures before were no row."""
        if lockout.consecutive:
            await self._lockouts.open(lockout.key)

    async def clear(self, subject: str, *, session: Session | None = None) -> None:
        """Open all counters of a subject: an agent did (K9), or the holder has recovered the account."""
        await self._lockouts.clear(subject, session=session)

    def _tell(self, lockout: Lockout) -> None:
        if self.locks(lockout):
            kind = "stop" if lockout.stopped(self.figures) else "block"
            LOCKS.labels(kind).inc()
            logger().warning("sign_in_locked", kind=kind, subject=lockout.subject, blocks=lockout.blocks)
