"""What a route asks of its caller, and whether a request meets it."""

from enum import Enum

from starlette.requests import Request

from services.edge.auth.errors import NoDossier, RoleRefused, TokenMissing
from services.edge.auth.tokens import AccessTokens
from shared.contracts import Actor


class Who(Enum):
    """The rule of a route; every route of the table has exactly one."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"
    AGENT = "agent"


class Guard:
    """Authenticates a request and applies the rule of its route."""

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens

    def admit(self, request: Request, who: Who) -> Actor | None:
        """The caller; ``None`` on public routes, where a token is not even looked at.

        Raises:
            TokenMissing, InvalidToken, SessionEnded: nobody.
            RoleRefused, NoDossier: somebody who may not.
        """
        if who is Who.PUBLIC:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenMissing
        actor = self._tokens.verify(token).actor
        if who is not Who.SIGNED_IN and who.value not in actor.roles:
            raise RoleRefused
        if who is Who.MEMBER and actor.dossier_id is None:
            raise NoDossier
        return actor
