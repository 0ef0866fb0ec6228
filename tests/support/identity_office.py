"""Identity's use cases on repositories in memory, with a clock that tests move."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.identity.domain.accounts import Account
from services.identity.domain.roster import Dossier, Person
from services.identity.handlers import registration
from services.identity.handlers.views import AccountViews
from shared.clock import new_id
from shared.contracts.identity import (
    AccountView,
    ConfirmRegistration,
    RegistrationStarted,
    ResendRegistrationCode,
    SealedCode,
    StartRegistration,
)
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_memory import MemoryAccounts, MemoryDossiers, MemoryRegistrations

MISSES_ALLOWED = 5


@dataclass(slots=True)
class Office:
    dossiers: MemoryDossiers = field(default_factory=MemoryDossiers)
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    registrations: MemoryRegistrations = field(default_factory=MemoryRegistrations)
    now: datetime = build.NOW

    def clock(self) -> datetime:
        return self.now

    async def on_roster(self, *persons: Person) -> Dossier:
        dossier = build.dossier(*persons)
        await self.dossiers.save_all([dossier])
        return dossier

    async def registered(self, **overrides: Any) -> Account:
        account = build.account(**overrides)
        await self.accounts.add(account)
        return account

    async def start(self, message: StartRegistration) -> tuple[RegistrationStarted, Work]:
        prepared = await registration.prepare_registration(
            build.received(message),
            opener=keys.opener("identity"),
            policy=build.policy(),
            hashing=build.hashing(),
            clock=self.clock,
        )
        work = build.work_for(prepared)
        view = await registration.start_registration(
            prepared,
            work,
            registrations=self.registrations,
            dossiers=self.dossiers,
            accounts=self.accounts,
            misses_allowed=MISSES_ALLOWED,
            clock=self.clock,
        )
        return view, work

    async def resend(self, registration_id: str, code: SealedCode) -> tuple[RegistrationStarted, Work]:
        message = ResendRegistrationCode(registration_id=registration_id, code=code)
        received = build.received(message)
        work = build.work_for(received)
        view = await registration.resend_registration_code(
            received, work, registrations=self.registrations, clock=self.clock
        )
        return view, work

    async def confirm(self, registration_id: str) -> tuple[AccountView, Work]:
        received = build.received(ConfirmRegistration(registration_id=registration_id))
        work = build.work_for(received)
        view = await registration.confirm_registration(
            received,
            work,
            registrations=self.registrations,
            dossiers=self.dossiers,
            accounts=self.accounts,
            views=AccountViews(clock=self.clock),
            clock=self.clock,
            ids=new_id,
        )
        return view, work
