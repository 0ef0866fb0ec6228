"""Access tokens of this edge: issued for ten minutes, verified once and remembered until they expire."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from services.edge.auth.denials import Denied
from shared.clock import Clock, IdMaker
from shared.contracts import Actor
from shared.tokens import (
    AccessClaims,
    InvalidToken,
    PrivateKey,
    PublicKey,
    TokenPolicy,
    TokenVerifier,
    sign_access_token,
)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who presents a valid access token, ready to be put on the bus."""

    actor: Actor
    issued_at: datetime
    expires_at: datetime


class AccessTokens:
    """Signs and verifies access tokens.

    Verifying RS256 costs more than everything else that the edge does for a request, so verified tokens are kept,
    the most recently used ones, until they expire. What is denied meanwhile is refused all the same.
    """

    def __init__(
        self,
        key: PrivateKey,
        *,
        policy: TokenPolicy,
        clock: Clock,
        ids: IdMaker,
        retired: tuple[PublicKey, ...] = (),
        kept: int = 10_000,
        denied: Denied | None = None,
    ) -> None:
        self._key = key
        self._policy = policy
        self._clock = clock
        self._ids = ids
        self._public = (key.public(), *retired)
        self._verifier = TokenVerifier(self._public, policy)
        self._bearer_of = lru_cache(kept)(self._verify)
        self._denied = Denied() if denied is None else denied

    def jwks(self) -> list[dict[str, str]]:
        """Public keys for everybody who wants to check our tokens (RFC 7517)."""
        return [key.as_jwk() for key in self._public]

    def issue(self, actor: Actor, *, expires_at: datetime, as_of: datetime | None = None) -> str:
        """A token that says who ``actor`` is, until ``expires_at``; ``as_of`` is when that began to be asked, so that a
        change meanwhile outdates it.
        """
        issued_at = self._clock() if as_of is None else as_of
        claims = AccessClaims(actor, issued_at=issued_at, expires_at=expires_at, token_id=self._ids())
        return sign_access_token(claims, self._key, self._policy)

    def verify(self, token: str) -> Bearer:
        """Who bears ``token``.

        Raises:
            InvalidToken: not ours, changed or expired.
            SessionEnded: its session ended.
            TokenOutdated: what its account may do changed since.
        """
        now = self._clock()
        bearer = self._bearer_of(token)
        if bearer.expires_at <= now:
            raise InvalidToken
        self._denied.check(bearer.actor, issued_at=bearer.issued_at)
        return bearer

    def _verify(self, token: str) -> Bearer:
        claims = self._verifier.verify(token, now=self._clock())
        return Bearer(claims.actor, claims.issued_at, claims.expires_at)
