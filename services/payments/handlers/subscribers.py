"""Use cases around subscribers, as the routes need them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.contracts.payments_subscribers import (
    EventsPage,
    GetWebhook,
    ListEvents,
    ListWebhookDeliveries,
    ListWebhooks,
    WebhookDeliveriesPage,
    WebhooksView,
    WebhookView,
)
from shared.envelopes import Received
from shared.outbox import BatchHandler, SingleHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberHandlers:
    """The feed and webhooks, bound to storage, keys and clock."""

    on_public_event: BatchHandler
    list_events: Callable[[Received[ListEvents]], Awaitable[EventsPage]]
    create_webhook: SingleHandler
    change_webhook: SingleHandler
    rotate_webhook_secret: SingleHandler
    enable_webhook: SingleHandler
    remove_webhook: SingleHandler
    list_webhooks: Callable[[Received[ListWebhooks]], Awaitable[WebhooksView]]
    get_webhook: Callable[[Received[GetWebhook]], Awaitable[WebhookView]]
    list_webhook_deliveries: Callable[[Received[ListWebhookDeliveries]], Awaitable[WebhookDeliveriesPage]]
    resend_webhook_delivery: SingleHandler
