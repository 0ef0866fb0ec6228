"""Structured logs, metrics and the trace that ties a request to everything it caused.

One line per handled message: ids, outcome and duration. Never bodies, names, numbers or tokens.
"""

import logging
import random
import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.tracebacks import ExceptionDictTransformer

HANDLED = Counter("acquit_messages_handled_total", "Messages handled, by outcome.", ("consumer", "outcome"))
DURATION = Histogram(
    "acquit_message_seconds",
    "From delivery to acknowledgement.",
    ("consumer",),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
GROUP_SIZE = Histogram(
    "acquit_group_commit_size",
    "Messages that shared one transaction.",
    ("consumer",),
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
PUBLISHED = Counter("acquit_messages_published_total", "Messages confirmed by the broker.", ("exchange",))
PUBLISH_FAILURES = Counter("acquit_publish_failures_total", "Publishes refused, returned or timed out.", ("exchange",))
DUPLICATES = Counter("acquit_duplicates_total", "Deliveries that the inbox knew already.", ("consumer",))
OUTBOX_PENDING = Gauge("acquit_outbox_oldest_seconds", "Age of the oldest event not yet published.")
LATE_REPLIES = Counter("acquit_late_replies_total", "Replies that came after their caller gave up.")


@dataclass(frozen=True, slots=True)
class Trace:
    """W3C trace context and the correlation id of the request at hand."""

    correlation_id: str
    traceparent: str

    @classmethod
    def start(cls, correlation_id: str, parent: str | None = None) -> "Trace":
        """Begin a trace, or continue ``parent`` with a new span id."""
        return cls(correlation_id, next_traceparent(parent))


_random = random.Random()  # noqa: S311 - ids of spans need not be unpredictable, only cheap and distinct


_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})(?P<trace_id>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def next_traceparent(parent: str | None) -> str:
    """``00-<trace id>-<span id>-01``: same trace as ``parent`` where it is well-formed, and a fresh span."""
    read = _TRACEPARENT.fullmatch(parent or "")
    trace_id = read["trace_id"] if read else _random.randbytes(16).hex()
    return f"00-{trace_id}-{_random.randbytes(8).hex()}-01"


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """The trace of the message or request being handled, if any."""
    return _trace.get()


def set_trace(trace: Trace) -> None:
    """Make ``trace`` current for this task."""
    _trace.set(trace)


def _json(event: object, default: Callable[[object], object], **_options: object) -> bytes:
    return orjson.dumps(event, default=default, option=orjson.OPT_UTC_Z)


def _stamped(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The instant, which the renderer writes (faster than formatting it here)."""
    event["timestamp"] = datetime.now(UTC)
    return event


def configure_logging(service: str, level: str = "INFO") -> None:
    """JSON lines on standard output; library loggers join in from WARNING up."""
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(message)s", force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamped,
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


_logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def logger() -> structlog.typing.FilteringBoundLogger:
    """The process's logger; structlog keeps its settings from the first use on."""
    return _logger
