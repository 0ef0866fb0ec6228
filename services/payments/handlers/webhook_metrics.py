"""Figures about webhooks; labels are outcomes, never URLs."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS: Final = Counter("acquit_webhook_attempts_total", "Calls of webhooks by what came of them.", ("outcome",))
CALL_SECONDS: Final = Histogram(
    "acquit_webhook_call_seconds",
    "From the call of a webhook to its answer.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15),
)
GIVEN_UP: Final = Counter("acquit_webhook_deliveries_given_up_total", "Deliveries that failed for three days.")
DISABLED: Final = Counter("acquit_webhooks_disabled_total", "Webhooks disabled, by why.", ("because",))
FAILING: Final = Gauge("acquit_webhooks_failing", "Enabled webhooks whose last call failed.")
