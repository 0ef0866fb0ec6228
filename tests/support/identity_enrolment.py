"""Enrolments on repositories in memory: what the edge does on the bus, in a few calls."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.identity.data import load_rules, load_terms
from services.identity.data.security_questions import load_security_questions
from services.identity.domain.accounts import Account
from services.identity.domain.passwords import policies
from services.identity.domain.plans import Rules
from services.identity.domain.providers import Provider
from services.identity.domain.roster import Dossier, Person
from services.identity.domain.terms import TermsCatalogue
from services.identity.handlers.enrolment import Enrolments, Steps
from services.identity.handlers.link_steps import LinkSteps
from services.identity.handlers.member_steps import MemberSteps
from services.identity.handlers.members import Members, RosterMatching
from services.identity.handlers.own_account import OwnAccounts
from services.identity.handlers.provider_steps import ProviderSteps, ProviderStores
from services.identity.handlers.temporary_passwords import TemporaryPasswords
from services.identity.handlers.terms import TermsDesk
from services.identity.handlers.user_code_steps import UserCodeSteps
from services.identity.handlers.views import AccountViews, plan_features
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
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding, seal
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_memory import (
    MemoryAcceptances,
    MemoryAccounts,
    MemoryChecks,
    MemoryContactChoices,
    MemoryDossiers,
    MemoryFlows,
    MemoryRecoveries,
)
from tests.support.provider_memory import MemoryJobs, MemoryRegister, MemoryStatements

MISSES_ALLOWED = 5


@dataclass(slots=True)
class Desk:
    """Identity's enrolments, terms and own accounts, with a clock that tests move."""

    rules: Rules = field(default_factory=load_rules)
    catalogue: TermsCatalogue = field(default_factory=load_terms)
    dossiers: MemoryDossiers = field(default_factory=MemoryDossiers)
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    flows: MemoryFlows = field(default_factory=MemoryFlows)
    checks: MemoryChecks = field(default_factory=MemoryChecks)
    recoveries: MemoryRecoveries = field(default_factory=MemoryRecoveries)
    acceptances: MemoryAcceptances = field(default_factory=MemoryAcceptances)
    choices: MemoryContactChoices = field(default_factory=MemoryContactChoices)
    providers: MemoryRegister[Provider] = field(default_factory=MemoryRegister)
    statements: MemoryStatements = field(default_factory=MemoryStatements)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    now: datetime = build.NOW
    enrolments: Enrolments = field(init=False)
    terms: TermsDesk = field(init=False)
    own: OwnAccounts = field(init=False)
    views: AccountViews = field(init=False)

    def __post_init__(self) -> None:
        self.terms = TermsDesk(
            self.catalogue,
            self.rules,
            acceptances=self.acceptances,
            accounts=self.accounts,
            dossiers=self.dossiers,
            clock=self.clock,
        )
        self.views = AccountViews(plan_features(self.rules, self.dossiers), self.terms.contribute, clock=self.clock)
        matching = RosterMatching(
            self.rules,
            dossiers=self.dossiers,
            accounts=self.accounts,
            checks=self.checks,
            misses_allowed=MISSES_ALLOWED,
        )
        members = Members(
            matching,
            dossiers=self.dossiers,
            accounts=self.accounts,
            notices=Notices(keys.public("notification"), clock=self.clock, ids=new_id),
            ids=new_id,
        )
        self.own = OwnAccounts(
            matching, members, accounts=self.accounts, choices=self.choices, views=self.views, clock=self.clock
        )
        steps = self._steps(matching, members)
        self.enrolments = Enrolments(
            only_walked(self.rules, steps),
            steps,
            flows=self.flows,
            accounts=self.accounts,
            views=self.views,
            opener=keys.opener("identity"),
            clock=self.clock,
        )

    def _steps(self, matching: RosterMatching, members: Members) -> Steps:
        by_name, hashing = policies(build.policy().common), build.hashing()
        by_email = MemberSteps(matching, members, accounts=self.accounts, policies=by_name, hashing=hashing)
        by_user_code = UserCodeSteps(
            matching,
            members,
            by_email,
            dossiers=self.dossiers,
            accounts=self.accounts,
            recoveries=self.recoveries,
            policies=by_name,
            hashing=hashing,
            own_key=keys.public("identity"),
        )
        linking = LinkSteps(members, accounts=self.accounts, hashing=hashing)
        return Steps(by_email.steps(), by_user_code.steps(), linking.steps(), self.provider_steps().steps())

    def notices(self) -> Notices:
        return Notices(keys.public("notification"), clock=self.clock, ids=new_id)

    def provider_steps(self) -> ProviderSteps:
        stores = ProviderStores(
            providers=self.providers,
            statements=self.statements,
            accounts=self.accounts,
            checks=self.checks,
            records=self.recoveries,
        )
        return ProviderSteps(
            stores,
            load_security_questions(),
            terms=self.terms,
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

    async def resend(self, enrolment_id: str, code: SealedCode | None = None) -> Work:
        """Ask for another code; what it sends."""
        received = build.received(ResendEnrolmentCode(enrolment_id=enrolment_id, code=code or build.sealed_code()))
        work = build.work_for(received)
        await self.enrolments.resend(received, work)
        return work

    async def get(self, enrolment_id: str, *, actor: Actor | None = None) -> EnrolmentView:
        return await self.enrolments.get(build.received(GetEnrolment(enrolment_id=enrolment_id), actor))

    async def walk_member_email(self, dossier: Dossier, *, language: str = "fr", **changes: Any) -> tuple[str, Work]:
        """All steps of ``member_email`` before the code; the enrolment, and what the last step sent."""
        enrolment_id = await self.start("member_email", language=language)
        await self.submit(enrolment_id, "roster_facts", **facts(dossier, **changes))
        credentials = credentials_email(enrolment_id, **changes)
        _, work = await self.submit(enrolment_id, "credentials_email", **credentials)
        return enrolment_id, work


def only_walked(rules: Rules, steps: Steps) -> Rules:
    """The rules with the paths whose steps a desk has; the service does not start without all of them."""
    return replace(rules, paths={code: path for code, path in rules.paths.items() if not steps.missing(path)})


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
