"""Signing secrets of webhooks: how they are kept, and the signatures made with them (Standard Webhooks)."""

from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

from services.payments.domain.webhooks import Endpoint
from shared.clock import Clock
from shared.tokens import Binding, PublicKey, SecretOpener, seal

IN_TRANSIT: Final = "webhook_secret"
AT_REST: Final = "webhook_secret_at_rest"
_FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_REMEMBERED: Final = 1_000


class WebhookSecrets:
    """Secrets reach payments sealed by the edge and stand in the database sealed for payments' own key.

    Opening one takes a millisecond; what was opened is remembered in this process only.
    """

    def __init__(self, opener: SecretOpener, own_key: PublicKey, *, clock: Clock) -> None:
        self._opener = opener
        self._own_key = own_key
        self._clock = clock
        self._opened: dict[str, Webhook] = {}

    def kept(self, sealed: str, *, webhook_id: str) -> str:
        """What is stored of a secret that the edge sealed.

        Raises:
            UnreadableSecret: it was not sealed for this webhook.
        """
        secret = self._opener.open(sealed, binding=Binding(IN_TRANSIT, webhook_id), now=self._clock())
        return seal(secret, self._own_key, binding=Binding(AT_REST, webhook_id), expires_at=_FOR_EVER)

    def signed(self, endpoint: Endpoint, *, event_id: str, body: str) -> dict[str, str]:
        """The three headers of Standard Webhooks for one attempt, with a signature of every secret that counts.

        Raises:
            UnreadableSecret: the key with which a secret was sealed is no longer there.
        """
        now = self._clock()
        signatures = [
            self._opened_one(secret.sealed, endpoint.endpoint_id).sign(event_id, now, body)
            for secret in endpoint.live_secrets(now)
        ]
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _opened_one(self, sealed: str, webhook_id: str) -> Webhook:
        known = self._opened.get(sealed)
        if known is None:
            if len(self._opened) >= _REMEMBERED:
                self._opened.clear()
            known = Webhook(self._opener.open(sealed, binding=Binding(AT_REST, webhook_id), now=self._clock()))
            self._opened[sealed] = known
        return known
