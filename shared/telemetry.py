"""Structured logs, metrics and the trace that ties a request to everything it caused.

One line per handled message: ids, outcome and duration. Never bodies, names, numbers or tokens.
"""

import logging
import secrets
import sys
from contextvars import ContextVar
from dataclasses import dataclass

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


def next_traceparent(parent: str | None) -> str:
    """``00-<trace id>-<span id>-01``: same trace as ``parent`` where it is well-formed, and a fresh span."""
    parts = (parent or "").split("-")
    well_formed = [len(part) for part in parts] == [2, 32, 16, 2]
    trace_id = parts[1] if well_formed else secrets.token_hex(16)
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """The trace of the message or request being handled, if any."""
    return _trace.get()


def set_trace(trace: Trace) -> None:
    """Make ``trace`` current for this task."""
    _trace.set(trace)


def configure_logging(service: str, level: str = "INFO") -> None:
    """JSON lines on standard output; library loggers join in from WARNING up."""
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(message)s", force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def logger() -> structlog.typing.FilteringBoundLogger:
    """The process's logger."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return bound
