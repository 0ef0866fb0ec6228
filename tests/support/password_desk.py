"""Passwords, temporary ones and due jobs in memory, with a clock that tests move."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from services.identity.domain.accounts import PROVIDER, Account
from services.identity.domain.jobs import JobKind, jobs_of_temporary_password
from services.identity.handlers import own_password, temporary_passwords
from services.identity.handlers.jobs import Scheduler
from services.identity.handlers.temporary_passwords import TemporaryPasswords
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity.passwords import ChangePassword, ReissueTemporaryPassword
from shared.contracts.notification import SendAccessNotice
from shared.notices import Notices
from shared.outbox import Work
from shared.tokens import Binding
from tests.support import identity_builders as build
from tests.support import keys
from tests.support import provider_builders as providers
from tests.support.identity_memory import MemoryAccounts, MemoryRecoveries
from tests.support.provider_memory import MemoryJobs

TEMPORARY = "abcd-efgh-jkmn-pqrs"


@dataclass(slots=True)
class PasswordDesk:
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    records: MemoryRecoveries = field(default_factory=MemoryRecoveries)
    works: list[Work] = field(default_factory=list)
    now: datetime = build.NOW

    def clock(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def notices(self) -> Notices:
        return Notices(keys.public("notification"), clock=self.clock, ids=new_id)

    async def temporary(self, **overrides: Any) -> Account:
        """A provider's account with a temporary password, and what is due for it."""
        number = providers.dentist_number()
        values: dict[str, Any] = {
            "user_name": number.user_name,
            "roles": (PROVIDER,),
            "provider_id": number.provider_id,
            "dossiers": (),
            "password": await build.hashing().hash(TEMPORARY),
            "temporary_until": self.now + timedelta(days=15),
        }
        account = build.account(**(values | overrides))
        await self.accounts.add(account)
        until = account.temporary_until
        if until is not None:
            jobs = jobs_of_temporary_password(account.account_id, issued_at=self.now, useless_from=until)
            await self.jobs.put(jobs)
        return account

    def scheduler(self) -> Scheduler:
        remind = partial(temporary_passwords.remind, accounts=self.accounts, notices=self.notices(), clock=self.clock)
        purge = partial(temporary_passwords.purge, accounts=self.accounts, records=self.records, clock=self.clock)
        return Scheduler(
            self.jobs,
            {JobKind.REMIND_FIRST: remind, JobKind.REMIND_LAST: remind, JobKind.PURGE: purge},
            self._unit_of_work,
            clock=self.clock,
            ids=new_id,
            poll_seconds=1.0,
        )

    async def _unit_of_work(self, work_id: str, work: Callable[[Work], Awaitable[None]]) -> None:
        unit = build.work_for(build.received(ReissueTemporaryPassword(account_id=work_id)))
        await work(unit)
        self.works.append(unit)

    async def due(self) -> list[str]:
        """Do all that is due; the kinds of mails that went out."""
        before = len(self.works)
        scheduler = self.scheduler()
        while await scheduler.run_once():
            pass
        sent = [command for work in self.works[before:] for command in work.commands]
        return [command.kind for command in sent if isinstance(command, SendAccessNotice)]

    async def change(self, account: Account, *, current: str = TEMPORARY, new: str = build.PASSWORD) -> Work:
        actor = Actor(account_id=account.account_id, session_id="session-1", roles=account.roles)
        message = ChangePassword(
            current_password=build.sealed(current, account.account_id),
            new_password=build.sealed(new, account.account_id),
        )
        prepared = await own_password.prepare_change(
            build.received(message, actor),
            accounts=self.accounts,
            opener=keys.opener("identity"),
            policy=build.policy(),
            hashing=build.hashing(),
            clock=self.clock,
        )
        work = build.work_for(prepared)
        await own_password.change_password(
            prepared, work, accounts=self.accounts, jobs=self.jobs, notices=self.notices(), clock=self.clock
        )
        return work

    async def reissue(self, account_id: str, actor: Actor | None = None) -> tuple[str, Work]:
        """The new temporary password and what was sent."""
        received = build.received(ReissueTemporaryPassword(account_id=account_id), actor or build.agent())
        prepared = await temporary_passwords.prepare_reissue(received, hashing=build.hashing())
        work = build.work_for(prepared)
        await temporary_passwords.reissue_temporary_password(
            prepared,
            work,
            accounts=self.accounts,
            temporary=TemporaryPasswords(self.jobs, self.notices(), clock=self.clock),
            clock=self.clock,
        )
        (notice,) = work.commands
        assert isinstance(notice, SendAccessNotice)
        binding = Binding("secret", notice.delivery_id)
        return keys.opener("notification").open(str(notice.secret), binding=binding, now=self.now), work

    async def stored(self, account: Account) -> Account | None:
        return await self.accounts.get(account.account_id)

    async def disturb(self, account: Account) -> None:
        """Somebody else changes the password."""
        known = await self.stored(account)
        assert known is not None
        await self.accounts.save(replace(known, password="other"))
