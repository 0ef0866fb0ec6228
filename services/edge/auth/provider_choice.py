"""For which provider a delegate's session acts (DEL-8)."""

from typing import Final, Literal

from pydantic import Field

from services.edge.auth.errors import SessionEnded
from services.edge.auth.figures import SessionFigures
from services.edge.auth.records import SessionRecord
from services.edge.auth.sessions import acting
from services.edge.auth.tokens import AccessTokens
from services.edge.bodies import Answer
from services.edge.ports import Rpc, SessionRepository
from shared.clock import Clock
from shared.contracts import Actor, Identifier
from shared.contracts.identity import AccountView, GetAccount
from shared.errors import Forbidden, NotFound
from shared.telemetry import current_trace

_NOT_GRANTED: Final = "access.provider_not_granted"


class ProviderNotGranted(NotFound):
    """The caller has no grant of this provider that counts today."""

    def __init__(self) -> None:
        super().__init__(_NOT_GRANTED)


class ProviderChoiceAnswer(Answer):
    """An access token for the provider that was chosen; the refresh token stays as it is."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of RFC 6750, not a secret
    expires_in: int = Field(description="Seconds until the access token expires.")
    provider_id: Identifier
    services: tuple[str, ...]


class ProviderChoices:
    """The choice is kept with the session: the refresh token continues with it, and needs no replacing."""

    def __init__(
        self, sessions: SessionRepository, rpc: Rpc, *, access: AccessTokens, figures: SessionFigures, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._rpc = rpc
        self._access = access
        self._figures = figures
        self._clock = clock

    async def choose(self, actor: Actor, provider_id: str) -> ProviderChoiceAnswer:
        """An access token for the same session, acting for this provider.

        Raises:
            SessionEnded: the session ended meanwhile, or its account is closed.
            ProviderNotGranted.
        """
        record = await self._live(actor.session_id)
        account = await self._account(actor)
        if provider_id not in {grant.provider_id for grant in account.grants}:
            raise ProviderNotGranted
        now = self._clock()
        if not await self._sessions.choose_provider(record.session_id, provider_id, now=now):
            raise SessionEnded
        chosen = acting(record.acting_for(provider_id), account)
        expires_at = min(now + self._figures.access_lifetime, record.expires_at)
        return ProviderChoiceAnswer(
            access_token=self._access.issue(chosen, expires_at=expires_at),
            expires_in=int((expires_at - now).total_seconds()),
            provider_id=provider_id,
            services=chosen.services,
        )

    async def _live(self, session_id: str) -> SessionRecord:
        record = await self._sessions.get(session_id)
        if record is None or record.revoked_at is not None or self._clock() >= record.expires_at:
            raise SessionEnded
        return record

    async def _account(self, actor: Actor) -> AccountView:
        query = GetAccount(account_id=actor.account_id)
        try:
            return await self._rpc.request(query, AccountView, actor=actor, trace=current_trace())
        except (NotFound, Forbidden) as error:
            raise SessionEnded from error
