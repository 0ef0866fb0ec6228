"""Figures about mails; labels are templates and outcomes, never people."""

from typing import Final

from prometheus_client import Counter, Histogram

MAILS: Final = Counter("acquit_mails_total", "Mails by what became of an attempt.", ("template", "outcome"))
"""Outcomes: sent, duplicate (was sent before), deferred, failed, expired."""

CODE_HAND_OFF: Final = Histogram(
    "acquit_code_hand_off_seconds",
    "From the making of a one-time code until the mail server has its mail (MSG-3: 2 s at p95).",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 600),
)
