"""Readiness of the edge."""

from typing import Any

import httpx
import pytest

from services.edge.health import EdgeHealth
from shared.errors import Transient


async def fine() -> str | None:
    return None


async def failing() -> str | None:
    raise Transient("database.unavailable")


async def ready(health: EdgeHealth, path: str = "/ready") -> tuple[int, dict[str, Any]]:
    transport = httpx.ASGITransport(app=health)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://health") as client:
        answer = await client.get(path)
    return answer.status_code, answer.json()


async def test_everything_there_is_ready() -> None:
    assert await ready(EdgeHealth({"broker": fine}, degrading={"mongodb": fine})) == (200, {"status": "ready"})


@pytest.mark.req("CLM-7")
async def test_without_its_database_the_edge_still_takes_traffic_and_says_so() -> None:
    status, body = await ready(EdgeHealth({"broker": fine}, degrading={"mongodb": failing}))

    assert (status, body) == (200, {"status": "degraded", "degraded": {"mongodb": "Transient"}})


async def test_without_the_broker_the_edge_takes_none() -> None:
    status, body = await ready(EdgeHealth({"broker": failing}, degrading={"mongodb": fine}))

    assert (status, body) == (503, {"status": "not ready", "reasons": {"broker": "Transient"}})


async def test_live_is_answered_whatever_happens() -> None:
    health = EdgeHealth({"broker": failing}, degrading={"mongodb": failing})

    assert await ready(health, "/live") == (200, {"status": "live"})
