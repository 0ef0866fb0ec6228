# ruff: noqa: ARG002 - in memory there is no transaction to take part in
"""The edge's storage and bus in memory, with the same promises as the real ones."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from services.edge.auth.figures import Limit
from services.edge.auth.records import Challenge, Purpose, SessionRecord, StoredCode
from services.edge.storage import CODES_KEPT, time_to_wait
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


class MemoryBudgets:
    def __init__(self) -> None:
        self.rows: dict[str, list[datetime]] = {}

    async def spend(self, subject: str, limits: Sequence[Limit], *, now: datetime) -> timedelta | None:
        spent = self.rows.setdefault(subject, [])
        wait = time_to_wait(spent, limits, now=now)
        if wait is None:
            spent.insert(0, now)
        return wait


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
