"""Bodies of requests and answers about webhooks."""

from pydantic import Field

from services.edge.bodies import Body
from shared.contracts.payments_subscribers import (
    EventType,
    FeedCursor,
    WebhookDescription,
    WebhookUrl,
    WebhookView,
)


class WebhookChangeRequest(Body):
    """A webhook as it shall be; without ``types`` it gets every public event."""

    url: WebhookUrl
    types: tuple[EventType, ...] = Field(default=(), max_length=50)
    description: WebhookDescription = ""


class WebhookRequest(WebhookChangeRequest):
    """A webhook to be; with ``after``, a cursor of the feed, it gets what happened since as well."""

    after: FeedCursor | None = None


class WebhookSecretRequest(Body):
    """Asks for another secret; ``overlap_hours`` is how long deliveries are signed with the old one as well."""

    overlap_hours: int = Field(default=24, ge=0, le=168)


class WebhookSecretAnswer(WebhookView):
    """A webhook with its new signing secret (``whsec_…``), which is told this once."""

    secret: str = Field(repr=False)
