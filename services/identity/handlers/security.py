"""Disabling accounts that look shared, and what agents decide about them (LOG-8)."""

from dataclasses import dataclass, replace
from typing import Final, cast

from services.identity.domain.accounts import AGENT, Account, Status
from services.identity.domain.cases import Case, CaseStatus
from services.identity.domain.errors import AgentsOnlyError, CaseClosedError, CaseUnknownError
from services.identity.handlers.acts import note
from services.identity.ports import AccountRepository, CaseRepository
from shared.clock import Clock
from shared.contracts import Actor
from shared.contracts.identity.access import AccessChanged
from shared.contracts.identity.cases import (
    AccountDisabled,
    AccountReinstated,
    CaseResolved,
    CasesView,
    CaseView,
    DisableAccount,
    DisableReason,
    ListCases,
    ResolveCase,
)
from shared.envelopes import Received
from shared.notices import Notices
from shared.outbox import Work

MOST_CASES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDesk:
    """What the handlers of cases work with."""

    accounts: AccountRepository
    cases: CaseRepository
    notices: Notices
    clock: Clock


async def disable_account(received: Received[DisableAccount], work: Work, *, desk: CaseDesk) -> None:
    """Disable an account, end all its sessions, tell its owner and open a case. An account that is unknown, or a case
    that exists, changes nothing.
    """
    message = received.message
    account = await desk.accounts.get(message.account_id, session=work.session)
    if account is None or await desk.cases.get(message.case_id, session=work.session) is not None:
        return
    now = desk.clock()
    await desk.cases.add(_opened(message, account), session=work.session)
    if account.status is not Status.DISABLED:
        await desk.accounts.save(replace(account, status=Status.DISABLED), session=work.session)
    work.publish(AccessChanged(account_id=account.account_id, changed_at=now, end_sessions=True))
    work.publish(AccountDisabled(account_id=account.account_id, reason=message.reason, disabled_at=now))
    desk.notices.to_account(work, "account_disabled", account.account_id)
    details = {"reason": message.reason, "case_id": message.case_id}
    note(work, received, "authn_login_lock", about=account.account_id, details=details, clock=desk.clock)


async def list_cases(received: Received[ListCases], *, desk: CaseDesk) -> CasesView:
    """Cases for agents, the newest first.

    Raises:
        AgentsOnlyError.
    """
    _agent(received.require_actor())
    status = CaseStatus.OPEN if received.message.state == "open" else None
    found = await desk.cases.list_newest(status=status, limit=MOST_CASES)
    return CasesView(cases=tuple(_view(case) for case in found))


async def resolve_case(received: Received[ResolveCase], work: Work, *, desk: CaseDesk) -> CaseResolved:
    """Reinstate the account or keep it disabled, once; who decided and why stays (K9).

    Raises:
        AgentsOnlyError, CaseUnknownError, CaseClosedError.
    """
    message, agent = received.message, _agent(received.require_actor())
    case = await desk.cases.get(message.case_id, session=work.session)
    if case is None:
        raise CaseUnknownError
    reinstated = message.resolution == "reinstate"
    resolved = replace(
        case,
        status=CaseStatus.REINSTATED if reinstated else CaseStatus.KEPT,
        resolved_at=desk.clock(),
        resolved_by=agent.account_id,
        note=message.note,
    )
    if not await desk.cases.resolve(resolved, session=work.session):
        raise CaseClosedError
    if reinstated:
        await _reinstate(work, case.account_id, desk)
    details = {"case_id": case.case_id, "resolution": message.resolution}
    note(work, received, "user_updated", about=case.account_id, details=details, clock=desk.clock)
    return CaseResolved(case=_view(resolved))


async def _reinstate(work: Work, account_id: str, desk: CaseDesk) -> None:
    account = await desk.accounts.get(account_id, session=work.session)
    if account is None or account.status is not Status.DISABLED:
        return
    await desk.accounts.save(replace(account, status=Status.ACTIVE), session=work.session)
    work.publish(AccountReinstated(account_id=account_id, reinstated_at=desk.clock()))
    desk.notices.to_account(work, "account_reinstated", account_id)


def _agent(actor: Actor) -> Actor:
    if AGENT not in actor.roles:
        raise AgentsOnlyError
    return actor


def _opened(message: DisableAccount, account: Account) -> Case:
    return Case(
        case_id=message.case_id,
        account_id=account.account_id,
        user_name=account.user_name,
        display_name=account.display_name,
        reason=message.reason,
        signals=message.signals,
        opened_at=message.occurred_at,
    )


def _view(case: Case) -> CaseView:
    return CaseView(
        case_id=case.case_id,
        account_id=case.account_id,
        user_name=case.user_name,
        display_name=case.display_name,
        reason=cast("DisableReason", case.reason),
        signals=case.signals,
        opened_at=case.opened_at,
        state=case.status.value,
        resolved_at=case.resolved_at,
        resolved_by=case.resolved_by,
        note=case.note,
    )
