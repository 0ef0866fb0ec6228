"""Recovery, account management, step-up and administrator security on repositories in memory, as the service wires
them; the clock is moved by tests.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.identity.data import load_rules
from services.identity.data.security_questions import load_security_questions
from services.identity.domain.accounts import PROVIDER, Account
from services.identity.domain.answers import RecoveryRecord, normalised_answer
from services.identity.domain.plans import Rules
from services.identity.domain.providers import Kind, ProviderNumber
from services.identity.wiring.credentials import Credentials, Stores, recovery_over, safeguards_over
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity.access import AccessChanged, ActRecorded
from shared.contracts.identity.recovery import (
    AnswerRecovery,
    AnswersChecked,
    ConfirmRecovery,
    GetRecovery,
    RecoveryMethod,
    RecoveryView,
    SetRecoveredPassword,
    StartRecovery,
)
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.notices import Notices
from shared.outbox import SingleHandler, Work
from shared.tokens import Binding, seal
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_memory import MemoryAccounts, MemoryDossiers, MemoryRecoveries
from tests.support.identity_safeguards_memory import (
    MemoryAddressChanges,
    MemoryAdministrators,
    MemoryRecoveriesUnderWay,
)

NEW_PASSWORD = "Hirondelle-Bleue-41"
NUMBER = "012345678"
ANSWERS = {"first_pet": "Pâquerette", "first_car": "Civic bleue", "parents_met": "Trois-Rivières"}
WRONG = ANSWERS | {"first_car": "Golf"}


def sealed(secret: str, use: str, subject: str) -> str:
    binding = Binding(use, subject)
    return seal(secret, keys.public("identity"), binding=binding, expires_at=build.NOW + timedelta(days=3_650))


def sealed_answers(answers: Mapping[str, str], subject: str) -> str:
    return sealed(json.dumps(dict(answers)), "answers", subject)


async def hashed(answers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple([(name, await build.hashing().hash(normalised_answer(text))) for name, text in answers.items()])


@dataclass(slots=True)
class Desk:
    """The use cases, and everything that they sent and published."""

    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    dossiers: MemoryDossiers = field(default_factory=MemoryDossiers)
    records: MemoryRecoveries = field(default_factory=MemoryRecoveries)
    recoveries: MemoryRecoveriesUnderWay = field(default_factory=MemoryRecoveriesUnderWay)
    administrators: MemoryAdministrators = field(default_factory=MemoryAdministrators)
    changes: MemoryAddressChanges = field(default_factory=MemoryAddressChanges)
    rules: Rules = field(default_factory=load_rules)
    now: datetime = build.NOW
    works: list[Work] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    @property
    def credentials(self) -> Credentials:
        stores = Stores(
            accounts=self.accounts,
            dossiers=self.dossiers,
            records=self.records,
            recoveries=self.recoveries,
            administrators=self.administrators,
            changes=self.changes,
        )
        return Credentials(
            stores,
            opener=keys.opener("identity"),
            policy=build.policy(),
            hashing=build.hashing(),
            notices=Notices(keys.public("notification"), clock=self.clock, ids=new_id),
            rules=self.rules,
            offered=load_security_questions(),
            clock=self.clock,
        )

    async def run(
        self,
        message: Any,
        handler: SingleHandler,
        *,
        prepare: Callable[[Any], Awaitable[Any]] | None = None,
        actor: Actor | None = None,
    ) -> Any:
        """Handle a message, with its costly part first."""
        received = build.received(message, actor)
        prepared = received if prepare is None else await prepare(received)
        work = Work(None, prepared, source="identity", clock=self.clock)
        view = await handler(prepared, work)
        self.works.append(work)
        return view

    def sent(self, kind: str | None = None) -> list[SendAccessNotice]:
        """Notices that went out."""
        notices = [one for work in self.works for one in work.commands if isinstance(one, SendAccessNotice)]
        return [notice for notice in notices if kind in {None, notice.kind}]

    def codes(self) -> list[SendCode]:
        return [one for work in self.works for one in work.commands if isinstance(one, SendCode)]

    def access_changes(self) -> list[AccessChanged]:
        return [one for work in self.works for one in work.events if isinstance(one, AccessChanged)]

    def acts(self) -> list[ActRecorded]:
        return [one for work in self.works for one in work.events if isinstance(one, ActRecorded)]

    async def member(self, **overrides: Any) -> Account:
        account = build.account(password=await build.hashing().hash(build.PASSWORD), **overrides)
        await self.accounts.add(account)
        return account

    async def provider(self, answers: Mapping[str, str] = ANSWERS, **overrides: Any) -> Account:
        """A provider's account with three answers."""
        number = ProviderNumber.of(Kind.DENTIST, NUMBER)
        values = {"roles": (PROVIDER,), "provider_id": number.provider_id, "user_name": "D-012345678", "dossiers": ()}
        account = await self.member(**(values | overrides))
        await self.records.save(RecoveryRecord(account_id=account.account_id, answers=await hashed(answers)))
        return account

    def actor(self, account: Account, **overrides: Any) -> Actor:
        values: dict[str, Any] = {
            "account_id": account.account_id,
            "session_id": new_id(),
            "roles": account.roles,
            "provider_id": account.provider_id,
        }
        return Actor(**(values | overrides))

    async def start(self, email: str, number: str, *, method: RecoveryMethod = "member") -> str:
        """Begin a recovery; its id."""
        message = StartRecovery(
            recovery_id=new_id(), method=method, email=email, number=number, language="fr", code=build.sealed_code()
        )
        started = await self.run(message, recovery_over(self.credentials).start_recovery)
        assert started.recovery_id == message.recovery_id
        return message.recovery_id

    async def confirm(self, recovery_id: str) -> RecoveryView:
        """The code came back."""
        await self.run(ConfirmRecovery(recovery_id=recovery_id), recovery_over(self.credentials).confirm_recovery)
        return await self.view(recovery_id)

    async def view(self, recovery_id: str) -> RecoveryView:
        view = await recovery_over(self.credentials).get_recovery(build.received(GetRecovery(recovery_id=recovery_id)))
        assert isinstance(view, RecoveryView)
        return view

    async def answer(self, recovery_id: str, answers: Mapping[str, str]) -> AnswersChecked:
        handlers = recovery_over(self.credentials)
        message = AnswerRecovery(recovery_id=recovery_id, answers=sealed_answers(answers, recovery_id))
        view = await self.run(message, handlers.record_answers, prepare=handlers.check_answers)
        assert isinstance(view, AnswersChecked)
        return view

    async def set_password(self, recovery_id: str, password: str = NEW_PASSWORD) -> None:
        handlers = recovery_over(self.credentials)
        message = SetRecoveredPassword(recovery_id=recovery_id, password=build.sealed(password, recovery_id))
        await self.run(message, handlers.set_recovered_password, prepare=handlers.prepare_password)

    async def has_password(self, account: Account, password: str) -> bool:
        known = await self.accounts.get(account.account_id)
        return known is not None and await build.hashing().verify(password, known.password)

    def safeguards(self) -> Any:
        return safeguards_over(self.credentials)
