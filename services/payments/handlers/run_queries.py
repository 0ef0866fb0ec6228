"""Questions about runs under way, and their calendar; for agents."""

from collections.abc import Sequence
from typing import Final

from services.payments.domain.draft import LEFT, PAID, DraftBatch, DraftRun
from services.payments.domain.errors import NothingPayable, RunNotFound
from services.payments.domain.run_rules import RunRules
from services.payments.handlers.access import require_agent
from services.payments.ports import DraftRepository
from shared.clock import Clock
from shared.contracts.payments_runs import (
    ApproveRun,
    ListRunDates,
    ListRunPayees,
    ListRuns,
    PrepareRun,
    PreviewRun,
    RunDates,
    RunDateView,
    RunFigures,
    RunPayee,
    RunPayeesPage,
    RunPreview,
    RunsPage,
    StopRun,
)
from shared.envelopes import Received

LARGEST: Final = 5
"""Payments that a preview shows by themselves."""


async def preview_run(
    received: Received[PreviewRun | PrepareRun | ApproveRun | StopRun], *, drafts: DraftRepository, rules: RunRules
) -> RunPreview:
    """A run as it is now: the answer to whoever asks, prepares, approves or stops.

    Raises:
        NothingPayable: somebody prepares a run, and there is nothing in it.
    """
    require_agent(received.require_actor())
    run_id = received.message.run_id
    draft = await drafts.get(run_id, session=None)
    if draft is None:
        raise RunNotFound(run_id)
    if draft.state == "empty" and isinstance(received.message, PrepareRun):
        raise NothingPayable(draft.payee_class)
    return _preview(draft, rules=rules, largest=await drafts.list_largest(run_id, outcomes=PAID, limit=LARGEST))


async def list_runs(received: Received[ListRuns], *, drafts: DraftRepository, rules: RunRules) -> RunsPage:
    """The runs begun last, without their largest payments."""
    require_agent(received.require_actor())
    found = await drafts.list_recent(limit=received.message.limit)
    return RunsPage(runs=tuple(_preview(draft, rules=rules, largest=()) for draft in found))


async def list_run_payees(received: Received[ListRunPayees], *, drafts: DraftRepository) -> RunPayeesPage:
    """Payees in a run, page by page."""
    require_agent(received.require_actor())
    query = received.message
    if await drafts.get(query.run_id, session=None) is None:
        raise RunNotFound(query.run_id)
    outcomes = (query.outcome,) if query.outcome else (*PAID, *LEFT)
    found = await drafts.list_batches(
        query.run_id, outcomes=outcomes, after=query.after, limit=query.limit + 1, session=None
    )
    page = found[: query.limit]
    return RunPayeesPage(
        payees=tuple(_payee(batch) for batch in page),
        next_after=page[-1].payee_id if len(found) > query.limit else None,
    )


async def list_run_dates(received: Received[ListRunDates], *, rules: RunRules, clock: Clock) -> RunDates:
    """The coming runs of both classes, the earliest first."""
    require_agent(received.require_actor())
    limit, now = received.message.limit, clock()
    dates = [date for calendar in rules.calendars.values() for date in calendar.coming(now, limit=limit)]
    dates.sort(key=lambda date: (date.due_at, date.payee_class))
    return RunDates(
        dates=tuple(
            RunDateView(
                run_id=date.run_id,
                payee_class=date.payee_class,
                day=date.day,
                due_at=date.due_at,
                cut_off_at=date.cut_off_at,
                payable_on=date.payable_on,
            )
            for date in dates[:limit]
        )
    )


def _payee(batch: DraftBatch) -> RunPayee:
    return RunPayee(
        payee_id=batch.payee_id, outcome=batch.outcome, claims=batch.claims, amount_cents=batch.amount_cents
    )


def _preview(draft: DraftRun, *, rules: RunRules, largest: Sequence[DraftBatch]) -> RunPreview:
    return RunPreview(
        run_id=draft.run_id,
        payee_class=draft.payee_class,
        state=draft.state,
        begun_at=draft.begun_at,
        prepared_by=draft.prepared_by,
        agents=draft.agents,
        approvals_needed=rules.approvals,
        payees=draft.paid.payees,
        claims=draft.paid.claims,
        amount_cents=draft.paid.amount_cents,
        carried_over_payees=draft.carried_over.payees,
        carried_over_cents=draft.carried_over.amount_cents,
        outcomes=tuple(
            RunFigures(outcome=outcome, payees=of.payees, claims=of.claims, amount_cents=of.amount_cents)
            for outcome, of in sorted(draft.figures.items())
        ),
        largest=tuple(_payee(batch) for batch in largest),
        approved_at=draft.approved_at,
        release_at=draft.release_at,
        payable_on=draft.payable_on,
        released_payees=draft.released.payees,
        released_cents=draft.released.amount_cents,
        dropped_payees=draft.dropped.payees,
        dropped_cents=draft.dropped.amount_cents,
        stopped_by=draft.stopped_by,
        stop_reason=draft.stop_reason,
        given_back_payables=draft.given_back.claims,
        given_back_cents=draft.given_back.amount_cents,
    )
