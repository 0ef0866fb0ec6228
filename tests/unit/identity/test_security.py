"""Disabled accounts and their cases (LOG-8, K9)."""

from dataclasses import replace
from typing import Any

import pytest

from services.identity.domain.accounts import Account, Status
from services.identity.domain.errors import AgentsOnlyError, CaseClosedError, CaseUnknownError
from services.identity.handlers.security import CaseDesk, disable_account, list_cases, resolve_case
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity.access import AccessChanged, ActRecorded
from shared.contracts.identity.cases import (
    AccountDisabled,
    AccountReinstated,
    CaseResolved,
    CaseView,
    DisableAccount,
    ListCases,
    ResolveCase,
)
from shared.contracts.notification import SendAccessNotice
from shared.notices import Notices
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_memory import MemoryAccounts, MemoryCases


def desk() -> CaseDesk:
    def clock() -> Any:
        return build.NOW

    return CaseDesk(
        accounts=MemoryAccounts(),
        cases=MemoryCases(),
        notices=Notices(keys.public("notification"), clock=clock, ids=new_id),
        clock=clock,
    )


def disabling(account: Account, **changes: Any) -> DisableAccount:
    values: dict[str, Any] = {
        "account_id": account.account_id,
        "case_id": new_id(),
        "reason": "shared_again",
        "signals": ("overlap",),
        "occurred_at": build.NOW,
    }
    return DisableAccount(**(values | changes))


async def disable(at: CaseDesk, message: DisableAccount) -> Work:
    received = build.received(message)
    work = build.work_for(received)
    await disable_account(received, work, desk=at)
    return work


async def resolve(
    at: CaseDesk, case_id: str, resolution: str, *, actor: Actor | None = None
) -> tuple[CaseResolved, Work]:
    message = ResolveCase(case_id=case_id, resolution=resolution, note="Called back.")
    received = build.received(message, actor or build.agent())
    work = build.work_for(received)
    return await resolve_case(received, work, desk=at), work


async def cases_of(at: CaseDesk, state: str = "open", *, actor: Actor | None = None) -> tuple[CaseView, ...]:
    message = ListCases(state=state)
    return (await list_cases(build.received(message, actor or build.agent()), desk=at)).cases


async def status_of(at: CaseDesk, account: Account) -> Status:
    found = await at.accounts.get(account.account_id)
    assert found is not None
    return found.status


@pytest.mark.req("LOG-8")
async def test_disabling_ends_access_tells_the_owner_and_opens_a_case() -> None:
    at, account = desk(), build.account()
    await at.accounts.add(account)

    work = await disable(at, disabling(account))

    assert await status_of(at, account) is Status.DISABLED
    changed, disabled, act = work.events
    assert changed == AccessChanged(account_id=account.account_id, changed_at=build.NOW, end_sessions=True)
    assert disabled == AccountDisabled(account_id=account.account_id, reason="shared_again", disabled_at=build.NOW)
    assert isinstance(act, ActRecorded)
    assert (act.act, act.about) == ("authn_login_lock", account.account_id)
    [notice] = work.commands
    assert isinstance(notice, SendAccessNotice)
    assert (notice.kind, notice.account_id, notice.secret) == ("account_disabled", account.account_id, None)
    [case] = await cases_of(at)
    assert (case.account_id, case.reason, case.signals) == (account.account_id, "shared_again", ("overlap",))


@pytest.mark.req("LOG-8")
async def test_the_same_case_again_changes_nothing() -> None:
    at, account = desk(), build.account()
    await at.accounts.add(account)
    message = disabling(account)
    await disable(at, message)

    work = await disable(at, message)

    assert (work.events, work.commands) == ([], [])
    assert len(await cases_of(at)) == 1


async def test_an_unknown_account_opens_no_case() -> None:
    at = desk()

    work = await disable(at, disabling(build.account()))

    assert (work.events, work.commands, await cases_of(at)) == ([], [], ())


@pytest.mark.req("LOG-8", "K9")
async def test_k9_an_agent_reinstates_an_account_and_stands_for_it() -> None:
    at, account, agent = desk(), build.account(), build.agent()
    await at.accounts.add(account)
    message = disabling(account)
    await disable(at, message)

    answer, work = await resolve(at, message.case_id, "reinstate", actor=agent)

    assert await status_of(at, account) is Status.ACTIVE
    assert (answer.case.state, answer.case.resolved_by, answer.case.note) == (
        "reinstated",
        agent.account_id,
        "Called back.",
    )
    reinstated, act = work.events
    assert reinstated == AccountReinstated(account_id=account.account_id, reinstated_at=build.NOW)
    assert isinstance(act, ActRecorded)
    assert (act.act, act.account_id, act.about) == ("user_updated", agent.account_id, account.account_id)
    assert act.details == {"case_id": message.case_id, "resolution": "reinstate"}
    assert [command.kind for command in work.commands if isinstance(command, SendAccessNotice)] == [
        "account_reinstated"
    ]
    assert await cases_of(at) == ()
    assert [case.state for case in await cases_of(at, "all")] == ["reinstated"]


@pytest.mark.req("LOG-8", "K9")
async def test_k9_an_account_that_is_kept_disabled_stays_so() -> None:
    at, account = desk(), build.account()
    await at.accounts.add(account)
    message = disabling(account)
    await disable(at, message)

    answer, work = await resolve(at, message.case_id, "keep")

    assert answer.case.state == "kept"
    assert await status_of(at, account) is Status.DISABLED
    assert (len(work.events), work.commands) == (1, [])


@pytest.mark.req("LOG-8")
async def test_a_case_is_decided_once() -> None:
    at, account = desk(), build.account()
    await at.accounts.add(account)
    message = disabling(account)
    await disable(at, message)
    await resolve(at, message.case_id, "keep")

    with pytest.raises(CaseClosedError):
        await resolve(at, message.case_id, "reinstate")
    with pytest.raises(CaseUnknownError):
        await resolve(at, new_id(), "keep")
    assert await status_of(at, account) is Status.DISABLED


@pytest.mark.req("LOG-8")
async def test_cases_are_for_agents_alone() -> None:
    at, account = desk(), build.account()
    await at.accounts.add(account)
    message = disabling(account)
    await disable(at, message)
    member = build.member_actor(None, account_id=account.account_id)

    with pytest.raises(AgentsOnlyError):
        await cases_of(at, actor=member)
    with pytest.raises(AgentsOnlyError):
        await resolve(at, message.case_id, "reinstate", actor=member)


@pytest.mark.req("LOG-8")
async def test_a_second_case_of_a_disabled_account_does_not_disable_it_twice() -> None:
    at, account = desk(), build.account()
    await at.accounts.add(account)
    await disable(at, disabling(account))
    await disable(at, disabling(account, reason="owner_said_no"))

    assert {case.reason for case in await cases_of(at)} == {"shared_again", "owner_said_no"}
    found = await at.accounts.get(account.account_id)
    assert found == replace(account, status=Status.DISABLED, version=account.version + 1)
