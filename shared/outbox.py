"""Inbox and outbox: what a message causes happens once, all of it or nothing.

One document of ``message_log`` per handled message is both: its ``_id`` says that this consumer handled this message
(inbox), its ``outgoing`` holds what must be published because of it (outbox). It is written in the same MongoDB
transaction as the change itself. After the commit the messages are published and the document is marked; a relay
repairs what a crash left unpublished. Receivers deduplicate by message id, so publishing twice does no harm.

The design follows the outbox of NServiceBus; see docs/adr/0002.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.contracts import Command, Event, View
from shared.envelopes import Outgoing, Received, event_envelope, request_envelope
from shared.group_commit import GroupCommit
from shared.message_log import Committed, LogRecord, first_of_each, outgoing_from
from shared.messaging import Publisher
from shared.mongo import Database, Session, Unavailable
from shared.schema import Index
from shared.telemetry import DUPLICATES, OUTBOX_PENDING, current_trace, logger

COLLECTION: Final = "message_log"
KEEP_DAYS: Final = 120
"""How long a handled message is remembered: longer than a deposit can come back. Money has permanent keys as well."""

INDEXES: Final = (
    Index(COLLECTION, (("dispatched_at", 1),), expire_after_seconds=KEEP_DAYS * 86_400),
    Index(COLLECTION, (("written_at", 1),), partial={"pending": True}),
)


class Work:
    """One message's share of a unit of work: the transaction to write in, and what to publish after it."""

    def __init__(self, session: Session | None, cause: Received[Any], *, source: str, clock: Clock = utc_now) -> None:
        self._session = session
        self._cause = cause
        self._source = source
        self._clock = clock
        self.outgoing: list[Outgoing] = []
        self.events: list[Event] = []
        self.commands: list[Command] = []

    @property
    def session(self) -> Session | None:
        """The transaction; ``None`` when handlers run on in-memory repositories."""
        return self._session

    def publish(self, event: Event) -> None:
        """Publish ``event`` once the transaction is committed; its id is fixed now."""
        self.events.append(event)
        self.outgoing.append(event_envelope(event, source=self._source, cause=self._cause, clock=self._clock))

    def send(self, command: Command, *, expires_at: datetime | None = None) -> None:
        """Send ``command`` to the service that answers it, once the transaction is committed."""
        self.commands.append(command)
        self.outgoing.append(request_envelope(command, trace=self._cause.trace, expires_at=expires_at))


class BatchHandler(Protocol):
    """Handles messages that share a transaction; entry ``i`` of the result answers message ``i``."""

    def __call__(
        self, batch: Sequence[Received[Any]], works: Sequence[Work], /
    ) -> Awaitable[Sequence[View | None]]: ...


SingleHandler = Callable[[Received[Any], Work], Awaitable[View | None]]


def each(handler: SingleHandler) -> BatchHandler:
    """Turn a handler of one message into a handler of a batch, one after the other in the shared transaction."""

    async def handle(batch: Sequence[Received[Any]], works: Sequence[Work], /) -> Sequence[View | None]:
        return [await handler(received, work) for received, work in zip(batch, works, strict=True)]

    return handle


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """How the outbox of one service behaves; seconds where not said otherwise."""

    source: str
    group_max: int = 100
    grace_seconds: float = 5.0
    lease_seconds: float = 30.0
    poll_seconds: float = 0.5
    dispatch_limit: int = 4
    crash_at: str | None = None


class Outbox:
    """The message log of one service's database: committing, publishing, repairing."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        settings: OutboxSettings,
        *,
        clock: Clock = utc_now,
        ids: IdMaker = new_id,
    ) -> None:
        self._database = database
        self._log = database.collection(COLLECTION)
        self._publisher = publisher
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._dispatch_slots = asyncio.Semaphore(settings.dispatch_limit)
        self._tasks: set[asyncio.Task[None]] = set()

    def group(self, consumer: str, handler: BatchHandler, *, maximum: int | None = None) -> GroupCommit:
        """A group commit for the messages of one consumer; ``maximum`` where its messages are large."""

        async def commit(batch: Sequence[Received[Any]]) -> Committed:
            return await self.commit(consumer, batch, handler)

        return GroupCommit(
            consumer,
            commit,
            dispatch=self.dispatch_later,
            ready=self.wait_for_slot,
            maximum=maximum or self._settings.group_max,
        )

    async def run(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
        """Do work that no message started (a command line, an HTTP request) with the same guarantees."""
        cause = Received(_NoMessage(), work_id, work_id, trace=current_trace())

        async def handle(_batch: Sequence[Received[Any]], works: Sequence[Work], /) -> Sequence[View | None]:
            await work(works[0])
            return [None]

        committed = await self.commit("local", [cause], handle)
        await self.dispatch(committed.records)

    async def commit(self, consumer: str, batch: Sequence[Received[Any]], handler: BatchHandler) -> "Committed":
        """Handle ``batch`` in one transaction together with its log records; messages known already are skipped."""

        async def transaction(session: Session) -> Committed:
            keys = [f"{consumer}|{item.message_id}" for item in batch]
            known = {row["_id"]: row for row in await self._log.find({"_id": {"$in": keys}}, session=session)}
            fresh = first_of_each(batch, keys, known)
            works = [Work(session, item, source=self._settings.source, clock=self._clock) for _, item in fresh]
            views = await handler([item for _, item in fresh], works) if fresh else []
            records = {
                key: self._record(key, work, view) for (key, _), work, view in zip(fresh, works, views, strict=True)
            }
            await self._log.insert_many([record.document() for record in records.values()], session=session)
            replies = [records[key].reply if key in records else known[key].get("reply") for key in keys]
            if known or len(fresh) < len(batch):
                DUPLICATES.labels(consumer).inc(len(batch) - len(fresh))
            return Committed(replies, [record for record in records.values() if record.outgoing])

        committed = await self._database.with_transaction(transaction)
        self.crash_point("after_commit")
        return committed

    def _record(self, key: str, work: Work, view: View | None) -> "LogRecord":
        reply = None if view is None else view.model_dump_json().encode()
        return LogRecord(key, tuple(work.outgoing), reply, self._clock())

    def dispatch_later(self, records: Sequence["LogRecord"]) -> None:
        """Publish after a commit without holding up the next one."""
        if records:
            task = asyncio.create_task(self.dispatch(records))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def wait_for_slot(self) -> None:
        """Hold back the next commit while too many dispatches are under way."""
        async with self._dispatch_slots:
            return

    async def dispatch(self, records: Sequence["LogRecord"]) -> None:
        """Publish what the records hold and mark them; what is not confirmed stays for the relay."""
        async with self._dispatch_slots:
            outgoing = [item for record in records for item in record.outgoing]
            failed = {item.message_id for item in await self._publisher.publish_all(outgoing)}
            self.crash_point("after_publish")
            sent = [r.key for r in records if not any(item.message_id in failed for item in r.outgoing)]
            with contextlib.suppress(Unavailable):  # not marked: the relay publishes again, receivers deduplicate
                await self._mark(sent)

    async def _mark(self, keys: Sequence[str]) -> None:
        if keys:
            await self._log.update_many(
                {"_id": {"$in": list(keys)}},
                {"$set": {"dispatched_at": self._clock()}, "$unset": {"pending": "", "outgoing": "", "lease": ""}},
            )

    async def relay(self) -> None:
        """Publish for ever what commits left behind: crashed processes, lost connections."""
        while True:
            try:
                repaired = await self.relay_once()
                await self._observe()
            except Unavailable:
                repaired = 0
            except Exception:  # noqa: BLE001 - the relay outlives every defect; it is logged and counted
                logger().exception("relay")
                repaired = 0
            if not repaired:
                await asyncio.sleep(self._settings.poll_seconds)

    async def relay_once(self) -> int:
        """Take over one overdue record by a lease, publish it, mark it; returns how many were repaired."""
        now = self._clock()
        token = self._ids()
        overdue = now - timedelta(seconds=self._settings.grace_seconds)
        free = {"$or": [{"lease": None}, {"lease.until": {"$lt": now}}]}
        lease = {"token": token, "until": now + timedelta(seconds=self._settings.lease_seconds)}
        taken = await self._log.find_one_and_update(
            {"pending": True, "written_at": {"$lt": overdue}, **free},
            {"$set": {"lease": lease}, "$inc": {"attempts": 1}},
            sort=[("written_at", 1)],
        )
        if taken is None:
            return 0
        mine = {"_id": taken["_id"], "lease.token": token}
        if await self._publisher.publish_all([outgoing_from(item) for item in taken["outgoing"]]):
            await self._log.update_one(mine, {"$unset": {"lease": ""}})  # the bus is away: nobody needs to wait for us
            return 0
        await self._log.update_one(
            mine, {"$set": {"dispatched_at": self._clock()}, "$unset": {"pending": "", "outgoing": "", "lease": ""}}
        )
        return 1

    async def _observe(self) -> None:
        OUTBOX_PENDING.set(await self.oldest_pending_seconds())

    async def oldest_pending_seconds(self) -> float:
        """Age of the oldest record whose messages are not published; 0 when there is none."""
        rows = await self._log.find({"pending": True}, projection={"written_at": 1}, sort=[("written_at", 1)], limit=1)
        return (self._clock() - rows[0]["written_at"]).total_seconds() if rows else 0.0

    async def drain(self) -> None:
        """Wait for the dispatches under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def crash_point(self, name: str) -> None:
        """End the process without any clean-up where a fault test asked for it."""
        if self._settings.crash_at == name:
            os.kill(os.getpid(), signal.SIGKILL)


class _NoMessage(Command):
    """Stands for work that no message started."""

    wire_type = "local.work.v1"
