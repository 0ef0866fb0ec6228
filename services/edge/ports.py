"""What the edge needs from storage and the bus. ``session`` is the transaction to take part in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from services.edge.auth.figures import Limit
from services.edge.auth.records import Challenge, Purpose, SessionRecord, StoredCode
from shared.contracts import Actor, Command, Query, View
from shared.envelopes import Outgoing
from shared.mongo import Session
from shared.outbox import Work
from shared.telemetry import Trace

V = TypeVar("V", bound=View)


class Rpc(Protocol):
    """Asks other services and waits for the answer (``shared.rpc.RpcClient``)."""

    async def request(
        self,
        request: Command | Query,
        view: type[V],
        *,
        actor: Actor | None = None,
        trace: Trace | None = None,
        timeout_seconds: float = 5.0,
    ) -> V: ...

    async def request_raw(
        self,
        request: Command | Query,
        *,
        actor: Actor | None = None,
        trace: Trace | None = None,
        timeout_seconds: float = 5.0,
    ) -> bytes: ...


class ConfirmedPublisher(Protocol):
    """Publishes and returns once the broker has the message (``shared.messaging.Publisher``)."""

    async def publish(self, outgoing: Outgoing, *, timeout_seconds: float) -> None: ...


class UnitOfWork(Protocol):
    """Writes and messages that happen together or not at all (``shared.outbox.Outbox``)."""

    async def run(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None: ...


class ChallengeRepository(Protocol):
    """Challenges by key. A challenge is *open* while it is unused, not ended and has tries left."""

    async def add(self, challenge: Challenge, *, session: Session | None = None) -> None: ...

    async def replace(self, challenge: Challenge) -> None:
        """Keep it in the place of any other with its key."""
        ...

    async def get(self, key: str) -> Challenge | None: ...

    async def count_try(self, key: str, purpose: Purpose, *, tries: int, now: datetime) -> Challenge | None:
        """Count one try against an open challenge with a live code, atomically; ``None`` when there is none."""
        ...

    async def add_code(
        self, key: str, code: StoredCode, *, tries: int, sent_before: datetime, session: Session | None = None
    ) -> bool:
        """Keep ``code`` and the one before it, if the challenge is open at ``code.sent_at`` and its last code was sent
        at ``sent_before`` or earlier.
        """
        ...

    async def use(self, key: str, *, now: datetime, session: Session | None = None) -> bool:
        """Mark as used; of all who try, one is told ``True``."""
        ...

    async def release(self, key: str) -> None:
        """Take back a use that led to nothing."""
        ...


class BudgetRepository(Protocol):
    """How often something happened lately, by subject."""

    async def spend(self, subject: str, limits: Sequence[Limit], *, now: datetime) -> timedelta | None:
        """Count one more unless a limit is reached; then nothing is counted and the time to wait is returned."""
        ...


class SessionRepository(Protocol):
    """Sessions by id. A session is *live* while it is neither revoked nor expired."""

    async def add(self, record: SessionRecord, *, session: Session | None = None) -> None: ...

    async def get(self, session_id: str) -> SessionRecord | None: ...

    async def rotate(self, session_id: str, *, current: str, successor: str, now: datetime) -> bool:
        """Put ``successor`` in the place of ``current``, if that is still the refresh token of a live session."""
        ...

    async def choose_dossier(self, session_id: str, dossier_id: str) -> None:
        """What the session is about from now on."""
        ...

    async def revoke(self, session_id: str, *, now: datetime, session: Session | None = None) -> bool:
        """End a session; tells whether it was not revoked before."""
        ...


class SubmissionRepository(Protocol):
    """Which body came first under an Idempotency-Key."""

    async def remember(self, bodies: Mapping[str, str], *, now: datetime) -> Mapping[str, str]:
        """Keep the SHA-256 of new claim ids; returns, for ids known already, the one that came first."""
        ...
