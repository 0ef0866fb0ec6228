"""Managing webhooks, for agents (SUB-3)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from services.payments.domain.feed import position_of
from services.payments.domain.subscriber_errors import TooManyWebhooks, WebhookNotFound
from services.payments.domain.webhook_addresses import AddressRule
from services.payments.domain.webhooks import Endpoint, EndpointSecret
from services.payments.handlers.access import require_agent
from services.payments.handlers.ports_subscribers import DeliveryRepository, FeedRepository, WebhookRepository
from services.payments.handlers.webhook_secrets import WebhookSecrets
from shared.clock import Clock
from shared.contracts import Done
from shared.contracts.payments_subscribers import (
    ChangeWebhook,
    CreateWebhook,
    EnableWebhook,
    GetWebhook,
    ListWebhooks,
    RemoveWebhook,
    RotateWebhookSecret,
    WebhookActRecorded,
    WebhookSecretView,
    WebhooksView,
    WebhookView,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work

MOST_WEBHOOKS: Final = 100


class WebhookManagement:
    """What agents do with webhooks. Every handler raises ``AgentsOnly``; those about one raise ``WebhookNotFound``."""

    def __init__(
        self,
        webhooks: WebhookRepository,
        deliveries: DeliveryRepository,
        feed: FeedRepository,
        *,
        secrets: WebhookSecrets,
        addresses: AddressRule,
        clock: Clock,
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._feed = feed
        self._secrets = secrets
        self._addresses = addresses
        self._clock = clock

    async def create(self, received: Received[CreateWebhook], work: Work) -> WebhookView:
        """A new webhook. It hears what happens from now on, or what stands behind the cursor given.

        Raises:
            TooManyWebhooks, CursorUnreadable, UnreadableSecret, and what ``AddressRule.check_url`` raises.
        """
        actor, command, now = received.require_actor(), received.message, self._clock()
        require_agent(actor)
        if len(await self._webhooks.list_all()) >= MOST_WEBHOOKS:
            raise TooManyWebhooks(MOST_WEBHOOKS)
        kept = self._secrets.kept(command.secret, webhook_id=command.webhook_id)
        endpoint = Endpoint(
            endpoint_id=command.webhook_id,
            url=self._addresses.check_url(command.url),
            types=tuple(dict.fromkeys(command.types)),
            description=command.description,
            created_by=actor.account_id,
            created_at=now,
            position=await self._feed.head() if command.after is None else position_of(command.after),
            secrets=(EndpointSecret(sealed=kept, created_at=now),),
        )
        await self._webhooks.add(endpoint, session=work.session)
        self.note(work, received, "webhook_created", about=endpoint.endpoint_id)
        return _view(endpoint, pending=0)

    async def change(self, received: Received[ChangeWebhook], work: Work) -> WebhookView:
        """Another URL, other types or another description.

        Raises:
            What ``AddressRule.check_url`` raises.
        """
        command = received.message
        endpoint = await self.found(received, command.webhook_id, session=work.session)
        await self._webhooks.change(
            endpoint.endpoint_id,
            url=self._addresses.check_url(command.url),
            types=tuple(dict.fromkeys(command.types)),
            description=command.description,
            session=work.session,
        )
        self.note(work, received, "webhook_updated", about=endpoint.endpoint_id, what="settings")
        return await self._seen(endpoint.endpoint_id, session=work.session)

    async def rotate(self, received: Received[RotateWebhookSecret], work: Work) -> WebhookView:
        """Another secret; the present one signs as well until the overlap has passed.

        Raises:
            UnreadableSecret.
        """
        command = received.message
        endpoint = await self.found(received, command.webhook_id, session=work.session)
        kept = self._secrets.kept(command.secret, webhook_id=endpoint.endpoint_id)
        new = EndpointSecret(sealed=kept, created_at=self._clock())
        secrets = endpoint.with_new_secret(new, overlap=timedelta(hours=command.overlap_hours))
        await self._webhooks.set_secrets(endpoint.endpoint_id, secrets, session=work.session)
        self.note(work, received, "webhook_updated", about=endpoint.endpoint_id, what="secret")
        return await self._seen(endpoint.endpoint_id, session=work.session)

    async def enable(self, received: Received[EnableWebhook], work: Work) -> WebhookView:
        """Send again: what waited has three days ahead of it, what happened meanwhile follows from the feed."""
        endpoint = await self.found(received, received.message.webhook_id, session=work.session)
        if endpoint.disabled_at is not None:
            await self._webhooks.enable(endpoint.endpoint_id, session=work.session)
            await self._deliveries.begin_anew(endpoint.endpoint_id, at=self._clock(), session=work.session)
            self.note(work, received, "webhook_enabled", about=endpoint.endpoint_id)
        return await self._seen(endpoint.endpoint_id, session=work.session)

    async def remove(self, received: Received[RemoveWebhook], work: Work) -> Done:
        """Forget a webhook, what waits for it and its log."""
        endpoint = await self.found(received, received.message.webhook_id, session=work.session)
        await self._webhooks.remove(endpoint.endpoint_id, session=work.session)
        self.note(work, received, "webhook_removed", about=endpoint.endpoint_id)
        return Done()

    async def list_all(self, received: Received[ListWebhooks]) -> WebhooksView:
        """All webhooks."""
        require_agent(received.require_actor())
        endpoints = await self._webhooks.list_all()
        return WebhooksView(
            webhooks=tuple(
                [_view(one, pending=await self._deliveries.count_pending(one.endpoint_id)) for one in endpoints]
            )
        )

    async def get(self, received: Received[GetWebhook]) -> WebhookView:
        """One webhook."""
        endpoint = await self.found(received, received.message.webhook_id, session=None)
        return await self._seen(endpoint.endpoint_id, session=None)

    async def found(self, received: Received[Any], webhook_id: str, *, session: Session | None) -> Endpoint:
        """The webhook that an agent speaks of."""
        require_agent(received.require_actor())
        endpoint = await self._webhooks.get(webhook_id, session=session)
        if endpoint is None:
            raise WebhookNotFound(webhook_id)
        return endpoint

    async def _seen(self, webhook_id: str, *, session: Session | None) -> WebhookView:
        endpoint = await self._webhooks.get(webhook_id, session=session)
        if endpoint is None:
            raise WebhookNotFound(webhook_id)
        return _view(endpoint, pending=await self._deliveries.count_pending(webhook_id))

    def note(self, work: Work, received: Received[Any], act: str, *, about: str, **details: str) -> None:
        """For the audit: which agent did what to which webhook. The URL may hold a token of its owner's; it stays
        out.
        """
        noted: Mapping[str, str] = {"webhook_id": about, **details}
        work.publish(
            WebhookActRecorded(
                act=act,
                account_id=received.require_actor().account_id,
                about=about,
                correlation_id=received.correlation_id,
                occurred_at=self._clock(),
                details=noted,
            )
        )


def _view(endpoint: Endpoint, *, pending: int) -> WebhookView:
    return WebhookView(
        webhook_id=endpoint.endpoint_id,
        url=endpoint.url,
        types=endpoint.types,
        description=endpoint.description,
        created_by=endpoint.created_by,
        created_at=endpoint.created_at,
        secrets=tuple(
            WebhookSecretView(created_at=secret.created_at, expires_at=secret.expires_at) for secret in endpoint.secrets
        ),
        pending=pending,
        failing_since=endpoint.failing_since,
        disabled_at=endpoint.disabled_at,
        disabled_because=endpoint.disabled_because,
    )
