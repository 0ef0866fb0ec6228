"""Machine clients: systems that sign in with an id and a secret, for a few scopes only (LOG-12)."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

SECRETS_AT_ONCE: Final = 2
"""While a secret is replaced, the one before it still counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """What is kept of a secret: a keyed digest, enough for 256 random bits. It ends at ``expires_at``, if ever."""

    digest: str
    created_at: datetime
    expires_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it is still good."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A subscribing system or practice software. ``provider_id`` is whose it is; nobody's means the insurer's."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    secrets: tuple[ClientSecret, ...]
    created_at: datetime
    provider_id: str | None = None
    disabled_at: datetime | None = None
    version: int = 1

    def knows(self, digest: str, now: datetime) -> bool:
        """Whether ``digest`` is of a secret that counts; takes as long whichever it is."""
        verdicts = [hmac.compare_digest(secret.digest, digest) and secret.counts(now) for secret in self.secrets]
        return any(verdicts) and self.disabled_at is None

    def with_new_secret(self, digest: str, *, now: datetime, overlap: timedelta) -> "Client":
        """The client with one secret more; the one before it counts for ``overlap`` from now, older ones no longer."""
        ending = [
            replace(secret, expires_at=min(now + overlap, secret.expires_at or now + overlap))
            for secret in self.secrets
            if secret.counts(now)
        ]
        kept = ending[-(SECRETS_AT_ONCE - 1) :] if overlap > timedelta() else []
        return replace(self, secrets=(*kept, ClientSecret(digest=digest, created_at=now)))

    def disabled(self, now: datetime) -> "Client":
        """The client without any right; its secrets are forgotten."""
        return replace(self, disabled_at=self.disabled_at or now, secrets=())


def granted(client: Client, asked: Iterable[str]) -> tuple[str, ...] | None:
    """The scopes of a token: those asked for, or all of the client's; ``None`` when one of them is not its own."""
    wanted = tuple(dict.fromkeys(asked))
    if not wanted:
        return client.scopes
    return wanted if set(wanted) <= set(client.scopes) else None
