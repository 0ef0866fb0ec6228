"""Live, ready and metrics over HTTP: the only HTTP that a service has.

``/live``: the process answers. ``/ready``: it can work, or the reasons why not. ``/metrics``: Prometheus exposition.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[str | None]]
"""Returns why the process is not ready, or ``None``."""

CHECK_TIMEOUT_SECONDS: Final = 2.0
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Health:
    """Named checks and their ASGI application."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)

    async def reasons(self) -> dict[str, str]:
        """Name of every failing check and what it says; empty when ready."""
        outcomes = await asyncio.gather(*(self._outcome(check) for check in self._checks.values()))
        return {name: why for name, why in zip(self._checks, outcomes, strict=True) if why is not None}

    @staticmethod
    async def _outcome(check: Check) -> str | None:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                return await check()
        except Exception as error:  # noqa: BLE001 - a check that fails is an answer
            return type(error).__name__

    async def __call__(self, scope: dict[str, Any], _receive: object, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http":
            return
        match scope["path"]:
            case "/live":
                await _respond(send, 200, {"status": "live"})
            case "/ready":
                reasons = await self.reasons()
                body = {"status": "not ready", "reasons": reasons} if reasons else {"status": "ready"}
                await _respond(send, 503 if reasons else 200, body)
            case "/metrics":
                await _send(send, 200, generate_latest(), CONTENT_TYPE_LATEST)
            case _:
                await _respond(send, 404, {"status": "unknown path"})


async def _respond(send: Send, status: int, body: Mapping[str, Any]) -> None:
    await _send(send, status, orjson.dumps(body), "application/json")


async def _send(send: Send, status: int, body: bytes, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class HealthServer:
    """Serves a ``Health`` beside the message handlers in the same event loop."""

    def __init__(self, health: Health, *, host: str, port: int) -> None:
        config = uvicorn.Config(health, host=host, port=port, log_config=None, access_log=False, lifespan="off")
        self._server = _QuietServer(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to answer."""
        self._task = asyncio.create_task(self._server.serve())

    async def stop(self) -> None:
        """Stop answering."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _QuietServer(uvicorn.Server):
    """The service handles signals itself."""

    def install_signal_handlers(self) -> None:
        """Nothing: see class."""

    def capture_signals(self) -> Any:
        """Nothing: see class."""
        return contextlib.nullcontext()
