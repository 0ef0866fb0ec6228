"""The log of deliveries to webhooks, and sending one again (SUB-3)."""

from services.payments.domain.subscriber_errors import DeliveryNotFound, WebhookDisabled
from services.payments.domain.webhooks import Delivery
from services.payments.handlers.ports_subscribers import DeliveryRepository
from services.payments.handlers.webhooks import WebhookManagement
from shared.clock import Clock
from shared.contracts.payments_subscribers import (
    ListWebhookDeliveries,
    ResendWebhookDelivery,
    WebhookAttemptView,
    WebhookDeliveriesPage,
    WebhookDeliveryView,
)
from shared.envelopes import Received
from shared.outbox import Work


async def list_deliveries(
    received: Received[ListWebhookDeliveries], *, management: WebhookManagement, deliveries: DeliveryRepository
) -> WebhookDeliveriesPage:
    """Deliveries to a webhook, newest first.

    Raises:
        AgentsOnly, WebhookNotFound.
    """
    query = received.message
    endpoint = await management.found(received, query.webhook_id, session=None)
    found = await deliveries.list_of(
        endpoint.endpoint_id, before=query.before, status=query.status, limit=query.limit + 1
    )
    page = found[: query.limit]
    return WebhookDeliveriesPage(
        deliveries=tuple(_view(delivery) for delivery in page),
        next_before=page[-1].delivery_id if len(found) > query.limit else None,
    )


async def resend(
    received: Received[ResendWebhookDelivery],
    work: Work,
    *,
    management: WebhookManagement,
    deliveries: DeliveryRepository,
    clock: Clock,
) -> WebhookDeliveryView:
    """Send an event once more, with the same id and three days ahead of it.

    Raises:
        AgentsOnly, WebhookNotFound, DeliveryNotFound, WebhookDisabled.
    """
    command = received.message
    endpoint = await management.found(received, command.webhook_id, session=work.session)
    delivery = await deliveries.get(command.delivery_id, session=work.session)
    if delivery is None or delivery.endpoint_id != endpoint.endpoint_id:
        raise DeliveryNotFound(command.delivery_id)
    if endpoint.disabled_at is not None:
        raise WebhookDisabled(endpoint.endpoint_id)
    anew = delivery.begun_anew(clock())
    await deliveries.save(anew, session=work.session)
    management.note(work, received, "webhook_resent", about=endpoint.endpoint_id, event_id=delivery.event_id)
    return _view(anew)


def _view(delivery: Delivery) -> WebhookDeliveryView:
    return WebhookDeliveryView(
        delivery_id=delivery.delivery_id,
        event_id=delivery.event_id,
        type=delivery.wire_type,
        status=delivery.status,
        created_at=delivery.created_at,
        due_at=delivery.due_at,
        attempts=tuple(
            WebhookAttemptView(
                at=attempt.at, outcome=attempt.outcome, status=attempt.status, milliseconds=attempt.milliseconds
            )
            for attempt in delivery.attempts
        ),
    )
