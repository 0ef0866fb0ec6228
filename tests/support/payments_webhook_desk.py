"""Webhooks without bus and network: a clock that is moved, a receiver that answers as it is told."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from services.payments.domain.webhook_addresses import AddressRule
from services.payments.domain.webhooks import Delivery, Endpoint
from services.payments.handlers.ports_subscribers import Answered
from services.payments.handlers.webhook_dispatch import Dispatch, DispatchFigures
from services.payments.handlers.webhook_secrets import WebhookSecrets
from services.payments.handlers.webhooks import WebhookManagement
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.notification import SendAccessNotice
from shared.contracts.payments_subscribers import CreateWebhook, WebhookView
from shared.envelopes import Received
from shared.outbox import Work
from shared.tokens import Binding, seal
from tests.support import keys
from tests.support.payments_subscribers_contract import NOW, an_event
from tests.support.payments_subscribers_memory import MemorySubscribers

AGENT = Actor(account_id="agent-1", session_id="session-1", roles=("agent",))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "https://hooks.example.com/acquit?token=abc"
OK = Answered(outcome="delivered", status=204)
BROKEN = Answered(outcome="refused", status=500)


class FakeReceiver:
    """Answers with ``answer``; remembers what it was sent."""

    def __init__(self) -> None:
        self.answer: Answered | Callable[[str], Answered] = OK
        self.calls: list[tuple[str, bytes, dict[str, str]]] = []

    async def post(self, url: str, *, body: bytes, headers: dict[str, str]) -> Answered:
        self.calls.append((url, body, headers))
        return self.answer(headers["webhook-id"]) if callable(self.answer) else self.answer

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, _, headers in self.calls]


class WebhookDesk:
    """Management and dispatch over the same storage in memory."""

    def __init__(self, **figures: Any) -> None:
        self.now = NOW
        self.storage = MemorySubscribers()
        self.receiver = FakeReceiver()
        self.works: list[Work] = []
        secrets = WebhookSecrets(keys.opener("payments"), keys.public("payments"), clock=self.clock)
        self.management = WebhookManagement(
            self.storage.webhooks,
            self.storage.webhook_deliveries,
            self.storage.feed,
            secrets=secrets,
            addresses=AddressRule(),
            clock=self.clock,
        )
        self.dispatch = Dispatch(
            feed=self.storage.feed,
            webhooks=self.storage.webhooks,
            deliveries=self.storage.webhook_deliveries,
            sender=self.receiver,
            secrets=secrets,
            unit_of_work=self.unit_of_work,
            figures=DispatchFigures(**figures),
            clock=self.clock,
            ids=new_id,
            jitter=lambda: 0.5,
        )

    def clock(self) -> datetime:
        return self.now

    async def unit_of_work(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
        await work(self.work(work_id))

    def work(self, work_id: str = "work") -> Work:
        self.works.append(Work(None, Received(CREATE, work_id, work_id), source="payments"))
        return self.works[-1]

    @property
    def notices(self) -> list[SendAccessNotice]:
        return [one for work in self.works for one in work.commands if isinstance(one, SendAccessNotice)]

    @property
    def acts(self) -> list[str]:
        return [getattr(event, "act", "") for work in self.works for event in work.events]

    async def webhook(self, **changes: Any) -> WebhookView:
        return await self.management.create(asked(sealed_command(self.now, **changes)), self.work())

    async def happened(self, count: int = 1, **options: Any) -> list[str]:
        """Ids of so many new events."""
        events = [an_event(**options) for _ in range(count)]
        await self.storage.feed.append(events, session=None)
        return [event.event_id for event in events]

    async def serve(self, webhook: WebhookView, *, after: timedelta = timedelta(0)) -> int:
        self.now += after
        return await self.dispatch.serve(webhook.webhook_id)

    def endpoint(self, webhook: WebhookView) -> Endpoint:
        return self.storage.webhooks.endpoints[webhook.webhook_id]

    def deliveries(self, webhook: WebhookView) -> list[Delivery]:
        mine = self.storage.webhook_deliveries.deliveries.values()
        return [one for one in mine if one.endpoint_id == webhook.webhook_id]


def sealed_command(now: datetime, *, secret: str = SECRET, **changes: Any) -> CreateWebhook:
    webhook_id = changes.pop("webhook_id", None) or new_id()
    binding = Binding("webhook_secret", webhook_id)
    sealed = seal(secret, keys.public("payments"), binding=binding, expires_at=now + timedelta(minutes=2))
    return CreateWebhook(webhook_id=webhook_id, secret=sealed, **({"url": URL} | changes))


CREATE = CreateWebhook(webhook_id="webhook-1", url=URL, secret="sealed")


def asked(message: Any, actor: Actor = AGENT) -> Received[Any]:
    return Received(message, new_id(), new_id(), actor)
