"""Notification's ports in memory: repositories with the promises of those on MongoDB, a mail server that obeys."""
# ruff: noqa: ARG002 - the ports have a session

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from services.notification.domain import (
    Contact,
    ContactMissing,
    Delivery,
    DeliveryBusy,
    DeliveryRecord,
    DeliveryState,
    Failure,
    InboxMessage,
    Lease,
    Mail,
    Owner,
)
from shared.envelopes import Received
from shared.mongo import Session, Unavailable


class MemoryContacts:
    def __init__(self, *contacts: Contact) -> None:
        self._contacts = {contact.account_id: contact for contact in contacts}
        self._chosen_at: dict[str, datetime] = {}

    async def save(self, contact: Contact, *, session: Session | None = None) -> None:
        known = self._contacts.get(contact.account_id)
        dossiers = dict.fromkeys((*(known.dossier_ids if known else ()), *contact.dossier_ids))
        oldest = datetime.min.replace(tzinfo=UTC)
        older = known is not None and (contact.recorded_at or oldest) < (known.recorded_at or oldest)
        newest = known if known is not None and older else contact
        chosen = None if known is None else known.chosen_email
        self._contacts[contact.account_id] = replace(newest, dossier_ids=tuple(dossiers), chosen_email=chosen)

    async def choose(self, account_id: str, email: str | None, *, at: datetime, session: Session | None = None) -> None:
        known = await self.get(account_id)
        if self._chosen_at.get(account_id, at) <= at:
            self._chosen_at[account_id] = at
            self._contacts[account_id] = replace(known, chosen_email=email)

    async def get(self, account_id: str) -> Contact:
        if account_id not in self._contacts:
            raise ContactMissing
        return self._contacts[account_id]

    async def list_by_dossier(self, dossier_id: str) -> Sequence[Contact]:
        return sorted(
            (contact for contact in self._contacts.values() if dossier_id in contact.dossier_ids),
            key=lambda contact: contact.account_id,
        )

    async def list_by_provider(self, provider_id: str) -> Sequence[Contact]:
        return sorted(
            (contact for contact in self._contacts.values() if contact.provider_id == provider_id),
            key=lambda contact: contact.account_id,
        )


@dataclass(slots=True)
class _Row:
    record: DeliveryRecord
    lease: Lease | None
    final: bool = True


class MemoryDeliveries:
    """``outages`` is how many of the next calls find no database."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self.outages = 0

    async def claim(self, delivery: Delivery, lease: Lease) -> int | None:
        self._reach()
        row = self._rows.get(delivery.delivery_id)
        if row is None:
            record = DeliveryRecord(
                delivery.delivery_id, delivery.template, delivery.account_id, DeliveryState.CLAIMED, 0, None, None
            )
            row = self._rows[delivery.delivery_id] = _Row(record, None)
        elif row.record.state is DeliveryState.CLAIMED:
            if row.lease is not None and row.lease.until > lease.now:
                raise DeliveryBusy
        elif row.record.state is not DeliveryState.FAILED or row.final:
            return None
        row.lease = lease
        row.record = replace(
            row.record,
            state=DeliveryState.CLAIMED,
            attempts=row.record.attempts + 1,
            reason=None,
            finished_at=None,
        )
        return row.record.attempts

    async def renew(self, delivery_ids: Collection[str], lease: Lease) -> None:
        for row in self._held(delivery_ids, lease):
            row.lease = lease

    async def release(self, delivery_id: str, lease: Lease) -> None:
        for row in self._held([delivery_id], lease):
            row.lease = None

    async def record_sent(self, delivery_id: str, at: datetime) -> None:
        self._reach()
        row = self._rows[delivery_id]
        row.lease = None
        row.record = replace(row.record, state=DeliveryState.SENT, finished_at=at, reason=None)

    async def record_failure(self, failure: Failure, *, session: Session | None = None) -> None:
        row = self._rows[failure.delivery.delivery_id]
        if row.record.state is not DeliveryState.SENT:
            row.lease, row.final = None, failure.final
            row.record = replace(row.record, state=failure.state, finished_at=failure.failed_at, reason=failure.reason)

    async def get(self, delivery_id: str) -> DeliveryRecord | None:
        row = self._rows.get(delivery_id)
        return row.record if row else None

    def _held(self, delivery_ids: Collection[str], lease: Lease) -> list[_Row]:
        rows = [self._rows[key] for key in delivery_ids if key in self._rows]
        return [row for row in rows if row.lease is not None and row.lease.token == lease.token]

    def _reach(self) -> None:
        if self.outages:
            self.outages -= 1
            raise Unavailable


@dataclass(slots=True)
class MemoryMailer:
    """Keeps what it is handed. ``replies`` are the errors of the next hand-overs, ``None`` where one succeeds."""

    replies: list[Exception | None] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        error = self.replies.pop(0) if self.replies else None
        if error is not None:
            raise error
        self.mails.append(mail)

    @property
    def messages(self) -> list[EmailMessage]:
        return [parsed(mail) for mail in self.mails]


class StuckMailer:
    """Takes a mail and does not answer before it is told to."""

    def __init__(self) -> None:
        self.taken = asyncio.Event()
        self.answer = asyncio.Event()

    async def send(self, mail: Mail) -> None:
        self.taken.set()
        await self.answer.wait()


@dataclass(slots=True)
class MemoryReports:
    """Records failures as the outbox would: in the repository, and as a list."""

    deliveries: MemoryDeliveries
    failures: list[Failure] = field(default_factory=list)

    async def report(self, _cause: Received[Any], failure: Failure) -> None:
        await self.deliveries.record_failure(failure)
        self.failures.append(failure)


class Pauses:
    """Waits for nothing, remembers how long it should have been, and may do something meanwhile."""

    def __init__(self, *meanwhile: Callable[[], None]) -> None:
        self.seconds: list[float] = []
        self._meanwhile = list(meanwhile)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self._meanwhile:
            self._meanwhile.pop(0)()


def parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage) -> str:
    return _part(message, "plain")


def html_of(message: EmailMessage) -> str:
    return _part(message, "html")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None, f"no {kind} part"
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


class MemoryInbox:
    def __init__(self) -> None:
        self._messages: dict[str, InboxMessage] = {}
        self._contents: dict[tuple[str, str], bytes] = {}

    async def add(
        self, message: InboxMessage, contents: Mapping[str, bytes], *, session: Session | None = None
    ) -> bool:
        if message.message_id in self._messages:
            return False
        self._messages[message.message_id] = message
        self._contents |= {(message.message_id, name): content for name, content in contents.items()}
        return True

    async def get(self, message_id: str, *, session: Session | None = None) -> InboxMessage | None:
        return self._messages.get(message_id)

    async def list_of(self, owners: Collection[Owner], *, before: str | None, limit: int) -> Sequence[InboxMessage]:
        found = [
            message
            for message in self._messages.values()
            if message.owner in owners and (before is None or message.position < before)
        ]
        return sorted(found, key=lambda message: message.position, reverse=True)[:limit]

    async def count_unread(self, owners: Collection[Owner]) -> int:
        return sum(message.owner in owners and message.read_at is None for message in self._messages.values())

    async def mark_read(
        self, message: InboxMessage, *, at: datetime, account_id: str, session: Session | None = None
    ) -> bool:
        if self._messages[message.message_id].read_at is not None:
            return False
        self._messages[message.message_id] = replace(message, read_at=at)
        return True

    async def content(self, message_id: str, name: str) -> bytes | None:
        return self._contents.get((message_id, name))
