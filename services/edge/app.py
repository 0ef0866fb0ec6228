"""The edge as a process: everything wired together, HTTP beside the bus."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any, Final

import uvicorn

from services.edge.asgi import EdgeApi
from services.edge.auth.access import Guard
from services.edge.auth.account_management import AccountManagement
from services.edge.auth.challenges import Challenges
from services.edge.auth.contact import Contacts
from services.edge.auth.enrolment import Enrolments
from services.edge.auth.recovery import Recoveries
from services.edge.auth.refresh_tokens import RefreshTokens
from services.edge.auth.sessions import Sessions
from services.edge.auth.sign_in import SignIns
from services.edge.auth.step_up import StepUpRepository, StepUps
from services.edge.auth.tokens import AccessTokens
from services.edge.health import EdgeHealth
from services.edge.http import HttpProtocol
from services.edge.idempotency import FirstBodies
from services.edge.intake import ClaimIntake
from services.edge.language import ENGLISH
from services.edge.openapi import document
from services.edge.ports import (
    BudgetRepository,
    ChallengeRepository,
    ConfirmedPublisher,
    Rpc,
    SessionRepository,
    SubmissionRepository,
    UnitOfWork,
)
from services.edge.roster import RosterLoading
from services.edge.routes.table import Backend
from services.edge.sealing import Sealing
from services.edge.settings import Settings
from services.edge.step_up_storage import MongoStepUps
from services.edge.storage import MongoBudgets, MongoChallenges, MongoSessions, MongoSubmissions
from services.edge.topology import TOPOLOGY
from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.health import Health
from shared.messaging import is_consuming
from shared.rpc import RpcClient
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import PublicKey, TokenPolicy, load_private_key, load_public_key

MINIMUM_PEPPER_LENGTH: Final = 32


def make_backend(
    settings: Settings,
    *,
    rpc: Rpc,
    publisher: ConfirmedPublisher,
    unit_of_work: UnitOfWork,
    challenges: ChallengeRepository,
    budgets: BudgetRepository,
    sessions: SessionRepository,
    submissions: SubmissionRepository,
    step_ups: StepUpRepository,
    clock: Clock = utc_now,
    ids: IdMaker = new_id,
) -> Backend:
    """What the endpoints work with, over any bus and any storage."""
    pepper = _pepper(settings.pepper_file)
    sealing = _sealing(settings, clock)
    access = _access(settings, clock, ids)
    open_challenges = Challenges(
        challenges, budgets, figures=settings.code_figures(), pepper=pepper, clock=clock, ids=ids
    )
    live_sessions = Sessions(
        sessions,
        unit_of_work,
        rpc,
        access=access,
        refresh=RefreshTokens(pepper),
        figures=settings.session_figures(),
        clock=clock,
        ids=ids,
    )
    return Backend(
        rpc=rpc,
        guard=Guard(access),
        access=access,
        enrolments=Enrolments(open_challenges, rpc, sealing=sealing, pepper=pepper),
        contacts=Contacts(open_challenges, rpc, sealing=sealing),
        sign_ins=SignIns(open_challenges, live_sessions, unit_of_work, rpc, sealing=sealing),
        sessions=live_sessions,
        recoveries=Recoveries(
            open_challenges,
            budgets,
            rpc,
            sealing=sealing,
            pepper=pepper,
            per_day=settings.recoveries_per_day,
            clock=clock,
        ),
        step_ups=StepUps(open_challenges, step_ups, budgets, rpc, sealing=sealing, pepper=pepper, clock=clock),
        management=AccountManagement(open_challenges, budgets, rpc, sealing=sealing, clock=clock),
        sealing=sealing,
        intake=_intake(settings, publisher, submissions, clock),
        roster=RosterLoading(
            rpc,
            limit_bytes=settings.roster_limit_bytes,
            slice_timeout_seconds=settings.roster_slice_timeout_seconds,
        ),
        ids=ids,
        body_limit_bytes=settings.body_limit_bytes,
    )


def _access(settings: Settings, clock: Clock, ids: IdMaker) -> AccessTokens:
    return AccessTokens(
        load_private_key(read_text(settings.signing_key_file)),
        policy=TokenPolicy(settings.token_issuer, settings.token_audience),
        retired=tuple(_public_key(path) for path in settings.retired_signing_key_files),
        kept=settings.verified_tokens_kept,
        clock=clock,
        ids=ids,
    )


def _sealing(settings: Settings, clock: Clock) -> Sealing:
    return Sealing(
        identity=_public_key(settings.identity_public_key_file),
        banking=_public_key(settings.banking_public_key_file),
        notification=_public_key(settings.notification_public_key_file),
        clock=clock,
    )


def _intake(
    settings: Settings, publisher: ConfirmedPublisher, submissions: SubmissionRepository, clock: Clock
) -> ClaimIntake:
    first_bodies = FirstBodies(
        submissions,
        limit_seconds=settings.idempotency_limit_seconds,
        pause_seconds=settings.idempotency_pause_seconds,
        clock=clock,
    )
    return ClaimIntake(publisher, first_bodies, timeout_seconds=settings.intake_timeout_seconds, clock=clock)


def _public_key(path: Path) -> PublicKey:
    return load_public_key(read_text(path))


def _pepper(path: Path) -> bytes:
    pepper = read_text(path)
    if len(pepper) < MINIMUM_PEPPER_LENGTH:
        raise ValueError(f"the pepper needs {MINIMUM_PEPPER_LENGTH} characters or more")
    return pepper.encode()


class EdgeService(Service):
    """A service that asks instead of answering; ready while it can take claims."""

    def health(self) -> Health:
        """Readiness, see ``services.edge.health``."""
        return EdgeHealth(
            {"broker": self._broker_connected, "replies": self._replies_arrive},
            degrading={"mongodb": self._mongodb, "outbox": self._outbox_fresh},
        )

    async def _replies_arrive(self) -> str | None:
        consuming = [await is_consuming(subscriber) for subscriber in self.broker.subscribers]
        return None if any(consuming) else "no reply queue"


class _Server(uvicorn.Server):
    """The service handles signals itself."""

    def capture_signals(self) -> Any:
        """Nothing: see class."""
        return contextlib.nullcontext()


async def serve_http(api: EdgeApi, settings: Settings) -> None:
    """Answer HTTP until cancelled; requests in hand are finished then."""
    config = uvicorn.Config(
        api,
        host=settings.http_host,
        port=settings.http_port,
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


def build(settings: Settings, *, clock: Clock = utc_now, ids: IdMaker = new_id) -> Service:
    """The service, ready to be served."""
    service = EdgeService(settings, TOPOLOGY)
    rpc = RpcClient(service.publisher, clock=clock, ids=ids)
    rpc.attach(service.broker)
    backend = make_backend(
        settings,
        rpc=rpc,
        publisher=service.publisher,
        unit_of_work=service.outbox,
        challenges=MongoChallenges(service.database),
        budgets=MongoBudgets(service.database),
        sessions=MongoSessions(service.database),
        submissions=MongoSubmissions(service.database),
        step_ups=MongoStepUps(service.database),
        clock=clock,
        ids=ids,
    )
    api = EdgeApi(backend, ids=ids)
    service.background(lambda: serve_http(api, settings))
    return service


def openapi() -> dict[str, Any]:
    """The OpenAPI document in English, for ``contracts/``."""
    return document(ENGLISH)


def main() -> None:
    """Run the edge until it is told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="edge", log_level=settings.log_level)


if __name__ == "__main__":
    main()
