"""What a route asks of its caller, and whether a request meets it."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, get_args

from starlette.requests import Request

from services.edge.auth.errors import (
    FeatureMissing,
    NoDossier,
    NoProvider,
    Restricted,
    RoleRefused,
    ScopeMissing,
    ServiceRefused,
    TokenMissing,
)
from services.edge.auth.tokens import AccessTokens
from shared.contracts import Actor
from shared.contracts.identity import OnlineService, Restriction
from shared.contracts.identity.clients import Scope
from shared.errors import Forbidden

CLIENT: Final = "client"

EVERY_RESTRICTION: Final[frozenset[Restriction]] = frozenset(get_args(Restriction))
"""For what must work before anything else does: reading and accepting terms, signing out."""


class Who(Enum):
    """Whom a route is for; every route of the table has exactly one."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"
    PROVIDER = "provider"
    """A provider, or a delegate acting for one."""
    PROVIDER_ALONE = "provider_alone"
    """A provider in person: delegating, and everything about the bank."""
    CLAIMANT = "claimant"
    """Whoever claims: a member, or a provider or a delegate acting for one."""
    AGENT = "agent"
    CLIENT = "client"
    """A machine client, about itself (LOG-12)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of a route.

    Args:
        who: Whom it is for.
        service: Which online service of a provider it belongs to; a delegate needs a grant for it (DEL-2).
        feature: Which feature of the plan it belongs to (COV-3).
        despite: Restrictions that do not close it.
        scope: With which scope machine clients may use it as well; closed to all of them without one (LOG-12).
    """

    who: Who
    service: OnlineService | None = None
    feature: str | None = None
    despite: frozenset[Restriction] = frozenset()
    scope: Scope | None = None

    def __post_init__(self) -> None:
        if self.scope is not None and self.who not in _SHARED_WITH_CLIENTS:
            raise TypeError(f"{self.who.value} routes are for people only")

    def check(self, actor: Actor) -> None:
        """Raises what ``Guard.admit`` says about somebody who may not."""
        closed = [restriction for restriction in actor.restrictions if restriction not in self.despite]
        if closed:
            raise Restricted(closed[0])
        if CLIENT in actor.roles:
            self._check_client(actor)
            return
        match self.who:
            case Who.MEMBER:
                self._check_member(actor)
            case Who.PROVIDER | Who.PROVIDER_ALONE:
                self._check_provider(actor)
            case Who.CLAIMANT:
                self._check_claimant(actor)
            case Who.AGENT:
                _check_role(actor, "agent")
            case Who.CLIENT:
                raise RoleRefused
            case _:
                return

    def _check_client(self, actor: Actor) -> None:
        if self.who is Who.CLIENT:
            return
        if self.scope is None:
            raise RoleRefused
        if self.scope not in actor.scopes:
            raise ScopeMissing(self.scope)
        if self.who in {Who.PROVIDER, Who.CLAIMANT} and actor.provider_id is None:
            raise NoProvider

    def _check_claimant(self, actor: Actor) -> None:
        """As a member or as a provider; whoever is both may be refused as one and let in as the other."""
        if not {"provider", "delegate"} & set(actor.roles):
            self._check_member(actor)
            return
        try:
            self._check_provider(actor)
        except Forbidden:
            if "member" not in actor.roles:
                raise
            self._check_member(actor)

    def _check_member(self, actor: Actor) -> None:
        _check_role(actor, "member")
        if actor.dossier_id is None:
            raise NoDossier
        if self.feature is not None and self.feature not in actor.features:
            raise FeatureMissing(self.feature)

    def _check_provider(self, actor: Actor) -> None:
        _check_role(actor, "provider", *(() if self.who is Who.PROVIDER_ALONE else ("delegate",)))
        if actor.provider_id is None:
            raise NoProvider
        if self.who is Who.PROVIDER_ALONE and actor.on_behalf_of is not None:
            raise RoleRefused
        if self.service is not None and self.service not in actor.services:
            raise ServiceRefused(self.service)


_SHARED_WITH_CLIENTS: Final = frozenset({Who.SIGNED_IN, Who.PROVIDER, Who.CLAIMANT, Who.AGENT})
"""What people may do in person only can be opened to no client: a scope is no person."""


class Guard:
    """Authenticates a request and applies the rule of its route."""

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens

    def admit(self, request: Request, rule: Rule) -> Actor | None:
        """The caller; ``None`` on public routes, where a token is not even looked at.

        Raises:
            TokenMissing, InvalidToken, SessionEnded: nobody.
            Restricted, RoleRefused, NoDossier, NoProvider, FeatureMissing, ServiceRefused: somebody who may not.
            ScopeMissing: a machine client that may not.
        """
        if rule.who is Who.PUBLIC:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenMissing
        actor = self._tokens.verify(token).actor
        rule.check(actor)
        return actor


def _check_role(actor: Actor, *roles: str) -> None:
    if not set(roles) & set(actor.roles):
        raise RoleRefused
