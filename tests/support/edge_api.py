"""The edge's HTTP application on in-memory storage and bus, with a clock that tests move."""

import atexit
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import httpx
from starlette.routing import compile_path

from services.edge.access_wiring import AccessStores
from services.edge.asgi import EdgeApi
from services.edge.backend import Bus, Stores, World, make_backend
from services.edge.routes.table import Backend
from services.edge.settings import Settings
from shared.clock import new_id
from shared.contracts import Actor, View
from shared.contracts.identity import (
    AccountView,
    DossierView,
    GetAccount,
    SealedCode,
    VerifyCredentials,
)
from shared.contracts.identity.enrolment import EnrolmentView, ResendEnrolmentCode, StartEnrolment, SubmitStep
from shared.contracts.identity.own_account import ChooseContact, ResendContactCode
from shared.contracts.identity.recovery import ResendRecoveryCode, StartRecovery
from shared.contracts.identity.safeguards import (
    ResendAddressChangeCode,
    ResendStepUpCode,
    SetAdministratorSecurity,
    StartEmailChange,
    StartStepUp,
)
from shared.contracts.identity.security import VerifiedAccount
from shared.contracts.notification import SendCode
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_memory import (
    FakeRpc,
    MemoryActivities,
    MemoryBudgets,
    MemoryChallenges,
    MemoryDenials,
    MemoryDevices,
    MemoryLockouts,
    MemorySessions,
    MemorySubmissions,
    MemorySuspicions,
    MemoryUnitOfWork,
    MemoryWindows,
    RecordingPublisher,
)
from tests.support.edge_step_up_memory import MemoryStepUps

FEATURES = ("claims", "claim_types", "payments", "direct_deposit", "drug_lookup")
WITH_CODE = (
    SubmitStep,
    ResendEnrolmentCode,
    ChooseContact,
    StartRecovery,
    ResendRecoveryCode,
    StartStepUp,
    ResendStepUpCode,
    StartEmailChange,
    ResendAddressChangeCode,
    SetAdministratorSecurity,
    ResendContactCode,
)
"""Messages with a code that identity has mailed."""
PASSWORD = "Rivière-Rouge-1870"
PEPPER = "poivre-de-test-poivre-de-test-poivre"


class MovableClock:
    """Starts at the present, because the JWT library compares ``exp`` with the machine's clock as well."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def account_view(
    *, account_id: str | None = None, roles: tuple[str, ...] = ("member",), dossiers: int = 1, language: str = "fr"
) -> AccountView:
    account_id = account_id or new_id()
    return AccountView(
        account_id=account_id,
        user_name="alice@example.org",
        display_name="Alice",
        language=language,
        roles=roles,
        dossiers=tuple(
            DossierView(
                dossier_id=f"dossier-{n}-{account_id[-8:]}",
                contract_number="12345",
                certificate_number=str(n),
                features=FEATURES,
            )
            for n in range(dossiers)
        ),
    )


def subject_of(account: AccountView) -> str:
    """Whose failed sign-ins identity says an account shares."""
    return f"subject-of-{account.account_id}"


def verified(account: AccountView) -> VerifiedAccount:
    """Identity's answer to the right password of an account."""
    return VerifiedAccount(**dict(account), subject=subject_of(account))


@cache
def key_files() -> Mapping[str, Path]:
    """The files that settings name, written once per process: nothing changes them."""
    directory = TemporaryDirectory(prefix="acquit-edge-keys-")
    atexit.register(directory.cleanup)
    contents = {
        "signing_key_file": keys.key("edge").pem,
        "pepper_file": PEPPER,
        "identity_public_key_file": keys.public("identity").pem,
        "banking_public_key_file": keys.public("banking").pem,
        "notification_public_key_file": keys.public("notification").pem,
        "payments_public_key_file": keys.public("payments").pem,
    }
    files = {name: Path(directory.name, name) for name in contents}
    for name, file in files.items():
        file.write_text(contents[name], encoding="utf-8")
    return files


def settings(**changes: Any) -> Settings:
    values: dict[str, Any] = {"rabbitmq_url": "amqp://unused", "mongodb_url": "mongodb://unused", **key_files()}
    return Settings(**(values | changes))


_default_settings = cache(settings)
"""Of nearly every edge here: they are frozen, and reading the environment takes longer than most tests."""

_compiled_once = cache(compile_path)
"""Starlette's ``compile_path`` that reads each path of the table once only."""


@dataclass
class Edge:
    """A running edge and everything around it."""

    client: httpx.AsyncClient
    backend: Backend
    clock: MovableClock
    rpc: FakeRpc
    publisher: RecordingPublisher
    unit_of_work: MemoryUnitOfWork
    challenges: MemoryChallenges
    budgets: MemoryBudgets
    sessions: MemorySessions
    submissions: MemorySubmissions
    denials: MemoryDenials
    devices: MemoryDevices
    suspicions: MemorySuspicions
    lockouts: MemoryLockouts
    windows: MemoryWindows
    pauses: list[float]
    step_ups: MemoryStepUps

    def bearer(
        self,
        *,
        roles: tuple[str, ...] = ("member",),
        account_id: str | None = None,
        dossier_id: str | None = "dossier-a",
        features: tuple[str, ...] = FEATURES,
        restrictions: tuple[str, ...] = (),
    ) -> dict[str, str]:
        """Headers of somebody signed in."""
        actor = Actor(
            account_id=account_id or new_id(),
            session_id=new_id(),
            roles=roles,
            dossier_id=dossier_id,
            features=features,
            restrictions=restrictions,
            language="fr",
        )
        token = self.backend.access.issue(actor, expires_at=self.clock() + timedelta(minutes=10))
        return {"authorization": f"Bearer {token}"}

    def opened(self, code: SealedCode) -> str:
        """The code as notification reads it."""
        return keys.opener("notification").open(
            code.code, binding=Binding("code", code.delivery_id), now=min(self.clock(), code.sent_at)
        )

    def mailed_codes(self) -> list[str]:
        """Every code that went out, the newest last."""
        by_command = [command.code for command in self.unit_of_work.commands if isinstance(command, SendCode)]
        by_identity = [asked.message.code for asked in self.rpc.asked if isinstance(asked.message, WITH_CODE)]
        return [self.opened(code) for code in (*by_command, *by_identity) if code is not None]

    def knows(self, account: AccountView) -> None:
        """Identity knows ``account`` and accepts any password for it."""
        self.rpc.replies |= {VerifyCredentials: verified(account), GetAccount: account}

    def registers(self, account: AccountView) -> None:
        """Identity lets anybody register, and makes ``account`` of it."""

        def view(message: StartEnrolment | SubmitStep | ResendEnrolmentCode) -> View:
            finished = isinstance(message, SubmitStep) and message.data.step == "code"
            return enrolment_view(message.enrolment_id, account=account if finished else None)

        self.rpc.replies |= {StartEnrolment: view, SubmitStep: view, ResendEnrolmentCode: view}

    async def start_sign_in(self, *, device_token: str | None = None) -> str:
        """Pass the password step; returns the challenge id."""
        body = {"user_name": "alice@example.org", "password": PASSWORD, "device_token": device_token}
        answer = await self.client.post("/sign-in", json=body)
        assert answer.status_code == 200, answer.text
        challenge_id: str = answer.json()["challenge_id"]
        return challenge_id

    async def enter(self, challenge_id: str, code: str, **headers: str) -> httpx.Response:
        """Type a code."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(f"/sign-in/{challenge_id}/code", json={"code": code}, headers=named)

    async def sign_in(self, *, device_token: str | None = None, **headers: str) -> dict[str, Any]:
        """Both steps; returns the tokens. ``headers`` are those of the second, with underscores for hyphens."""
        challenge_id = await self.start_sign_in(device_token=device_token)
        answer = await self.enter(challenge_id, self.mailed_codes()[-1], **headers)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def refresh(self, token: str) -> httpx.Response:
        return await self.client.post("/tokens/refresh", json={"refresh_token": token})


def enrolment_view(enrolment_id: str, **changes: Any) -> EnrolmentView:
    values: dict[str, Any] = {
        "enrolment_id": enrolment_id,
        "path": "member_email",
        "language": "fr",
        "steps": ("roster_facts", "credentials_email", "code"),
        "current": "roster_facts",
        "expires_at": datetime(2036, 1, 1, tzinfo=UTC),
    }
    return EnrolmentView(**(values | changes))


def problem_code(answer: httpx.Response) -> str:
    """The stable code of a refusal."""
    return code_in(answer.json())


def code_in(body: dict[str, Any]) -> str:
    """The stable code in a problem document or in an OperationOutcome; "" in anything else."""
    if body.get("resourceType") == "OperationOutcome":
        return str(body["issue"][0]["details"]["coding"][0]["code"])
    return str(body.get("code", ""))


def other_than(code: str) -> str:
    """Six digits that are not ``code``."""
    while True:
        wrong = f"{secrets.randbelow(10**6):06d}"
        if wrong != code:
            return wrong


@asynccontextmanager
async def running_edge(**changes: Any) -> AsyncIterator[Edge]:
    """An edge for one test; ``changes`` are settings."""
    clock, rpc, publisher, unit_of_work = MovableClock(), FakeRpc(), RecordingPublisher(), MemoryUnitOfWork()
    challenges, budgets = MemoryChallenges(), MemoryBudgets()
    sessions, submissions, step_ups = MemorySessions(), MemorySubmissions(), MemoryStepUps()
    denials, devices, suspicions = MemoryDenials(), MemoryDevices(), MemorySuspicions()
    access = AccessStores(denials=denials, devices=devices, activities=MemoryActivities(), suspicions=suspicions)
    lockouts, windows, pauses = MemoryLockouts(), MemoryWindows(clock), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    stores = Stores(
        challenges=challenges,
        budgets=budgets,
        sessions=sessions,
        submissions=submissions,
        access=access,
        lockouts=lockouts,
        windows=windows,
        step_ups=step_ups,
    )
    bus = Bus(rpc=rpc, publisher=publisher, unit_of_work=unit_of_work)
    values = settings(**changes) if changes else _default_settings()
    with (
        patch("services.edge.backend.load_private_key", keys.read_once),
        patch("starlette.routing.compile_path", _compiled_once),
    ):
        backend = make_backend(values, bus, stores, World(clock=clock, pause=pause))
        app = EdgeApi(backend, ids=new_id)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield Edge(
            client,
            backend,
            clock,
            rpc,
            publisher,
            unit_of_work,
            challenges,
            budgets,
            sessions,
            submissions,
            denials,
            devices,
            suspicions,
            lockouts,
            windows,
            pauses,
            step_ups,
        )
