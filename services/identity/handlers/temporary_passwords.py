"""Temporary passwords after they were made: mailed, reminded of, and their accounts ended when nobody came (REG-15)."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from services.identity.domain.accounts import AGENT, Account
from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.errors import AccountUnknownError, AgentsOnlyError
from services.identity.domain.jobs import Job, jobs_of_temporary_password
from services.identity.domain.provider_errors import PasswordIsOwnError
from services.identity.domain.temporary_password import temporary_password, useless_from
from services.identity.handlers.acts import note
from services.identity.handlers.jobs import DueJob, JobRepository
from services.identity.ports import AccountRepository, PasswordHasher
from shared.clock import Clock
from shared.contracts import Command, Done
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.passwords import ReissueTemporaryPassword
from shared.contracts.identity.providers import ProviderAccountEnded
from shared.envelopes import Received
from shared.mongo import Session
from shared.notices import Notices
from shared.outbox import Work


class RecoveryRecords(Protocol):
    """What account holders left for recovery."""

    async def save(self, record: RecoveryRecord, *, session: Session | None = None) -> None:
        """Write a record, new or changed."""
        ...


class TemporaryPasswords:
    """Has temporary passwords mailed and what follows from them put on the list of due work."""

    def __init__(self, jobs: JobRepository, notices: Notices, *, clock: Clock) -> None:
        self._jobs = jobs
        self._notices = notices
        self._clock = clock

    async def mail(self, work: Work, account: Account, password: str) -> None:
        """User name and temporary password to the account's address; reminders and the end of the account."""
        until = _until(account)
        values: dict[str, str | int | datetime] = {"user_name": account.user_name, "useless_from": until}
        self._notices.to_account(work, "temporary_password", account.account_id, values=values, secret=password)
        jobs = jobs_of_temporary_password(account.account_id, issued_at=self._clock(), useless_from=until)
        await self._jobs.put(jobs, session=work.session)


class PreparedReissue(Command):
    """A new temporary password, hashed already: never on the wire."""

    wire_type = "local.prepared_reissue.v1"
    account_id: str
    password: str
    encoded: str


async def prepare_reissue(
    received: Received[ReissueTemporaryPassword], *, hashing: PasswordHasher
) -> Received[PreparedReissue]:
    """Make and hash a password, outside any transaction.

    Raises:
        AgentsOnlyError: the caller is not an agent.
        HashingBusyError: too many passwords wait.
    """
    if AGENT not in received.require_actor().roles:
        raise AgentsOnlyError
    password = temporary_password()
    prepared = PreparedReissue(
        account_id=received.message.account_id, password=password, encoded=await hashing.hash(password)
    )
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def reissue_temporary_password(
    received: Received[PreparedReissue],
    work: Work,
    *,
    accounts: AccountRepository,
    temporary: TemporaryPasswords,
    clock: Clock,
) -> Done:
    """Mail another temporary password; the earlier one stops working and the fifteen days begin anew.

    Raises:
        AccountUnknownError: no such account, or it was ended already.
        PasswordIsOwnError: its owner has chosen a password.
    """
    message = received.message
    account = await accounts.get(message.account_id, session=work.session)
    if account is None:
        raise AccountUnknownError
    if account.temporary_until is None:
        raise PasswordIsOwnError
    renewed = replace(account, password=message.encoded, temporary_until=useless_from(clock()))
    await accounts.save(renewed, session=work.session)
    await temporary.mail(work, renewed, message.password)
    work.publish(AccessChanged(account_id=account.account_id, changed_at=clock(), end_sessions=True))
    note(work, received, "authn_password_change", about=account.account_id, details={"by": "agent"}, clock=clock)
    return Done()


async def remind(
    _received: Received[DueJob], work: Work, job: Job, *, accounts: AccountRepository, notices: Notices, clock: Clock
) -> None:
    """Remind somebody whose temporary password still waits to be used."""
    account = await accounts.get(job.account_id, session=work.session)
    if account is None or account.temporary_until is None or clock() >= account.temporary_until:
        return
    values: dict[str, str | int | datetime] = {"useless_from": account.temporary_until}
    notices.to_account(work, "temporary_password_reminder", account.account_id, values=values)


async def purge(
    received: Received[DueJob],
    work: Work,
    job: Job,
    *,
    accounts: AccountRepository,
    records: RecoveryRecords,
    clock: Clock,
) -> None:
    """End an account whose temporary password was never replaced: the same person may ask for one again. Banking hears
    of a provider's, and forgets the bank details.
    """
    account = await accounts.get(job.account_id, session=work.session)
    if account is None or account.temporary_until is None or clock() < account.temporary_until:
        return
    await accounts.remove(account.account_id, session=work.session)
    await records.save(RecoveryRecord(account_id=account.account_id), session=work.session)
    work.publish(AccessChanged(account_id=account.account_id, changed_at=clock(), end_sessions=True))
    if account.provider_id is not None:
        ended = ProviderAccountEnded(account_id=account.account_id, provider_id=account.provider_id, ended_at=clock())
        work.publish(ended)
    note(
        work,
        received,
        "user_deleted",
        about=account.provider_id or account.account_id,
        details={"account_id": account.account_id, "why": "temporary_password_never_used"},
        clock=clock,
    )


def _until(account: Account) -> datetime:
    if account.temporary_until is None:
        raise ValueError(f"{account.account_id} has a password of its own")
    return account.temporary_until
