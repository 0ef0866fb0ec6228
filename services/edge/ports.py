"""What the edge needs from storage and the bus. ``session`` is the transaction to take part in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from services.edge.auth.figures import Limit
from services.edge.auth.lockout import Lockout
from services.edge.auth.records import Challenge, Denial, DeviceRecord, Mail, Purpose, SessionRecord, StoredCode
from services.edge.auth.sharing import Activity, Suspicion
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

    async def close(self, account_id: str, *, begun_by: datetime, now: datetime, session: Session | None) -> None:
        """Use up every open challenge of an account that began at ``begun_by`` or earlier."""
        ...

    async def mark_delivery(self, delivery_id: str, mail: Mail) -> Challenge | None:
        """Note what became of the mail with a code; the challenge as it is then, or ``None`` for codes of others."""
        ...


class BudgetRepository(Protocol):
    """How often something happened lately, by subject."""

    async def spend(self, subject: str, limits: Sequence[Limit], *, now: datetime) -> timedelta | None:
        """Count one more unless a limit is reached; then nothing is counted and the time to wait is returned."""
        ...

    async def give_back(self, subject: str, at: datetime) -> None:
        """Count what was spent at this instant no longer."""
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

    async def choose_provider(self, session_id: str, provider_id: str, *, now: datetime) -> bool:
        """Keep for which provider a live session acts; tells whether there is one."""
        ...

    async def list_live(
        self, account_id: str, *, now: datetime, session: Session | None = None
    ) -> Sequence[SessionRecord]:
        """Live sessions of an account, the least recently used first."""
        ...

    async def set_extra_code(self, session_id: str, name: str | None, *, session: Session | None = None) -> None:
        """Ask for an extra code, or no longer."""
        ...


class DenialRepository(Protocol):
    """Denials of the last minutes."""

    async def add(self, denial: Denial, *, session: Session | None = None) -> None:
        """Keep a denial; of several for one account, the latest instants count."""
        ...

    async def list_since(self, since: datetime | None, *, now: datetime) -> Sequence[Denial]:
        """Those written at ``since`` or later (all by default) that still matter."""
        ...


class DeviceRepository(Protocol):
    """Devices by account."""

    async def get(self, account_id: str, device_id: str, *, session: Session | None = None) -> DeviceRecord | None: ...

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[DeviceRecord]:
        """The most recently seen first."""
        ...

    async def is_known(self, device_id: str, subject: str) -> bool:
        """Whether a browser is one in which the account with this counter of wrong passwords signed in."""
        ...

    async def save(self, device: DeviceRecord, *, session: Session | None = None) -> None: ...

    async def delete(self, account_id: str, device_id: str, *, session: Session | None = None) -> bool: ...


class ActivityRepository(Protocol):
    """What an account did lately, and from where: as much as sharing detection looks at."""

    async def note(self, account_id: str, activity: Activity, *, session: Session | None = None) -> Sequence[Activity]:
        """Add one; all that are kept, the newest last."""
        ...


class SuspicionRepository(Protocol):
    """Suspicions of sharing."""

    async def latest(self, account_id: str, *, since: datetime, session: Session | None = None) -> Suspicion | None: ...

    async def get_by_key(self, key_digest: str, *, session: Session | None = None) -> Suspicion | None: ...

    async def save(self, suspicion: Suspicion, *, session: Session | None = None) -> None:
        """Write a new or changed suspicion."""
        ...


class LockoutRepository(Protocol):
    """Counters of wrong passwords by key; several may be of one subject."""

    async def get(self, key: str) -> Lockout | None: ...

    async def save(self, lockout: Lockout, *, purge_at: datetime) -> bool:
        """Write it if its version is still the stored one (0: there is none), which is raised by one."""
        ...

    async def open(self, key: str) -> None:
        """Set one to nothing, counted in ``opened``."""
        ...

    async def clear(self, subject: str, *, session: Session | None = None) -> None:
        """Open all of a subject."""
        ...


class SubmissionRepository(Protocol):
    """Which body came first under an Idempotency-Key."""

    async def remember(self, bodies: Mapping[str, str], *, now: datetime) -> Mapping[str, str]:
        """Keep the SHA-256 of new claim ids; returns, for ids known already, the one that came first."""
        ...
