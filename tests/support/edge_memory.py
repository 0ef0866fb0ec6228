# ruff: noqa: ARG002 - in memory there is no transaction to take part in
"""The edge's storage and bus in memory, with the same promises as the real ones."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from services.edge.access_storage import ACTIVITIES_KEPT
from services.edge.auth.figures import Limit
from services.edge.auth.lockout import Lockout
from services.edge.auth.records import Challenge, Denial, DeviceRecord, Mail, Purpose, SessionRecord, StoredCode
from services.edge.auth.sharing import Activity, Suspicion
from services.edge.rate_storage import WindowStorage
from services.edge.storage import CODES_KEPT, time_to_wait
from shared.clock import Clock
from shared.contracts import Actor, Command, Event, Query, View
from shared.contracts.identity import GetAccount
from shared.envelopes import Outgoing, Received
from shared.errors import AppError
from shared.mongo import DuplicateKey, Session
from shared.outbox import Work
from shared.telemetry import Trace, current_trace

V = TypeVar("V", bound=View)


class MemoryChallenges:
    def __init__(self) -> None:
        self.rows: dict[str, Challenge] = {}

    async def add(self, challenge: Challenge, *, session: Session | None = None) -> None:
        if challenge.key in self.rows:
            raise DuplicateKey
        self.rows[challenge.key] = challenge

    async def replace(self, challenge: Challenge) -> None:
        self.rows[challenge.key] = challenge

    async def get(self, key: str) -> Challenge | None:
        return self.rows.get(key)

    async def count_try(self, key: str, purpose: Purpose, *, tries: int, now: datetime) -> Challenge | None:
        row = self.rows.get(key)
        if row is None or row.purpose != purpose or not row.is_open(now, tries=tries):
            return None
        if all(code.expires_at <= now for code in row.codes):
            return None
        counted = self.rows[key] = replace(row, tries=row.tries + 1)
        return counted

    async def add_code(
        self, key: str, code: StoredCode, *, tries: int, sent_before: datetime, session: Session | None = None
    ) -> bool:
        row = self.rows.get(key)
        if row is None or not row.is_open(code.sent_at, tries=tries):
            return False
        if any(known.sent_at > sent_before for known in row.codes):
            return False
        self.rows[key] = replace(row, codes=(*row.codes, code)[-CODES_KEPT:])
        return True

    async def use(self, key: str, *, now: datetime, session: Session | None = None) -> bool:
        row = self.rows.get(key)
        if row is None or row.used_at is not None:
            return False
        self.rows[key] = replace(row, used_at=now)
        return True

    async def release(self, key: str) -> None:
        self.rows[key] = replace(self.rows[key], used_at=None)

    async def close(self, account_id: str, *, begun_by: datetime, now: datetime, session: Session | None) -> None:
        for key, row in self.rows.items():
            if row.account_id == account_id and row.used_at is None and row.created_at <= begun_by:
                self.rows[key] = replace(row, used_at=now)

    async def mark_delivery(self, delivery_id: str, mail: Mail) -> Challenge | None:
        for key, row in self.rows.items():
            if delivery_id in {code.delivery_id for code in row.codes}:
                codes = (replace(code, mail=mail) if code.delivery_id == delivery_id else code for code in row.codes)
                self.rows[key] = replace(row, codes=tuple(codes))
                return self.rows[key]
        return None


class MemoryBudgets:
    def __init__(self) -> None:
        self.rows: dict[str, list[datetime]] = {}

    async def spend(self, subject: str, limits: Sequence[Limit], *, now: datetime) -> timedelta | None:
        spent = self.rows.setdefault(subject, [])
        wait = time_to_wait(spent, limits, now=now)
        if wait is None:
            spent.insert(0, now)
        return wait

    async def give_back(self, subject: str, at: datetime) -> None:
        self.rows[subject] = [spent for spent in self.rows.get(subject, []) if spent != at]


class MemorySessions:
    def __init__(self) -> None:
        self.rows: dict[str, SessionRecord] = {}

    async def add(self, record: SessionRecord, *, session: Session | None = None) -> None:
        if record.session_id in self.rows:
            raise DuplicateKey
        self.rows[record.session_id] = record

    async def get(self, session_id: str) -> SessionRecord | None:
        return self.rows.get(session_id)

    async def rotate(self, session_id: str, *, current: str, successor: str, now: datetime) -> bool:
        row = self.rows.get(session_id)
        if row is None or row.current != current or row.revoked_at is not None or now >= row.expires_at:
            return False
        self.rows[session_id] = replace(row, current=successor, previous=current, rotated_at=now, last_used_at=now)
        return True

    async def choose_dossier(self, session_id: str, dossier_id: str) -> None:
        self.rows[session_id] = replace(self.rows[session_id], dossier_id=dossier_id)

    async def revoke(self, session_id: str, *, now: datetime, session: Session | None = None) -> bool:
        row = self.rows.get(session_id)
        if row is None or row.revoked_at is not None:
            return False
        self.rows[session_id] = replace(row, revoked_at=now)
        return True

    async def choose_provider(self, session_id: str, provider_id: str, *, now: datetime) -> bool:
        row = self.rows.get(session_id)
        if row is None or row.revoked_at is not None or now >= row.expires_at:
            return False
        self.rows[session_id] = row.acting_for(provider_id)
        return True

    async def list_live(
        self, account_id: str, *, now: datetime, session: Session | None = None
    ) -> Sequence[SessionRecord]:
        live = [row for row in self.rows.values() if row.account_id == account_id and row.is_live(now)]
        return sorted(live, key=lambda row: row.last_used_at)

    async def set_extra_code(self, session_id: str, name: str | None, *, session: Session | None = None) -> None:
        self.rows[session_id] = replace(self.rows[session_id], extra_code=name)


class MemoryDenials:
    """``error`` makes it fail."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str | None, str | None], Denial] = {}
        self.error: Exception | None = None

    async def add(self, denial: Denial, *, session: Session | None = None) -> None:
        key = (denial.session_id, denial.account_id)
        known = self.rows.get(key, denial)
        instants = [each for each in (known.before, denial.before) if each is not None]
        self.rows[key] = replace(
            denial,
            before=max(instants, default=None),
            at=max(known.at, denial.at),
            until=max(known.until, denial.until),
        )

    async def list_since(self, since: datetime | None, *, now: datetime) -> Sequence[Denial]:
        if self.error is not None:
            raise self.error
        return [row for row in self.rows.values() if (row.until > now if since is None else row.at >= since)]


class MemoryDevices:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], DeviceRecord] = {}

    async def get(self, account_id: str, device_id: str, *, session: Session | None = None) -> DeviceRecord | None:
        return self.rows.get((account_id, device_id))

    async def list_by_account(self, account_id: str, *, session: Session | None = None) -> Sequence[DeviceRecord]:
        found = [row for row in self.rows.values() if row.account_id == account_id]
        return sorted(found, key=lambda row: row.last_seen, reverse=True)

    async def is_known(self, device_id: str, subject: str) -> bool:
        return any((row.device_id, row.subject) == (device_id, subject) for row in self.rows.values())

    async def save(self, device: DeviceRecord, *, session: Session | None = None) -> None:
        self.rows[device.account_id, device.device_id] = device

    async def delete(self, account_id: str, device_id: str, *, session: Session | None = None) -> bool:
        return self.rows.pop((account_id, device_id), None) is not None


class MemoryActivities:
    def __init__(self) -> None:
        self.rows: dict[str, list[Activity]] = {}

    async def note(self, account_id: str, activity: Activity, *, session: Session | None = None) -> Sequence[Activity]:
        kept = self.rows.setdefault(account_id, [])
        kept.append(activity)
        del kept[:-ACTIVITIES_KEPT]
        return list(kept)


class MemorySuspicions:
    def __init__(self) -> None:
        self.rows: dict[str, Suspicion] = {}

    async def latest(self, account_id: str, *, since: datetime, session: Session | None = None) -> Suspicion | None:
        found = [row for row in self.rows.values() if row.account_id == account_id and row.at >= since]
        return max(found, key=lambda row: row.at, default=None)

    async def get_by_key(self, key_digest: str, *, session: Session | None = None) -> Suspicion | None:
        return next((row for row in self.rows.values() if row.key_digest == key_digest), None)

    async def save(self, suspicion: Suspicion, *, session: Session | None = None) -> None:
        self.rows[suspicion.suspicion_id] = suspicion


class MemoryLockouts:
    def __init__(self) -> None:
        self.rows: dict[str, Lockout] = {}

    async def get(self, key: str) -> Lockout | None:
        await asyncio.sleep(0)
        return self.rows.get(key)

    async def save(self, lockout: Lockout, *, purge_at: datetime) -> bool:
        known = self.rows.get(lockout.key)
        if (0 if known is None else known.version) != lockout.version:
            return False
        self.rows[lockout.key] = replace(lockout, version=lockout.version + 1)
        return True

    async def open(self, key: str) -> None:
        if key in self.rows:
            row = self.rows[key]
            self.rows[key] = replace(
                row,
                consecutive=0,
                recent=(),
                blocks=0,
                blocked_until=None,
                opened=row.opened + 1,
                version=row.version + 1,
            )

    async def clear(self, subject: str, *, session: Session | None = None) -> None:
        for key in [key for key, row in self.rows.items() if row.subject == subject]:
            await self.open(key)


class MemoryWindows(WindowStorage):
    STORAGE_SCHEME = None

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.rows: dict[str, list[float]] = {}
        self._clock = clock

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        _, entries = await self.get_moving_window(key, limit, expiry)
        if entries + amount > limit:
            return False
        self.rows[key] = ([self._clock().timestamp()] * amount + self.rows.get(key, []))[:limit]
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        now = self._clock().timestamp()
        inside = [entry for entry in self.rows.get(key, []) if entry > now - expiry]
        return (min(inside, default=now), len(inside))

    async def clear(self, key: str) -> None:
        self.rows.pop(key, None)


class MemorySubmissions:
    """``error`` makes it fail; ``stalled`` makes it hang until the event is set."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.batches: list[int] = []
        self.error: Exception | None = None
        self.stalled: asyncio.Event | None = None

    async def remember(self, bodies: Mapping[str, str], *, now: datetime) -> Mapping[str, str]:
        self.batches.append(len(bodies))
        if self.stalled is not None:
            await self.stalled.wait()
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        earlier = {key: self.rows[key] for key in bodies if key in self.rows}
        self.rows |= {key: body for key, body in bodies.items() if key not in earlier}
        return earlier


class RecordingPublisher:
    def __init__(self) -> None:
        self.published: list[Outgoing] = []
        self.error: Exception | None = None

    async def publish(self, outgoing: Outgoing, *, timeout_seconds: float = 5.0) -> None:
        if self.error is not None:
            raise self.error
        self.published.append(outgoing)


class MemoryUnitOfWork:
    """Runs work on in-memory storage; what failing work wanted to publish is forgotten."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.outgoing: list[Outgoing] = []
        self.error: Exception | None = None

    async def run(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
        if self.error is not None:
            raise self.error
        cause = Received(GetAccount(account_id="nobody"), work_id, work_id, trace=current_trace())
        unit = Work(None, cause, source="edge")
        await work(unit)
        self.events.extend(unit.events)
        self.commands.extend(unit.commands)
        self.outgoing.extend(unit.outgoing)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request over the bus."""

    message: Any
    actor: Actor | None
    trace: Trace | None
    timeout_seconds: float


Reply = Callable[[Any], View] | View | AppError


@dataclass
class FakeRpc:
    """Answers by message class: a view, an error, or a function of the message."""

    replies: dict[type[Command] | type[Query], Reply] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    async def request_raw(
        self,
        request: Command | Query,
        *,
        actor: Actor | None = None,
        trace: Trace | None = None,
        timeout_seconds: float = 5.0,
    ) -> bytes:
        self.asked.append(Asked(request, actor, trace, timeout_seconds))
        await asyncio.sleep(0)
        reply = self.replies[type(request)]
        if isinstance(reply, AppError):
            raise reply
        view = reply if isinstance(reply, View) else reply(request)
        return view.model_dump_json().encode()

    async def request(
        self,
        request: Command | Query,
        view: type[V],
        *,
        actor: Actor | None = None,
        trace: Trace | None = None,
        timeout_seconds: float = 5.0,
    ) -> V:
        body = await self.request_raw(request, actor=actor, trace=trace, timeout_seconds=timeout_seconds)
        return view.model_validate_json(body)

    def of(self, message: type[Command] | type[Query]) -> list[Any]:
        """The messages of one class, in order."""
        return [asked.message for asked in self.asked if isinstance(asked.message, message)]
