"""Enrolments on repositories in memory: what the edge does on the bus, in a few calls."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.identity.data import load_rules
from services.identity.data.security_questions import load_security_questions
from services.identity.domain.accounts import Account
from services.identity.domain.passwords import policies
from services.identity.domain.plans import Rules
from services.identity.domain.providers import Provider
from services.identity.domain.roster import Dossier, Person
from services.identity.handlers.enrolment import Enrolments, Steps
from services.identity.handlers.member_steps import MemberSteps, RosterMatching
from services.identity.handlers.notices import Notices
from services.identity.handlers.provider_steps import ProviderSteps, ProviderStores
from services.identity.handlers.temporary_passwords import TemporaryPasswords
from services.identity.handlers.views import AccountViews
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity import SealedCode
from shared.contracts.identity.enrolment import (
    EnrolmentView,
    GetEnrolment,
    ResendEnrolmentCode,
    StartEnrolment,
    SubmitStep,
)
from shared.outbox import Work
from shared.tokens import Binding, seal
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_memory import MemoryAccounts, MemoryChecks, MemoryDossiers, MemoryFlows
from tests.support.provider_memory import (
    MemoryConsents,
    MemoryJobs,
    MemoryRecoveryRecords,
    MemoryRegister,
    MemoryStatements,
)

MISSES_ALLOWED = 5


@dataclass(slots=True)
class Desk:
    """Identity's enrolments with a clock that tests move."""

    rules: Rules = field(default_factory=load_rules)
    dossiers: MemoryDossiers = field(default_factory=MemoryDossiers)
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    flows: MemoryFlows = field(default_factory=MemoryFlows)
    checks: MemoryChecks = field(default_factory=MemoryChecks)
    providers: MemoryRegister[Provider] = field(default_factory=MemoryRegister)
    statements: MemoryStatements = field(default_factory=MemoryStatements)
    records: MemoryRecoveryRecords = field(default_factory=MemoryRecoveryRecords)
    consents: MemoryConsents = field(default_factory=MemoryConsents)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    now: datetime = build.NOW
    enrolments: Enrolments = field(init=False)

    def __post_init__(self) -> None:
        matching = RosterMatching(
            self.rules,
            dossiers=self.dossiers,
            accounts=self.accounts,
            checks=self.checks,
            misses_allowed=MISSES_ALLOWED,
        )
        members = MemberSteps(
            matching,
            dossiers=self.dossiers,
            accounts=self.accounts,
            policies=policies(build.policy().common),
            hashing=build.hashing(),
            ids=new_id,
        )
        self.enrolments = Enrolments(
            self.rules,
            Steps(members.steps(), self.provider_steps().steps()),
            flows=self.flows,
            accounts=self.accounts,
            views=AccountViews(clock=self.clock),
            opener=keys.opener("identity"),
            clock=self.clock,
        )

    def notices(self) -> Notices:
        return Notices(keys.public("notification"), clock=self.clock, ids=new_id)

    def provider_steps(self) -> ProviderSteps:
        stores = ProviderStores(
            providers=self.providers,
            statements=self.statements,
            accounts=self.accounts,
            checks=self.checks,
            records=self.records,
            consents=self.consents,
        )
        return ProviderSteps(
            stores,
            load_security_questions(),
            hashing=build.hashing(),
            notices=self.notices(),
            temporary=TemporaryPasswords(self.jobs, self.notices(), clock=self.clock),
            misses_allowed=MISSES_ALLOWED,
            ids=new_id,
        )

    def clock(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def on_roster(self, *persons: Person, **overrides: Any) -> Dossier:
        dossier = build.dossier(*persons, **overrides)
        await self.dossiers.save_all([dossier])
        return dossier

    async def registered(self, **overrides: Any) -> Account:
        account = build.account(**overrides)
        await self.accounts.add(account)
        return account

    async def start(self, path: str, *, language: str = "fr", enrolment_id: str | None = None) -> str:
        """A new enrolment; its id."""
        message = StartEnrolment(enrolment_id=enrolment_id or new_id(), path=path, language=language)
        received = build.received(message)
        return (await self.enrolments.start(received, build.work_for(received))).enrolment_id

    async def submit(
        self, enrolment_id: str, step: str, *, actor: Actor | None = None, code: SealedCode | None = None, **data: Any
    ) -> tuple[EnrolmentView, Work]:
        """Do a step; the view and what it sends."""
        code = code or build.sealed_code(sent_at=self.now, expires_at=self.now + timedelta(minutes=10))
        message = SubmitStep.model_validate({"enrolment_id": enrolment_id, "data": {"step": step} | data, "code": code})
        received = build.received(message, actor)
        work = build.work_for(received)
        return await self.enrolments.submit(await self.enrolments.prepare(received), work), work

    async def resend(self, enrolment_id: str) -> Work:
        """Ask for another code; what it sends."""
        received = build.received(ResendEnrolmentCode(enrolment_id=enrolment_id, code=build.sealed_code()))
        work = build.work_for(received)
        await self.enrolments.resend(received, work)
        return work

    async def get(self, enrolment_id: str, *, actor: Actor | None = None) -> EnrolmentView:
        return await self.enrolments.get(build.received(GetEnrolment(enrolment_id=enrolment_id), actor))

    async def walk_member_email(self, dossier: Dossier, **changes: Any) -> tuple[str, Work]:
        """All steps of ``member_email`` before the code; the enrolment, and what the last step sent."""
        enrolment_id = await self.start("member_email")
        await self.submit(enrolment_id, "roster_facts", **facts(dossier, **changes))
        credentials = credentials_email(enrolment_id, **changes)
        _, work = await self.submit(enrolment_id, "credentials_email", **credentials)
        return enrolment_id, work


def facts(dossier: Dossier, **changes: Any) -> dict[str, Any]:
    """What the member of a dossier types."""
    values: dict[str, Any] = {
        "contract_number": dossier.number.contract,
        "certificate_number": dossier.number.certificate,
        "birth_date": dossier.member.birth_date.isoformat(),
    }
    return values | {name: value for name, value in changes.items() if name in values}


def credentials_email(enrolment_id: str, *, password: str = build.PASSWORD, **changes: Any) -> dict[str, Any]:
    """E-mail and password, sealed as the edge seals it."""
    email = changes.get("email") or build.random_email()
    return {"email": email, "password": sealed(password, enrolment_id, use="password")}


def sealed(secret: str, enrolment_id: str, *, use: str) -> str:
    """A secret as the edge seals it for an enrolment."""
    binding = Binding(use, enrolment_id)
    return seal(secret, keys.public("identity"), binding=binding, expires_at=build.NOW + timedelta(days=3_650))
