"""Around every request: an id and a trace, the caller's language, security headers, one log line; and no error that
leaves as anything but a problem document, or below ``/fhir/`` an OperationOutcome.
"""

import re
from functools import cache
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.edge.fhir import outcomes
from services.edge.language import preferred
from services.edge.problems import Defect, Malformed, MethodNotAllowed, UnknownPath, respond
from shared.clock import IdMaker
from shared.errors import AppError
from shared.telemetry import Trace, logger, set_trace

REQUESTS: Final = Counter("acquit_http_requests_total", "HTTP requests answered.", ("route", "status"))
SECONDS: Final = Histogram(
    "acquit_http_seconds",
    "From request to answer.",
    ("route",),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
ROUTE: Final = "acquit.route"
"""Key in the scope under which an endpoint says which route of the table it is."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_NO_STORE: Final = (b"cache-control", b"no-store")
_NOT_FOUND: Final = 404
_METHOD_NOT_ALLOWED: Final = 405


class Boundary:
    """The outermost ASGI application; ``inner`` routes to endpoints."""

    def __init__(self, inner: ASGIApp, *, ids: IdMaker) -> None:
        self._inner = inner
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = self._request_id(headers.get("x-request-id"))
        set_trace(Trace.start(request_id, _well_formed(headers.get("traceparent"))))
        exchange = _Exchange(send, request_id)
        try:
            await self._inner(scope, receive, exchange.send)
        except Exception as error:
            if exchange.status is not None:
                raise
            refusing = outcomes.respond if outcomes.covers(scope["path"]) else respond
            response = refusing(
                _as_app_error(error),
                language=preferred(headers.get("accept-language") or ""),
                request_id=request_id,
            )
            await response(scope, receive, exchange.send)
        finally:
            exchange.finish(scope)

    def _request_id(self, given: str | None) -> str:
        return given if given is not None and _REQUEST_ID.fullmatch(given) else self._ids()


def _well_formed(traceparent: str | None) -> str | None:
    return traceparent if traceparent is not None and _TRACEPARENT.fullmatch(traceparent) else None


def _as_app_error(error: Exception) -> AppError:
    match error:
        case AppError():
            return error
        case HTTPException(status_code=status) if status == _NOT_FOUND:
            return UnknownPath()
        case HTTPException(status_code=status, headers=headers) if status == _METHOD_NOT_ALLOWED:
            return MethodNotAllowed((headers or {}).get("Allow", ""))
        case HTTPException() | ClientDisconnect():
            return Malformed()
        case _:
            logger().error("defect", exc_info=error)
            return Defect()


@cache
def _meters(route: str, status: int | None) -> tuple[Counter, Histogram]:
    """The meters of a route; finding them by label costs more than counting."""
    return REQUESTS.labels(route, str(status)), SECONDS.labels(route)


class _Exchange:
    """One request: adds the headers that every answer has, and measures."""

    __slots__ = ("_request_id", "_send", "_started", "status")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self._started = perf_counter()
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            headers += (*_ALWAYS, (b"x-request-id", self._request_id.encode()))
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append(_NO_STORE)
        await self._send(message)

    def finish(self, scope: Scope) -> None:
        route = scope.get(ROUTE, "none")
        seconds = perf_counter() - self._started
        requests, durations = _meters(route, self.status)
        requests.inc()
        durations.observe(seconds)
        logger().info(
            "request", route=route, status=self.status, request_id=self._request_id, ms=round(seconds * 1000, 1)
        )
