"""Live, ready and metrics, as an ASGI application without a server."""

import asyncio
import json
from typing import Any

import pytest

from shared import health
from shared.errors import Transient
from shared.health import Check, Health


async def fine() -> str | None:
    return None


async def reason() -> str | None:
    return "not connected"


async def broken() -> str | None:
    raise Transient("database.unavailable")


async def hanging() -> str | None:
    await asyncio.Event().wait()
    return None


async def get(path: str, **checks: Check) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Health(checks)({"type": "http", "path": path}, None, send)
    start, body = sent
    assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
    return start["status"], dict(start["headers"]), body["body"]


@pytest.mark.req("OPS-5")
async def test_a_process_is_live_even_when_it_is_not_ready():
    status, _, body = await get("/live", broker=reason, mongodb=hanging)
    assert (status, json.loads(body)) == (200, {"status": "live"})


@pytest.mark.req("OPS-5")
async def test_a_process_is_ready_when_nothing_speaks_against_it():
    status, headers, body = await get("/ready", broker=fine, mongodb=fine)
    assert (status, json.loads(body)) == (200, {"status": "ready"})
    assert headers == {b"content-type": b"application/json", b"cache-control": b"no-store"}


@pytest.mark.req("OPS-5")
async def test_every_reason_is_told_and_what_is_fine_is_not():
    status, _, body = await get("/ready", broker=reason, mongodb=broken, consumers=fine)
    assert status == 503
    assert json.loads(body) == {
        "status": "not ready",
        "reasons": {"broker": "not connected", "mongodb": "Transient"},
    }


@pytest.mark.req("OPS-5")
async def test_checks_that_hang_hold_the_answer_up_once_for_all_of_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.05)
    async with asyncio.timeout(1):
        status, _, body = await get("/ready", **{f"check{number}": hanging for number in range(50)}, broker=reason)
    assert status == 503
    assert set(json.loads(body)["reasons"].values()) == {"TimeoutError", "not connected"}


@pytest.mark.req("OPS-5")
async def test_metrics_are_in_the_exposition_format():
    status, headers, body = await get("/metrics")
    assert status == 200
    assert headers[b"content-type"].startswith(b"text/plain")
    assert b"# TYPE acquit_messages_handled_total counter" in body


@pytest.mark.parametrize("path", ["/", "/ready/", "/health", "/livez"])
async def test_there_is_nothing_else(path: str):
    assert (await get(path))[0] == 404


async def test_what_is_not_http_is_left_alone():
    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    await Health({"broker": fine})({"type": "websocket", "path": "/ready"}, None, send)
