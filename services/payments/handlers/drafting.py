"""Runs with two agents: one prepares and looks, another approves, either may stop (PAY-8).

What is decided here is decided by the database: a class has one run under way at most, and each decision names the
version of the run that it was made on. The slices of a run are done by ``slices``, driven by ``driver``.
"""

from collections.abc import Mapping
from typing import Any

from services.payments.domain.draft import DraftRun
from services.payments.domain.draft_errors import RunUnderWay
from services.payments.domain.errors import RunNotFound, RunOfAnotherClass
from services.payments.domain.run_rules import RunRules
from services.payments.handlers.access import require_agent
from services.payments.ports import DraftRepository, RunRepository
from shared.clock import Clock
from shared.contracts import Done
from shared.contracts.payments_runs import ActRecorded, ApproveRun, PrepareRun, StopRun
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work


async def prepare_run(
    received: Received[PrepareRun], work: Work, *, drafts: DraftRepository, runs: RunRepository, clock: Clock
) -> Done:
    """Begin the run ``run_id``; nothing when it is there already."""
    actor, command = received.require_actor(), received.message
    require_agent(actor)
    await runs.take_turn(command.payee_class, session=work.session)
    known = await drafts.get(command.run_id, session=work.session)
    if known is not None:
        if known.payee_class != command.payee_class:
            raise RunOfAnotherClass(known.run_id, known.payee_class)
        return Done()
    occupying = await drafts.occupying(command.payee_class, session=work.session)
    if occupying is not None:
        raise RunUnderWay(occupying)
    draft = DraftRun(
        run_id=command.run_id,
        payee_class=command.payee_class,
        state="preparing",
        begun_at=clock(),
        prepared_by=actor.account_id,
        agents=(actor.account_id,),
    )
    await drafts.add(draft, session=work.session)
    _note(received, work, "prepared", draft, clock=clock)
    return Done()


async def approve_run(
    received: Received[ApproveRun], work: Work, *, drafts: DraftRepository, rules: RunRules, clock: Clock
) -> Done:
    """Stand for a run; it goes out when enough agents do and the time to stop it is over."""
    actor = received.require_actor()
    require_agent(actor)
    draft = await _draft(received.message.run_id, drafts=drafts, session=work.session)
    now = clock()
    approved = draft.approve(actor.account_id, needed=rules.approvals, at=now, release_at=now + rules.stop_window)
    if approved is not draft:
        await drafts.save(approved, session=work.session)
        _note(received, work, "approved", approved, clock=clock)
    return Done()


async def stop_run(received: Received[StopRun], work: Work, *, drafts: DraftRepository, clock: Clock) -> Done:
    """Stop a run that did not go out yet."""
    actor = received.require_actor()
    require_agent(actor)
    draft = await _draft(received.message.run_id, drafts=drafts, session=work.session)
    stopped = draft.stop(actor.account_id, reason=received.message.reason)
    if stopped is not draft:
        await drafts.save(stopped, session=work.session)
        _note(received, work, "stopped", stopped, clock=clock)
    return Done()


async def _draft(run_id: str, *, drafts: DraftRepository, session: Session | None) -> DraftRun:
    draft = await drafts.get(run_id, session=session)
    if draft is None:
        raise RunNotFound(run_id)
    return draft


def _note(received: Received[Any], work: Work, what: str, draft: DraftRun, *, clock: Clock) -> None:
    actor = received.require_actor()
    details: Mapping[str, str] = {"what": f"payment_run_{what}", "run_id": draft.run_id}
    work.publish(
        ActRecorded(
            act="sensitive_update",
            account_id=actor.account_id,
            correlation_id=received.correlation_id,
            occurred_at=clock(),
            details=details,
        )
    )
