"""What payments is asked and answers about its subscribers: the feed of public events, and webhooks (SUB-3, SUB-4)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from shared.contracts import Command, Identifier, Instant, Part, Query, RecordedAct, Sealed, View

EventType = Annotated[
    str, Field(max_length=80, pattern=r"^[a-z]+\.[a-z_]+\.v[0-9]+$", examples=["payments.payment_sent.v1"])
]
FeedCursor = Annotated[str, Field(min_length=1, max_length=64, examples=["ZmVlZDo0Mg"])]
WebhookUrl = Annotated[str, Field(min_length=1, max_length=2_000, examples=["https://hooks.example.com/acquit"])]
WebhookDescription = Annotated[str, Field(max_length=200, examples=["Comptabilité"])]


class ListEvents(Query):
    """Public events in the order of the feed, those behind a cursor; from the first one without (SUB-4)."""

    wire_type: ClassVar[str] = "payments.list_events.v1"
    after: FeedCursor | None = None
    limit: int = Field(default=100, ge=1, le=500)
    type: EventType | None = None


class EventsPage(View):
    """Events as they were published, and the cursor behind what was looked at: the ``after`` of the next question.

    With ``more`` false, the feed has nothing further for now; the cursor stays good for ever.
    """

    events: tuple[dict[str, JsonValue], ...]
    next_after: str
    more: bool


class CreateWebhook(Command):
    """Send public events to a URL from now on, or from behind a cursor (SUB-3).

    ``types`` empty: all of them. The secret is sealed, bound to ``webhook_secret`` and the webhook's id.
    """

    wire_type: ClassVar[str] = "payments.create_webhook.v1"
    webhook_id: Identifier
    url: WebhookUrl
    types: tuple[EventType, ...] = Field(default=(), max_length=50)
    description: WebhookDescription = ""
    after: FeedCursor | None = None
    secret: Sealed


class ChangeWebhook(Command):
    """Another URL, other types or another description, for what is not delivered yet."""

    wire_type: ClassVar[str] = "payments.change_webhook.v1"
    webhook_id: Identifier
    url: WebhookUrl
    types: tuple[EventType, ...] = Field(default=(), max_length=50)
    description: WebhookDescription = ""


class RotateWebhookSecret(Command):
    """Another secret; deliveries carry a signature of the one before as well for the overlap."""

    wire_type: ClassVar[str] = "payments.rotate_webhook_secret.v1"
    webhook_id: Identifier
    secret: Sealed
    overlap_hours: int = Field(default=24, ge=0, le=168)


class EnableWebhook(Command):
    """Begin again to send to a webhook that was disabled; what waited is sent first."""

    wire_type: ClassVar[str] = "payments.enable_webhook.v1"
    webhook_id: Identifier


class RemoveWebhook(Command):
    """Forget a webhook and its deliveries."""

    wire_type: ClassVar[str] = "payments.remove_webhook.v1"
    webhook_id: Identifier


class ListWebhooks(Query):
    """All webhooks."""

    wire_type: ClassVar[str] = "payments.list_webhooks.v1"


class GetWebhook(Query):
    """One webhook."""

    wire_type: ClassVar[str] = "payments.get_webhook.v1"
    webhook_id: Identifier


class WebhookSecretView(Part):
    """When a secret was made and until when it counts; the secret itself is told once, when it is made."""

    created_at: Instant
    expires_at: Instant | None = None


class WebhookView(View):
    """A webhook. ``failing_since`` is the first failure that no success followed."""

    webhook_id: Identifier
    url: str
    types: tuple[str, ...]
    description: str
    created_by: Identifier
    created_at: Instant
    secrets: tuple[WebhookSecretView, ...]
    pending: int
    failing_since: Instant | None = None
    disabled_at: Instant | None = None
    disabled_because: Literal["gone", "failing"] | None = None


class WebhooksView(View):
    """All webhooks, the oldest first."""

    webhooks: tuple[WebhookView, ...]


class ListWebhookDeliveries(Query):
    """The log of deliveries to a webhook, newest first."""

    wire_type: ClassVar[str] = "payments.list_webhook_deliveries.v1"
    webhook_id: Identifier
    limit: int = Field(default=20, ge=1, le=100)
    before: Identifier | None = None
    status: Literal["pending", "delivered", "failed"] | None = None


class ResendWebhookDelivery(Command):
    """Send an event to a webhook once more, whatever became of it before."""

    wire_type: ClassVar[str] = "payments.resend_webhook_delivery.v1"
    webhook_id: Identifier
    delivery_id: Identifier


class WebhookAttemptView(Part):
    """One call of the URL; ``status`` is the HTTP status where there was an answer."""

    at: Instant
    outcome: str
    status: int | None = None
    milliseconds: int


class WebhookDeliveryView(View):
    """An event on its way to a webhook, and its last thirty attempts."""

    delivery_id: Identifier
    event_id: Identifier
    type: str
    status: Literal["pending", "delivered", "failed"]
    created_at: Instant
    due_at: Instant | None = None
    attempts: tuple[WebhookAttemptView, ...]


class WebhookDeliveriesPage(View):
    """A page of deliveries and the cursor of the next."""

    deliveries: tuple[WebhookDeliveryView, ...]
    next_before: str | None = None


class WebhookActRecorded(RecordedAct):
    """An agent did something about a webhook."""

    wire_type: ClassVar[str] = "payments.webhook_act_recorded.v1"
