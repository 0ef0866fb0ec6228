"""Machine clients at the edge: their secrets are made here, their tokens issued here (LOG-12).

A secret leaves this process twice: once to its owner, in the answer that makes it, and sealed to identity, which keeps
a digest.
"""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

from services.edge.auth.figures import ClientFigures
from services.edge.auth.tokens import AccessTokens
from services.edge.bodies_clients import ClientRequest, ClientSecretAnswer, ClientTokenAnswer
from services.edge.ports import BudgetRepository, Rpc, UnitOfWork
from services.edge.sealing import Sealing
from shared.clock import Clock, IdMaker
from shared.contracts import Actor
from shared.contracts.edge import ActRecorded
from shared.contracts.identity.clients import (
    AuthenticateClient,
    ClientGrant,
    ClientView,
    CreateClient,
    RotateClientSecret,
)
from shared.errors import AppError, Throttled
from shared.outbox import Work
from shared.telemetry import current_trace

ASSURANCE: Final = "client_secret"
ROLE: Final = "client"
REFUSED: Final = "identity.client_refused"
_SECRET_BYTES: Final = 32


class ClientRefusals(Throttled):
    """Too many wrong secrets under this client's id lately. The right secret is not held up by it."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("client.refusals", retry_after_seconds=max(1, round(wait.total_seconds())))


class Clients:
    """What agents and clients do about clients, beyond what is one message."""

    def __init__(
        self,
        rpc: Rpc,
        unit_of_work: UnitOfWork,
        budgets: BudgetRepository,
        *,
        access: AccessTokens,
        sealing: Sealing,
        figures: ClientFigures,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._rpc = rpc
        self._unit_of_work = unit_of_work
        self._budgets = budgets
        self._access = access
        self._sealing = sealing
        self._figures = figures
        self._clock = clock
        self._ids = ids

    async def create(self, request: ClientRequest, *, actor: Actor) -> ClientSecretAnswer:
        """A new client with a secret, which is told now and never again."""
        client_id, secret = self._ids(), _new_secret()
        command = CreateClient(
            client_id=client_id,
            name=request.name,
            scopes=request.scopes,
            provider_id=request.provider_id,
            secret=self._sealing.client_secret(secret, client_id=client_id),
        )
        view = await self._rpc.request(command, ClientView, actor=actor, trace=current_trace())
        return ClientSecretAnswer(**dict(view), client_secret=secret)

    async def rotate(self, client_id: str, *, overlap_hours: int, actor: Actor) -> ClientSecretAnswer:
        """Another secret; the one before it counts a while longer."""
        secret = _new_secret()
        sealed = self._sealing.client_secret(secret, client_id=client_id)
        command = RotateClientSecret(client_id=client_id, secret=sealed, overlap_hours=overlap_hours)
        view = await self._rpc.request(command, ClientView, actor=actor, trace=current_trace())
        return ClientSecretAnswer(**dict(view), client_secret=secret)

    async def token(self, client_id: str, secret: str, *, scopes: tuple[str, ...]) -> ClientTokenAnswer:
        """An access token for a client that proves who it is.

        Raises:
            ClientRefusals: refused, and too often lately.
            AppError: what identity says.
        """
        query = AuthenticateClient(
            client_id=client_id, secret=self._sealing.client_secret(secret, client_id=client_id), scopes=scopes
        )
        try:
            granted = await self._rpc.request(query, ClientGrant, trace=current_trace())
        except AppError as error:
            if error.code == REFUSED and error.params.get("known"):
                await self._count_refusal(client_id)
            raise
        return await self._issued(granted)

    async def _issued(self, granted: ClientGrant) -> ClientTokenAnswer:
        now = self._clock()
        actor = Actor(
            account_id=granted.client_id,
            session_id=self._ids(),
            roles=(ROLE,),
            provider_id=granted.provider_id,
            scopes=granted.scopes,
            assurance=ASSURANCE,
        )
        await self._note("authn_token_created", granted.client_id, session_id=actor.session_id)
        return ClientTokenAnswer(
            access_token=self._access.issue(actor, expires_at=now + self._figures.access_lifetime),
            expires_in=int(self._figures.access_lifetime.total_seconds()),
            scope=" ".join(granted.scopes),
        )

    async def _count_refusal(self, client_id: str) -> None:
        subject = f"client|{sha256(client_id.encode()).hexdigest()}"
        wait = await self._budgets.spend(subject, self._figures.refusals, now=self._clock())
        if wait is not None:
            raise ClientRefusals(wait)
        await self._note("authn_login_fail", client_id)

    async def _note(self, act: str, client_id: str, **details: str) -> None:
        """For the audit; refusals are counted first, so that nobody can fill it."""
        work_id, trace = self._ids(), current_trace()
        event = ActRecorded(
            act=act,
            result="failure" if act == "authn_login_fail" else "success",
            account_id=client_id,
            about=client_id,
            correlation_id=work_id if trace is None else trace.correlation_id,
            occurred_at=self._clock(),
            details=details,
        )

        async def publish(work: Work) -> None:
            work.publish(event)

        await self._unit_of_work.run(f"act:{work_id}", publish)


def _new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)
