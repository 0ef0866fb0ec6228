"""Wires the feed and webhooks together."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from services.payments.domain.webhook_addresses import AddressRule
from services.payments.handlers import feed as feeding
from services.payments.handlers import webhook_log
from services.payments.handlers.ports_subscribers import Sender, UnitOfWork
from services.payments.handlers.subscribers import SubscriberHandlers
from services.payments.handlers.webhook_dispatch import Dispatch, Dispatcher, DispatchFigures
from services.payments.handlers.webhook_secrets import WebhookSecrets
from services.payments.handlers.webhooks import WebhookManagement
from services.payments.settings import Settings
from services.payments.storage import Storage
from services.payments.webhook_gateway import WebhookSender
from shared.clock import Clock, IdMaker
from shared.settings import read_text
from shared.tokens import SecretOpener, load_private_key


def address_rule(settings: Settings) -> AddressRule:
    """Where webhooks may lead."""
    return AddressRule(allow_http=settings.webhook_allow_http, allow_private=settings.webhook_allow_private_addresses)


def webhook_secrets(settings: Settings, clock: Clock) -> WebhookSecrets:
    """Secrets sealed for the present key or for one that it replaced."""
    present = load_private_key(read_text(settings.payments_key_file))
    retired = tuple(load_private_key(read_text(file)) for file in settings.retired_payments_key_files)
    return WebhookSecrets(SecretOpener((present, *retired)), present.public(), clock=clock)


def bind_subscribers(
    storage: Storage, *, secrets: WebhookSecrets, addresses: AddressRule, clock: Clock
) -> SubscriberHandlers:
    """The handlers with everything that they need but the messages."""
    deliveries = storage.webhook_deliveries
    management = WebhookManagement(
        storage.webhooks, deliveries, storage.feed, secrets=secrets, addresses=addresses, clock=clock
    )
    return SubscriberHandlers(
        on_public_event=partial(feeding.on_public_event, feed=storage.feed),
        list_events=partial(feeding.list_events, feed=storage.feed),
        create_webhook=management.create,
        change_webhook=management.change,
        rotate_webhook_secret=management.rotate,
        enable_webhook=management.enable,
        remove_webhook=management.remove,
        list_webhooks=management.list_all,
        get_webhook=management.get,
        list_webhook_deliveries=partial(webhook_log.list_deliveries, management=management, deliveries=deliveries),
        resend_webhook_delivery=partial(webhook_log.resend, management=management, deliveries=deliveries, clock=clock),
    )


@dataclass(frozen=True, slots=True)
class Subscribing:
    """What payments does for its subscribers: answering beside the other handlers, sending in the background."""

    handlers: SubscriberHandlers
    dispatcher: Dispatcher


def subscribing(
    settings: Settings,
    storage: Storage,
    unit_of_work: UnitOfWork,
    *,
    clock: Clock,
    ids: IdMaker,
    sender_of: Callable[[AddressRule], Sender] | None = None,
) -> Subscribing:
    """The feed and webhooks of one process."""
    rule, secrets = address_rule(settings), webhook_secrets(settings, clock)
    make = sender_of or partial(WebhookSender, timeout_seconds=settings.webhook_timeout_seconds)
    dispatch = Dispatch(
        feed=storage.feed,
        webhooks=storage.webhooks,
        deliveries=storage.webhook_deliveries,
        sender=make(rule),
        secrets=secrets,
        unit_of_work=unit_of_work,
        figures=DispatchFigures(
            poll_seconds=settings.webhook_poll_seconds,
            lease_seconds=settings.webhook_timeout_seconds * 4,
            side_by_side=settings.webhook_calls_per_endpoint,
        ),
        clock=clock,
        ids=ids,
    )
    handlers = bind_subscribers(storage, secrets=secrets, addresses=rule, clock=clock)
    return Subscribing(handlers, Dispatcher(dispatch))
