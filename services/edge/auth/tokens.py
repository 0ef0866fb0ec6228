"""Access tokens of this edge: issued for ten minutes, verified once and remembered until they expire."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from cachetools import TLRUCache

from services.edge.auth.errors import SessionEnded
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

_DENIED_KEPT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who presents a valid access token, ready to be put on the bus."""

    actor: Actor
    expires_at: datetime


class AccessTokens:
    """Signs and verifies access tokens.

    Verifying RS256 costs more than everything else that the edge does for a request, so verified tokens are kept,
    the most recently used ones, until they expire. Sessions that ended here are refused at once; other edge
    processes believe the remaining access tokens of such a session until they expire, ten minutes at most.
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
    ) -> None:
        self._key = key
        self._policy = policy
        self._clock = clock
        self._ids = ids
        self._public = (key.public(), *retired)
        self._verifier = TokenVerifier(self._public, policy)
        self._bearer_of = lru_cache(kept)(self._verify)
        self._denied: MutableMapping[str, datetime] = TLRUCache(
            _DENIED_KEPT, ttu=lambda _session, until, _now: until, timer=clock
        )

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
            SessionEnded: its session ended in this process.
        """
        now = self._clock()
        bearer = self._bearer_of(token)
        if bearer.expires_at <= now:
            raise InvalidToken
        if bearer.actor.session_id in self._denied:
            raise SessionEnded
        return bearer

    def deny(self, session_id: str, *, until: datetime) -> None:
        """Refuse the access tokens of a session from now on; after ``until`` none of them is valid anyway."""
        self._denied[session_id] = until

    def _verify(self, token: str) -> Bearer:
        claims = self._verifier.verify(token, now=self._clock())
        return Bearer(claims.actor, claims.expires_at)
