"""Runs that one agent prepares and another approves, and their calendar (PAY-1, PAY-8)."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Part, Query, RecordedAct, View
from shared.contracts.payments import PayeeClass

RunState = Literal["preparing", "prepared", "approved", "releasing", "released", "stopping", "stopped", "empty"]
PayeeOutcome = Literal["deposit", "cheque", "held", "no_deposit", "below_minimum", "owes"]


class ActRecorded(RecordedAct):
    """An act about a payment run: prepared, approved, stopped."""

    wire_type: ClassVar[str] = "payments.run_act_recorded.v1"


class PrepareRun(Command):
    """Take what is payable to a class of payees into a run, to be looked at and approved (PAY-8)."""

    wire_type: ClassVar[str] = "payments.prepare_run.v1"
    run_id: Identifier
    payee_class: PayeeClass


class ApproveRun(Command):
    """Stand for a prepared run as another agent than the one who prepared it (PAY-8)."""

    wire_type: ClassVar[str] = "payments.approve_run.v1"
    run_id: Identifier


class StopRun(Command):
    """Give back what a run took, before it is sent (PAY-8)."""

    wire_type: ClassVar[str] = "payments.stop_run.v1"
    run_id: Identifier
    reason: str = Field(min_length=1, max_length=500)


class PreviewRun(Query):
    """What a run is going to pay, for agents."""

    wire_type: ClassVar[str] = "payments.preview_run.v1"
    run_id: Identifier


class ListRuns(Query):
    """The runs begun last, the latest first."""

    wire_type: ClassVar[str] = "payments.list_runs.v1"
    limit: int = Field(default=20, ge=1, le=100)


class ListRunPayees(Query):
    """Payees in a run, in the order of their ids; of one outcome, or all."""

    wire_type: ClassVar[str] = "payments.list_run_payees.v1"
    run_id: Identifier
    outcome: PayeeOutcome | None = None
    after: Identifier | None = None
    limit: int = Field(default=50, ge=1, le=500)


class ListRunDates(Query):
    """The coming runs of both classes (PAY-1)."""

    wire_type: ClassVar[str] = "payments.list_run_dates.v1"
    limit: int = Field(default=10, ge=1, le=60)


class RunPayee(Part):
    """A payee in a run; ``amount_cents`` is negative for one who owes more than is payable."""

    payee_id: Identifier
    outcome: PayeeOutcome
    claims: int
    amount_cents: int


class RunFigures(Part):
    """Payees of one outcome, together."""

    outcome: PayeeOutcome
    payees: int
    claims: int
    amount_cents: int


class RunPreview(View):
    """A run before it is sent, and what became of it.

    Attributes:
        approvals_needed: agents who must stand for it, its preparer included; those who do are ``agents``.
        payees: who is paid, by deposit or cheque; ``claims`` and ``amount_cents`` are theirs.
        carried_over_payees: who is owed something and waits for a later run.
        outcomes: all payees by what is done about them.
        largest: the largest payments.
        release_at: when an approved run goes out; it can be stopped until then.
        dropped_payees: could be paid when the run was prepared, and no longer when it went out.
        given_back_payables: how many payables stopping gave back, of together ``given_back_cents``.
    """

    run_id: Identifier
    payee_class: PayeeClass
    state: RunState
    begun_at: Instant
    prepared_by: Identifier | None = None
    agents: tuple[Identifier, ...] = ()
    approvals_needed: int
    payees: int
    claims: int
    amount_cents: int
    carried_over_payees: int
    carried_over_cents: int
    outcomes: tuple[RunFigures, ...] = ()
    largest: tuple[RunPayee, ...] = ()
    approved_at: Instant | None = None
    release_at: Instant | None = None
    payable_on: date | None = None
    released_payees: int = 0
    released_cents: int = 0
    dropped_payees: int = 0
    dropped_cents: int = 0
    stopped_by: Identifier | None = None
    stop_reason: str | None = None
    given_back_payables: int = 0
    given_back_cents: int = 0


class RunsPage(View):
    """Runs, the latest first."""

    runs: tuple[RunPreview, ...]


class RunPayeesPage(View):
    """A page of payees and the cursor of the next."""

    payees: tuple[RunPayee, ...]
    next_after: Identifier | None = None


class RunDateView(Part):
    """A run to come: prepared at ``due_at``; approved before ``cut_off_at`` it pays on ``payable_on``."""

    run_id: Identifier
    payee_class: PayeeClass
    day: date
    due_at: Instant
    cut_off_at: Instant
    payable_on: date


class RunDates(View):
    """The coming runs, the earliest first."""

    dates: tuple[RunDateView, ...]
