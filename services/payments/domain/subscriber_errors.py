"""Refusals around the event feed and webhooks."""

from shared.errors import Conflict, Forbidden, NotFound, Rejected


class CursorUnreadable(Rejected):
    """The cursor was not given out by the feed."""

    def __init__(self) -> None:
        super().__init__("payments.cursor_unreadable")


class EventsNotForYou(Forbidden):
    """The feed tells of everybody's payments: for agents, and for clients of the insurer with ``events:read``."""

    def __init__(self) -> None:
        super().__init__("payments.events_not_for_you")


class WebhookNotFound(NotFound):
    """No webhook has this id."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__("payments.webhook_not_found", webhook_id=webhook_id)


class DeliveryNotFound(NotFound):
    """This webhook has no such delivery, or no longer."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__("payments.webhook_delivery_not_found", delivery_id=delivery_id)


class WebhookUrlInvalid(Rejected):
    """Not a URL to which anything could be sent."""

    def __init__(self) -> None:
        super().__init__("payments.webhook_url_invalid")


class WebhookUrlInsecure(Rejected):
    """Only https is called."""

    def __init__(self) -> None:
        super().__init__("payments.webhook_url_insecure")


class WebhookUrlPrivate(Rejected):
    """The URL names a machine that is not on the public Internet."""

    def __init__(self) -> None:
        super().__init__("payments.webhook_url_private")


class TooManyWebhooks(Conflict):
    """There are as many webhooks as one installation serves."""

    def __init__(self, limit: int) -> None:
        super().__init__("payments.too_many_webhooks", limit=limit)


class WebhookDisabled(Conflict):
    """A disabled webhook is sent nothing; it is enabled first."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__("payments.webhook_disabled", webhook_id=webhook_id)
