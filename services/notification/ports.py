"""What the use cases need from outside: contacts, the record of deliveries, a mail server, a way to report failures."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.notification.domain import (
    Contact,
    Delivery,
    DeliveryRecord,
    Failure,
    InboxMessage,
    Lease,
    Letter,
    Mail,
    Owner,
)
from shared.envelopes import Received
from shared.mongo import Session


class Contacts(Protocol):
    """People who can be reached, as told by identity."""

    async def save(self, contact: Contact, *, session: Session | None = None) -> None:
        """Record a contact; what is known already is replaced, dossiers are added."""
        ...

    async def choose(self, account_id: str, email: str | None, *, at: datetime, session: Session | None = None) -> None:
        """Record the address for notices; the latest choice counts.

        Raises:
            ContactMissing: the account is not known yet.
        """
        ...

    async def get(self, account_id: str) -> Contact:
        """The contact of an account; raises ``ContactMissing``."""
        ...

    async def list_by_dossier(self, dossier_id: str) -> Sequence[Contact]:
        """Everybody who holds a dossier."""
        ...

    async def list_by_provider(self, provider_id: str) -> Sequence[Contact]:
        """The provider in person; delegates have accounts of their own."""
        ...


class Deliveries(Protocol):
    """One document per mail. The state tells whether it has to be sent (MSG-4)."""

    async def claim(self, delivery: Delivery, lease: Lease) -> int | None:
        """Take a mail for sending: the number of this attempt, from 1, or ``None`` when nothing is left to do.

        Raises:
            DeliveryBusy: somebody else holds a lease on it that has not lapsed.
        """
        ...

    async def renew(self, delivery_ids: Collection[str], lease: Lease) -> None:
        """Extend the leases that this process holds."""
        ...

    async def release(self, delivery_id: str, lease: Lease) -> None:
        """Give a mail back for a later attempt."""
        ...

    async def record_sent(self, delivery_id: str, at: datetime) -> None:
        """The mail server has it, whoever holds the lease by now."""
        ...

    async def record_failure(self, failure: Failure, *, session: Session | None = None) -> None:
        """The mail was given up; one that was sent meanwhile stays sent."""
        ...

    async def get(self, delivery_id: str) -> DeliveryRecord | None:
        """What is kept of a delivery."""
        ...


class Inbox(Protocol):
    """The secure inbox. Messages and files are only ever added: they are kept for ever (MSG-2)."""

    async def add(
        self, message: InboxMessage, contents: Mapping[str, bytes], *, session: Session | None = None
    ) -> bool:
        """Write a message with the contents of its files by name; false when it is there already."""
        ...

    async def get(self, message_id: str, *, session: Session | None = None) -> InboxMessage | None: ...

    async def list_of(self, owners: Collection[Owner], *, before: str | None, limit: int) -> Sequence[InboxMessage]:
        """Messages of any of these owners, the latest position first, below ``before``."""
        ...

    async def count_unread(self, owners: Collection[Owner]) -> int: ...

    async def mark_read(
        self, message: InboxMessage, *, at: datetime, account_id: str, session: Session | None = None
    ) -> bool:
        """Note who read it first; false when it was read before."""
        ...

    async def content(self, message_id: str, name: str) -> bytes | None:
        """The content of a file, whole."""
        ...


class Mailer(Protocol):
    """A mail server."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over.

        Raises:
            MailDeferred: not now; whether the server has the mail is unknown if the connection broke at the very end.
            MailRefused: never.
        """
        ...


Write = Callable[[Delivery, Letter], Mail]
"""Writes a letter as a mail; raises ``UnusableAddress``."""

Report = Callable[[Received[Any], Failure], Awaitable[None]]
"""Records a failure and publishes ``DeliveryFailed``, both or neither."""

ReportDelay = Callable[[Received[Any], Delivery], Awaitable[None]]
"""Publishes ``DeliveryDelayed``, if possible."""

Pause = Callable[[float], Awaitable[None]]
"""Waits for some seconds."""
