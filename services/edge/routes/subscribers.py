"""The feed of public events, for agents and machine clients; webhooks, for agents (SUB-3, SUB-4).

Signing secrets are made here and leave this process twice: once to the agent, in the answer that makes them, and sealed
to payments.
"""

import base64
import secrets
from typing import Final

from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies_subscribers import (
    WebhookChangeRequest,
    WebhookRequest,
    WebhookSecretAnswer,
    WebhookSecretRequest,
)
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.table import Backend, Call, NoBody, Relay, Row, Special
from shared.contracts import Done
from shared.contracts.payments_subscribers import (
    ChangeWebhook,
    CreateWebhook,
    EnableWebhook,
    EventsPage,
    GetWebhook,
    ListEvents,
    ListWebhookDeliveries,
    ListWebhooks,
    RemoveWebhook,
    ResendWebhookDelivery,
    RotateWebhookSecret,
    WebhookDeliveriesPage,
    WebhookDeliveryView,
    WebhooksView,
    WebhookView,
)
from shared.telemetry import current_trace

_SECRET_BYTES: Final = 32


def _new_secret() -> str:
    """As Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


async def create(backend: Backend, call: Call[WebhookRequest]) -> Response:
    """A webhook with its secret."""
    webhook_id, secret = backend.ids(), _new_secret()
    sealed = backend.sealing.webhook_secret(secret, webhook_id=webhook_id)
    command = CreateWebhook(webhook_id=webhook_id, secret=sealed, **dict(call.body))
    view = await backend.rpc.request(command, WebhookView, actor=call.actor, trace=current_trace())
    made = WebhookSecretAnswer(**dict(view), secret=secret)
    return answer(made, 201, headers={"location": f"/webhooks/{webhook_id}"})


async def rotate(backend: Backend, call: Call[WebhookSecretRequest]) -> Response:
    """Another secret."""
    secret = _new_secret()
    sealed = backend.sealing.webhook_secret(secret, webhook_id=call.path("webhook_id"))
    command = RotateWebhookSecret.model_validate(
        {"webhook_id": call.path("webhook_id"), "secret": sealed, "overlap_hours": call.body.overlap_hours}
    )
    view = await backend.rpc.request(command, WebhookView, actor=call.actor, trace=current_trace())
    return answer(WebhookSecretAnswer(**dict(view), secret=secret), 201)


async def remove(backend: Backend, call: Call[NoBody]) -> Response:
    """The end of a webhook."""
    command = RemoveWebhook.model_validate({"webhook_id": call.path("webhook_id")})
    await backend.rpc.request(command, Done, actor=call.actor, trace=current_trace())
    return Response(status_code=204)


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/events",
        who=Who.AGENT,
        scope="events:read",
        tag="payments",
        summary=Text("Le fil des événements publics, dans l’ordre", "The feed of public events, in order"),
        message=ListEvents,
        query=("after", "limit", "type"),
        answer=EventsPage,
    ),
    Special(
        method="POST",
        path="/webhooks",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Créer un point d’accès webhook ; son secret n’est montré qu’ici",
            "Create a webhook; its secret is shown here only",
        ),
        body=WebhookRequest,
        answer=WebhookSecretAnswer,
        status=201,
        problems=(409,),
        handle=create,
    ),
    Relay(
        method="GET",
        path="/webhooks",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Points d’accès webhook", "Webhooks"),
        message=ListWebhooks,
        answer=WebhooksView,
    ),
    Relay(
        method="GET",
        path="/webhooks/{webhook_id}",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Un point d’accès webhook", "A webhook"),
        message=GetWebhook,
        answer=WebhookView,
        problems=(404,),
    ),
    Relay(
        method="PUT",
        path="/webhooks/{webhook_id}",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Changer l’adresse, les types ou la description d’un webhook",
            "Change a webhook's URL, types or description",
        ),
        message=ChangeWebhook,
        body=WebhookChangeRequest,
        answer=WebhookView,
        problems=(404,),
    ),
    Special(
        method="DELETE",
        path="/webhooks/{webhook_id}",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Retirer un webhook et ce qui l’attend", "Remove a webhook and what waits for it"),
        body=NoBody,
        answer=None,
        status=204,
        problems=(404,),
        handle=remove,
    ),
    Special(
        method="POST",
        path="/webhooks/{webhook_id}/secrets",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Remplacer le secret d’un webhook ; l’ancien signe encore un temps",
            "Replace a webhook's secret; the old one signs a while longer",
        ),
        body=WebhookSecretRequest,
        answer=WebhookSecretAnswer,
        status=201,
        problems=(404,),
        handle=rotate,
    ),
    Relay(
        method="POST",
        path="/webhooks/{webhook_id}/enable",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Réactiver un webhook", "Enable a webhook again"),
        message=EnableWebhook,
        answer=WebhookView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/webhooks/{webhook_id}/deliveries",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Journal des envois à un webhook", "Log of deliveries to a webhook"),
        message=ListWebhookDeliveries,
        query=("limit", "before", "status"),
        answer=WebhookDeliveriesPage,
        problems=(404,),
    ),
    Relay(
        method="POST",
        path="/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Envoyer de nouveau un événement", "Send an event again"),
        message=ResendWebhookDelivery,
        answer=WebhookDeliveryView,
        problems=(404, 409),
    ),
)
