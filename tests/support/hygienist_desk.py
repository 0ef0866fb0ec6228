# ruff: noqa: ARG002 - the ports have a session
"""Enrolment of hygienists on repositories in memory, with a clock that tests move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from services.identity.data import load_rules
from services.identity.data.agreements import load_agreement_texts
from services.identity.documents.agreement import AgreementDocuments
from services.identity.domain.accounts import Account
from services.identity.domain.agreements import Agreement
from services.identity.domain.flows import own_flow_id
from services.identity.domain.passwords import policies
from services.identity.domain.professionals import Professional
from services.identity.domain.providers import Provider
from services.identity.domain.register_loading import Entry
from services.identity.handlers.agreement_steps import AgreementSteps
from services.identity.handlers.agreement_telling import AgreementTelling
from services.identity.handlers.enrolment import Enrolments, Steps
from services.identity.handlers.hygienist_steps import OWN_PATH, PATH, HygienistSteps
from services.identity.handlers.views import AccountViews
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity.enrolment import EnrolmentView, GetEnrolment, StartEnrolment, SubmitStep
from shared.mongo import DuplicateKey, Session
from shared.notices import Notices
from shared.outbox import Work
from tests.support import hygienist_builders as hygienists
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_enrolment import only_walked
from tests.support.identity_memory import MemoryAccounts, MemoryFlows

E = TypeVar("E", bound=Entry)


class MemoryRegister(Generic[E]):
    def __init__(self) -> None:
        self.rows: dict[str, E] = {}

    async def get(self, entry_id: str, *, session: Session | None = None) -> E | None:
        return self.rows.get(entry_id)

    async def list_by_ids(self, entry_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, E]:
        return {key: self.rows[key] for key in entry_ids if key in self.rows}

    async def save_all(self, entries: Sequence[E], *, session: Session | None = None) -> None:
        self.rows |= {entry.entry_id: entry for entry in entries}


class MemoryAgreements:
    def __init__(self) -> None:
        self.rows: dict[str, Agreement] = {}

    async def add(self, agreement: Agreement, *, session: Session | None = None) -> None:
        if agreement.agreement_id in self.rows:
            raise DuplicateKey("_id")
        self.rows[agreement.agreement_id] = agreement

    async def latest_of(self, provider_id: str, *, session: Session | None = None) -> Agreement | None:
        found = [row for row in self.rows.values() if row.provider_id == provider_id]
        return max(found, key=lambda row: row.signing.signed_at, default=None)


@dataclass(slots=True)
class Desk:
    professionals: MemoryRegister[Professional] = field(default_factory=MemoryRegister)
    providers: MemoryRegister[Provider] = field(default_factory=MemoryRegister)
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    flows: MemoryFlows = field(default_factory=MemoryFlows)
    agreements: MemoryAgreements = field(default_factory=MemoryAgreements)
    now: datetime = build.NOW
    enrolments: Enrolments = field(init=False)

    def __post_init__(self) -> None:
        rules, texts = load_rules(), load_agreement_texts()
        notices = Notices(keys.public("notification"), clock=self.clock, ids=new_id)
        before = HygienistSteps(
            own_path=rules.paths[OWN_PATH],
            professionals=self.professionals,
            providers=self.providers,
            accounts=self.accounts,
            flows=self.flows,
            policies=policies(build.policy().common),
            hashing=build.hashing(),
            notices=notices,
            ids=new_id,
        )
        after = AgreementSteps(
            texts=texts,
            professionals=self.professionals,
            providers=self.providers,
            accounts=self.accounts,
            agreements=self.agreements,
            documents=AgreementDocuments(texts),
            telling=AgreementTelling(notices),
            clock=self.clock,
        )
        steps = Steps(before.steps(), after.steps())
        no_plans = {code: build_plan() for code in rules.plans}
        self.enrolments = Enrolments(
            only_walked(type(rules)(rules.paths, no_plans), steps),
            steps,
            flows=self.flows,
            accounts=self.accounts,
            views=AccountViews(clock=self.clock),
            opener=keys.opener("identity"),
            clock=self.clock,
        )

    def clock(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def known(self, **overrides: Any) -> Professional:
        """Somebody whom the order lists."""
        professional = hygienists.professional(**overrides)
        await self.professionals.save_all([professional])
        return professional

    async def start(self, *, language: str = "fr") -> str:
        received = build.received(StartEnrolment(enrolment_id=new_id(), path=PATH, language=language))
        return (await self.enrolments.start(received, build.work_for(received))).enrolment_id

    async def submit(
        self, enrolment_id: str, step: str, *, actor: Actor | None = None, **data: Any
    ) -> tuple[EnrolmentView, Work]:
        """Do a step as the edge has it done; the view and what it sends."""
        message = SubmitStep.model_validate(
            {"enrolment_id": enrolment_id, "data": {"step": step} | data, "code": build.sealed_code()}
        )
        received = build.received(message, actor)
        work = build.work_for(received)
        return await self.enrolments.submit(await self.enrolments.prepare(received), work), work

    async def get(self, enrolment_id: str, *, actor: Actor | None = None) -> EnrolmentView:
        return await self.enrolments.get(build.received(GetEnrolment(enrolment_id=enrolment_id), actor))

    async def walk_to_code(self, professional: Professional, **overrides: Any) -> tuple[str, Work]:
        """Everything before the code; the enrolment, and what the credentials sent."""
        enrolment_id = await self.start()
        await self.submit(enrolment_id, "reference", reference_number=professional.reference_number)
        _, work = await self.submit(
            enrolment_id, "credentials_provider", **hygienists.credentials(enrolment_id, **overrides)
        )
        return enrolment_id, work

    async def account_of(self, professional: Professional) -> Account:
        """The account after all the anonymous steps."""
        enrolment_id, _ = await self.walk_to_code(professional)
        await self.submit(enrolment_id, "code")
        account = await self.accounts.get_by_provider(professional.number.provider_id)
        assert account is not None
        return account

    async def walk_six_steps(
        self, account: Account, professional: Professional, *, until: str | None = None, **overrides: Any
    ) -> tuple[EnrolmentView, Work]:
        """The steps of somebody signed in, up to and without ``until``."""
        steps = hygienists.six_steps(professional, **overrides)
        names = list(steps)[: None if until is None else list(steps).index(until)]
        result: tuple[EnrolmentView, Work] | None = None
        for name in names:
            result = await self.submit(own_flow_id(account.account_id), name, actor=actor_of(account), **steps[name])
        assert result is not None
        return result


def build_plan() -> Any:
    """A plan that opens no path: hygienists have none."""
    plan = load_rules().plans["default"]
    return type(plan)(code=plan.code, paths=frozenset())


def actor_of(account: Account) -> Actor:
    return Actor(
        account_id=account.account_id,
        session_id="session-1",
        roles=account.roles,
        provider_id=account.provider_id,
        restrictions=("enrolment",),
        language=account.language,
    )
