"""Tokens that are refused although they are signed and have not expired (docs/adr/0013).

Two things are denied: what a session's tokens say once it has ended (T6), and what an account's tokens said before
its rights changed (D5, T8). MongoDB says what is denied; every process keeps it in memory, looks twice a second, and
at once when it is called.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from services.edge.auth.errors import SessionEnded, TokenOutdated
from services.edge.auth.records import Denial
from services.edge.ports import DenialRepository
from shared.batching import Batcher
from shared.clock import Clock
from shared.contracts import Actor
from shared.errors import Transient
from shared.mongo import Session
from shared.telemetry import logger
from shared.tokens import LEEWAY_SECONDS

KEPT: Final = 100_000
"""Denials of each kind in memory; beyond, the oldest are forgotten, whose tokens expire first."""
POLL_SECONDS: Final = 0.5
OVERLAP: Final = timedelta(seconds=30)
"""How long a transaction may take, and clocks of processes may differ, without a denial being missed."""
FORGET_EVERY: Final = timedelta(minutes=1)
STALE_SECONDS: Final = 5.0
_ASKERS: Final = 10_000


class Denied:
    """What this process denies. ``check`` stands in the way of every request: two look-ups."""

    def __init__(self, *, kept: int = KEPT) -> None:
        self._kept = kept
        self._sessions: dict[str, datetime] = {}
        self._accounts: dict[str, tuple[datetime, datetime]] = {}

    def __len__(self) -> int:
        return len(self._sessions) + len(self._accounts)

    def check(self, actor: Actor, *, issued_at: datetime) -> None:
        """Refuse what is denied.

        Raises:
            SessionEnded: its session ended.
            TokenOutdated: what its account may do changed since; the next refresh brings what holds now.
        """
        if actor.session_id in self._sessions:
            raise SessionEnded
        changed = self._accounts.get(actor.account_id)
        if changed is not None and issued_at < changed[0]:
            raise TokenOutdated

    def take(self, denials: Iterable[Denial]) -> None:
        """Deny these from now on; known ones change nothing."""
        for denial in denials:
            if denial.session_id is not None:
                self._sessions[denial.session_id] = denial.until
            if denial.account_id is not None and denial.before is not None:
                before, until = self._accounts.pop(denial.account_id, (denial.before, denial.until))
                self._accounts[denial.account_id] = (max(before, denial.before), max(until, denial.until))
        _bound(self._sessions, self._kept)
        _bound(self._accounts, self._kept)

    def forget(self, *, now: datetime) -> None:
        """Drop what no valid token can meet any more."""
        self._sessions = {key: until for key, until in self._sessions.items() if now < until}
        self._accounts = {key: changed for key, changed in self._accounts.items() if now < changed[1]}


def _bound(entries: dict[str, datetime] | dict[str, tuple[datetime, datetime]], kept: int) -> None:
    while len(entries) > kept:
        entries.pop(next(iter(entries)))


Call = Callable[[], Awaitable[None]]


async def call_nobody() -> None:
    """There is one process only."""


class Denials:
    """Denials of all processes; ``call`` makes them all look.

    Args:
        repository: Where they are kept.
        denied: What this process knows of them.
        lifetime: Of access tokens.
        clock: Of this process.
    """

    def __init__(self, repository: DenialRepository, denied: Denied, *, lifetime: timedelta, clock: Clock) -> None:
        self._repository = repository
        self._denied = denied
        self._kept = lifetime + timedelta(seconds=LEEWAY_SECONDS)
        self._clock = clock
        self._batcher: Batcher[None, None] = Batcher(self._read, maximum=_ASKERS)
        self._loaded = asyncio.Event()
        self._looked_at: datetime | None = None
        self._forgotten_at = clock()
        self.call: Call = call_nobody

    async def deny_session(self, session_id: str, *, session: Session | None = None) -> None:
        """No token of this session counts any more, once the transaction is committed and told."""
        now = self._clock()
        await self._repository.add(Denial(session_id=session_id, at=now, until=now + self._kept), session=session)

    async def outdate(self, account_id: str, before: datetime, *, session: Session | None = None) -> None:
        """No token that this account got before ``before`` counts any more."""
        now = self._clock()
        denial = Denial(account_id=account_id, before=before, at=now, until=max(now, before) + self._kept)
        await self._repository.add(denial, session=session)

    async def tell(self) -> None:
        """After the commit: this process knows, and all others are called."""
        await self.look()
        await self.call()

    async def look(self) -> None:
        """Learn what was written since the last look. Many who ask meanwhile share the next one."""
        await self._batcher.ask(None)

    async def _read(self, asked: Sequence[None]) -> Sequence[None]:
        now = self._clock()
        since = None if self._looked_at is None else self._looked_at - OVERLAP
        self._denied.take(await self._repository.list_since(since, now=now))
        self._looked_at = now
        self._loaded.set()
        if now - self._forgotten_at >= FORGET_EVERY:
            self._denied.forget(now=now)
            self._forgotten_at = now
        return [None] * len(asked)

    async def watch(self) -> None:
        """Look for ever; a database that is away is tried again."""
        while True:
            try:
                await self.look()
            except Transient as error:
                logger().warning("denials_not_read", code=error.code)
            await asyncio.sleep(POLL_SECONDS)

    async def loaded(self, *, timeout_seconds: float) -> None:
        """Wait for the first look, but not for ever: claims are taken without a database too (CLM-7)."""
        try:
            await asyncio.wait_for(self._loaded.wait(), timeout_seconds)
        except TimeoutError:
            logger().warning("denials_not_loaded")

    async def stale(self) -> str | None:
        """Why this process may believe what others deny."""
        if self._looked_at is None:
            return "denials were never read"
        age = (self._clock() - self._looked_at).total_seconds()
        return None if age < STALE_SECONDS else f"denials were last read {age:.0f} s ago"
