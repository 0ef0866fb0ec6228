"""Webhooks over HTTP: the secret is shown once and reaches payments sealed (SUB-3)."""

from typing import Any

import pytest
from standardwebhooks import Webhook

from shared.clock import utc_now
from shared.contracts import Done
from shared.contracts.payments_subscribers import CreateWebhook, RemoveWebhook, RotateWebhookSecret, WebhookView
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge

BODY = {"url": "https://hooks.example.com/acquit", "types": ["payments.payment_sent.v1"]}


def made(message: Any) -> WebhookView:
    return WebhookView(
        webhook_id=message.webhook_id,
        url=BODY["url"],
        types=(),
        description="",
        created_by="agent-1",
        created_at=utc_now(),
        secrets=(),
        pending=0,
    )


@pytest.mark.req("SUB-3")
async def test_a_signing_secret_is_shown_once_and_travels_sealed(edge: Edge) -> None:
    edge.rpc.replies |= {CreateWebhook: made, RotateWebhookSecret: made, RemoveWebhook: Done()}
    agent = edge.bearer(roles=("agent",))
    created = await edge.client.post("/webhooks", json=BODY, headers=agent)
    path = created.headers["location"]
    rotated = await edge.client.post(f"{path}/secrets", json={"overlap_hours": 2}, headers=agent)
    removed = await edge.client.delete(path, headers=agent)
    assert [answer.status_code for answer in (created, rotated, removed)] == [201, 201, 204]
    shown = [answer.json()["secret"] for answer in (created, rotated)]
    assert len(set(shown)) == 2
    for secret, request in zip(shown, edge.rpc.asked[:2], strict=True):
        binding = Binding("webhook_secret", request.message.webhook_id)
        assert keys.opener("payments").open(request.message.secret, binding=binding, now=edge.clock()) == secret
        assert Webhook(secret).sign("id", utc_now(), "{}").startswith("v1,")
        assert secret not in request.message.model_dump_json()
    assert edge.rpc.asked[0].message.types == ("payments.payment_sent.v1",)
    assert edge.rpc.asked[1].message.overlap_hours == 2
