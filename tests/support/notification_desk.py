"""Notification's handlers on in-memory ports."""

from services.notification.domain import Contact, DeliveryState
from services.notification.handlers import codes, notices
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.contracts.payments import PaymentSent
from shared.contracts.payments_returns import PaymentReturned
from shared.tokens import SecretOpener
from tests.support import keys
from tests.support import notification_builders as build
from tests.support.notification_builders import SettableClock, received
from tests.support.notification_memory import (
    MemoryContacts,
    MemoryDeliveries,
    MemoryMailer,
    MemoryReports,
    Pauses,
)


class Desk:
    """Notification on in-memory ports."""

    def __init__(self, *contacts: Contact, replies: list[Exception | None] | None = None) -> None:
        self.clock = SettableClock()
        self.contacts = MemoryContacts(*contacts)
        self.deliveries = MemoryDeliveries()
        self.reports = MemoryReports(self.deliveries)
        self.mailer = MemoryMailer(replies or [])
        self.pauses = Pauses()
        self.courier = build.courier(
            self.mailer, deliveries=self.deliveries, reports=self.reports, clock=self.clock, pause=self.pauses
        )

    async def send_code(self, command: SendCode, *, opener: SecretOpener | None = None) -> None:
        await codes.send_code(
            received(command),
            courier=self.courier,
            contacts=self.contacts,
            opener=opener or keys.opener("notification"),
            clock=self.clock,
            pause=self.pauses,
        )

    async def send_access_notice(self, command: SendAccessNotice) -> None:
        await notices.send_access_notice(
            received(command),
            courier=self.courier,
            contacts=self.contacts,
            opener=keys.opener("notification"),
            clock=self.clock,
        )

    async def on_payment_sent(self, event: PaymentSent, *, message_id: str | None = None) -> None:
        await notices.on_payment_sent(
            received(event, message_id=message_id), courier=self.courier, contacts=self.contacts
        )

    async def on_payment_returned(self, event: PaymentReturned) -> None:
        await notices.on_payment_returned(received(event), courier=self.courier, contacts=self.contacts)

    async def state_of(self, delivery_id: str) -> DeliveryState:
        record = await self.deliveries.get(delivery_id)
        assert record is not None
        return record.state

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.mailer.mails]
