"""Readiness of the edge.

Ready means that claims can be taken: the broker is there and answers reach us. MongoDB and the outbox are told as
``degraded`` without taking the process out of the load balancer: signing in waits for them, intake does not (CLM-7).
"""

from collections.abc import Mapping
from typing import Any

import orjson

from shared.health import Check, Health, Send


class EdgeHealth(Health):
    """Like ``Health``, with checks whose failure degrades instead of stopping traffic."""

    def __init__(self, checks: Mapping[str, Check], *, degrading: Mapping[str, Check]) -> None:
        super().__init__(checks)
        self._degrading = Health(degrading)

    async def __call__(self, scope: dict[str, Any], receive: object, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http" or scope["path"] != "/ready":
            await super().__call__(scope, receive, send)
            return
        reasons, degraded = await self.reasons(), await self._degrading.reasons()
        body: dict[str, Any] = {"status": "not ready" if reasons else "degraded" if degraded else "ready"}
        if reasons:
            body["reasons"] = reasons
        if degraded:
            body["degraded"] = degraded
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 503 if reasons else 200, "headers": headers})
        await send({"type": "http.response.body", "body": orjson.dumps(body)})
