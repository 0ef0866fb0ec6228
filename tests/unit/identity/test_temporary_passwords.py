"""Temporary passwords in time: reminders on day 7 and 13, the end on day 15, and sending another one (REG-15)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.errors import AccountUnknownError, AgentsOnlyError
from services.identity.domain.jobs import Job, JobKind
from services.identity.domain.provider_errors import PasswordIsOwnError
from services.identity.handlers.jobs import LEASE, DoJob, Scheduler
from shared.clock import new_id
from shared.contracts.identity.access import AccessChanged, ActRecorded
from shared.contracts.identity.providers import ProviderAccountEnded
from shared.contracts.notification import SendAccessNotice
from shared.mongo import Unavailable
from tests.support import identity_builders as build
from tests.support.password_desk import TEMPORARY, PasswordDesk

pytestmark = pytest.mark.req("REG-15")


@pytest.fixture
def desk() -> PasswordDesk:
    return PasswordDesk()


async def test_reminders_go_out_on_day_7_and_13_and_the_account_ends_on_day_15(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    desk.advance(days=6, hours=23)
    assert await desk.due() == []
    desk.advance(hours=1)
    assert await desk.due() == ["temporary_password_reminder"]
    desk.advance(days=5, hours=23)
    assert await desk.due() == []
    desk.advance(hours=1)
    assert await desk.due() == ["temporary_password_reminder"]
    desk.advance(days=2, seconds=-1)
    assert await desk.due() == []
    assert await desk.stored(account) is not None
    desk.advance(seconds=1)
    assert await desk.due() == []
    assert await desk.stored(account) is None
    assert desk.jobs.rows == {}


async def test_a_reminder_says_until_when_and_goes_to_the_account(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    desk.advance(days=7)
    await desk.due()
    (notice,) = desk.works[-1].commands
    assert isinstance(notice, SendAccessNotice)
    assert (notice.account_id, notice.values) == (account.account_id, {"useless_from": account.temporary_until})
    assert notice.secret is None


async def test_the_end_removes_account_and_answers_ends_sessions_and_is_noted(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    await desk.records.save(RecoveryRecord(account_id=account.account_id, answers=(("nickname", "hash"),)))
    desk.advance(days=15)
    await desk.due()
    changed, ended, act = desk.works[-1].events
    assert isinstance(changed, AccessChanged)
    assert isinstance(ended, ProviderAccountEnded)
    assert (ended.account_id, ended.provider_id) == (account.account_id, account.provider_id)
    assert (changed.account_id, changed.end_sessions) == (account.account_id, True)
    assert isinstance(act, ActRecorded)
    assert (act.act, act.about, act.details["account_id"]) == (
        "user_deleted",
        account.provider_id,
        account.account_id,
    )
    assert desk.records.rows[account.account_id].answers == ()
    assert await desk.accounts.get_by_user_name(account.user_name) is None
    again = await desk.temporary(user_name=account.user_name, provider_id=account.provider_id)
    assert await desk.stored(again) == again


async def test_after_a_long_stop_the_end_comes_without_late_reminders(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    desk.advance(days=20)
    assert await desk.due() == []
    assert await desk.stored(account) is None


async def test_nothing_is_due_for_somebody_who_chose_a_password(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    await desk.change(account)
    assert desk.jobs.rows == {}
    desk.advance(days=16)
    assert await desk.due() == []
    assert await desk.stored(account) is not None


async def test_jobs_left_over_do_nothing_to_an_account_with_its_own_password(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    await desk.accounts.save(replace(account, temporary_until=None))
    desk.advance(days=15)
    assert await desk.due() == []
    assert await desk.stored(account) is not None


async def test_sending_another_one_revokes_the_first_and_begins_the_time_anew(desk: PasswordDesk) -> None:
    account = await desk.temporary()
    desk.advance(days=10)
    password, work = await desk.reissue(account.account_id)
    stored = await desk.stored(account)
    assert stored is not None
    assert await build.hashing().verify(password, stored.password)
    assert not await build.hashing().verify(TEMPORARY, stored.password)
    assert stored.temporary_until == desk.now + timedelta(days=15)
    assert [type(event) for event in work.events] == [AccessChanged, ActRecorded]
    desk.advance(days=5)
    assert await desk.due() == []
    assert await desk.stored(account) is not None
    desk.advance(days=2)
    assert await desk.due() == ["temporary_password_reminder"]


async def test_another_one_is_sent_by_agents_to_accounts_that_wait_only(desk: PasswordDesk) -> None:
    account, own = await desk.temporary(), await desk.temporary(temporary_until=None)
    with pytest.raises(AgentsOnlyError):
        await desk.reissue(account.account_id, build.member_actor("dossier"))
    with pytest.raises(AccountUnknownError):
        await desk.reissue(new_id())
    with pytest.raises(PasswordIsOwnError):
        await desk.reissue(own.account_id)
    assert await desk.stored(account) == account


async def test_a_job_that_fails_is_left_to_its_lease_and_does_not_hold_up_others(desk: PasswordDesk) -> None:
    failing, sound = Job(JobKind.PURGE, "a", desk.now), Job(JobKind.REMIND_FIRST, "b", desk.now)
    await desk.jobs.put([failing, sound])
    done: list[str] = []

    async def fail(*_: object) -> None:
        raise ValueError("on purpose")

    async def succeed(_received: object, _work: object, job: Job) -> None:
        done.append(job.account_id)

    async def rolled_back(work_id: str, work: object) -> None:
        rows, leases = dict(desk.jobs.rows), dict(desk.jobs.leases)
        try:
            await work(build.work_for(build.received(build.verify_credentials("x"))))  # type: ignore[operator]
        except ValueError:
            desk.jobs.rows, desk.jobs.leases = rows, leases
            raise

    functions: dict[JobKind, DoJob] = {JobKind.PURGE: fail, JobKind.REMIND_FIRST: succeed}
    scheduler = Scheduler(desk.jobs, functions, rolled_back, clock=desk.clock, ids=new_id, poll_seconds=1.0)
    assert [await scheduler.run_once() for _ in range(3)] == [True, True, False]
    assert done == ["b"]
    assert list(desk.jobs.rows) == [failing.key]
    desk.now += LEASE
    assert await scheduler.run_once()


async def test_while_the_database_is_away_the_scheduler_waits_and_goes_on(desk: PasswordDesk) -> None:
    pauses: list[float] = []

    class Away(type(desk.jobs)):  # type: ignore[misc]
        async def take_due(self, *_: object) -> Job | None:
            raise Unavailable

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    scheduler = Scheduler(Away(), {}, desk._unit_of_work, clock=desk.clock, ids=new_id, poll_seconds=2.5, pause=pause)
    with pytest.raises(asyncio.CancelledError):
        await scheduler.run()
    assert pauses == [2.5] * 3
