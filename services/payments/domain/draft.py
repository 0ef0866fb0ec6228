"""Runs before they are sent: prepared, looked at, approved by another agent, or stopped (PAY-8).

    preparing -> prepared -> approved -> releasing -> released
    preparing -> empty
    prepared or approved -> stopping -> stopped

Preparing, releasing and stopping go through the payees slice by slice, each slice in a transaction of its own that also
moves ``cursor``: a process that dies leaves a run that any other carries on. A class of payees has one run under way at
most. Nothing is booked before the run is released, so that stopping has nothing to reverse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal

from services.payments.domain.draft_errors import RunDecidedAlready, RunNotReady, SecondAgentNeeded
from services.payments.domain.payable import Payable, PayeeClass
from shared.money import Cents

DraftState = Literal["preparing", "prepared", "approved", "releasing", "released", "stopping", "stopped", "empty"]
PayeeOutcome = Literal["deposit", "cheque", "held", "no_deposit", "below_minimum", "owes"]
"""What a run does about a payee: pay by deposit or cheque, or leave what is open for a later one, and why."""

PAID: Final[tuple[PayeeOutcome, ...]] = ("deposit", "cheque")
LEFT: Final[tuple[PayeeOutcome, ...]] = ("held", "no_deposit", "below_minimum", "owes")
CARRIED_OVER: Final[tuple[PayeeOutcome, ...]] = ("held", "no_deposit", "below_minimum")
UNDER_WAY: Final[frozenset[DraftState]] = frozenset({"preparing", "releasing", "stopping"})
"""States in which slices are still to be done."""
OCCUPYING: Final[frozenset[DraftState]] = UNDER_WAY | {"prepared", "approved"}
"""States in which a class can have no other run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBatch:
    """A payee in a run. ``payables`` is empty for those whom the run leaves out; ``claims`` is not."""

    run_id: str
    payee_id: str
    outcome: PayeeOutcome
    amount_cents: Cents
    claims: int
    payables: tuple[Payable, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Payees of one outcome, together."""

    payees: int = 0
    claims: int = 0
    amount_cents: Cents = 0

    def plus(self, batch: DraftBatch) -> "Figures":
        return Figures(self.payees + 1, self.claims + batch.claims, self.amount_cents + batch.amount_cents)

    def and_(self, other: "Figures") -> "Figures":
        return Figures(self.payees + other.payees, self.claims + other.claims, self.amount_cents + other.amount_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRun:
    """A run under way.

    Attributes:
        agents: who stands for the run: the one who prepared it, unless the calendar did, and who approved.
        figures: by what is done about payees, as far as the run is prepared.
        cursor: the last payee whom the present state has dealt with.
        release_at: when an approved run goes out; until then it can be stopped.
        parts: messages in which it goes out, of ``part_size`` payees each; ``parts_done`` of them are committed.
        released: what did go out.
        dropped: payees who could be paid when the run was prepared, and no longer when it went out.
        given_back: payables that stopping gave back, and their sum.
        version: rises with every change; a change of an old one is refused.
    """

    run_id: str
    payee_class: PayeeClass
    state: DraftState
    begun_at: datetime
    prepared_by: str | None = None
    agents: tuple[str, ...] = ()
    figures: Mapping[PayeeOutcome, Figures] = field(default_factory=dict)
    cursor: str | None = None
    approved_at: datetime | None = None
    release_at: datetime | None = None
    payable_on: date | None = None
    part_size: int = 0
    parts: int = 0
    parts_done: int = 0
    released: Figures = Figures()
    dropped: Figures = Figures()
    stopped_by: str | None = None
    stop_reason: str | None = None
    given_back: Figures = Figures()
    version: int = 1

    @property
    def paid(self) -> Figures:
        """What the run is going to pay."""
        return self._sum(PAID)

    @property
    def carried_over(self) -> Figures:
        """What is owed to payees whom the run leaves out."""
        return self._sum(CARRIED_OVER)

    def _sum(self, outcomes: tuple[PayeeOutcome, ...]) -> Figures:
        total = Figures()
        for outcome in outcomes:
            total = total.and_(self.figures.get(outcome, Figures()))
        return total

    def took(self, batches: "list[DraftBatch]", *, cursor: str) -> "DraftRun":
        """A slice of payees is sorted out."""
        figures = dict(self.figures)
        for batch in batches:
            figures[batch.outcome] = figures.get(batch.outcome, Figures()).plus(batch)
        return replace(self, figures=figures, cursor=cursor)

    def complete(self) -> "DraftRun":
        """There are no more payees; a run that pays nobody is over."""
        return replace(self, state="prepared" if self.paid.payees else "empty", cursor=None)

    def approve(self, account_id: str, *, needed: int, at: datetime, release_at: datetime) -> "DraftRun":
        """Another agent stands for the run; it is approved as soon as ``needed`` do. Twice by the same is once.

        Raises:
            SecondAgentNeeded: the agent stands for it already, and another is needed.
            RunNotReady: it is still being prepared.
            RunDecidedAlready: somebody else approved or stopped it.
        """
        if self.state == "preparing":
            raise RunNotReady(self.run_id)
        if self.state != "prepared":
            if account_id in self.agents and self.stopped_by is None and self.approved_at is not None:
                return self
            raise RunDecidedAlready(self.run_id, self.state)
        if account_id in self.agents and len(self.agents) < needed:
            raise SecondAgentNeeded(self.run_id)
        agents = self.agents if account_id in self.agents else (*self.agents, account_id)
        if len(agents) < needed:
            return replace(self, agents=agents)
        return replace(self, agents=agents, state="approved", approved_at=at, release_at=release_at)

    def stop(self, account_id: str, *, reason: str) -> "DraftRun":
        """Give everything back; possible until the run goes out.

        Raises:
            RunNotReady: it is still being prepared.
            RunDecidedAlready: it went out, or there was nothing in it.
        """
        if self.state in {"stopping", "stopped"}:
            return self
        if self.state == "preparing":
            raise RunNotReady(self.run_id)
        if self.state not in {"prepared", "approved"}:
            raise RunDecidedAlready(self.run_id, self.state)
        return replace(self, state="stopping", stopped_by=account_id, stop_reason=reason, cursor=None)

    def release(self, *, payable_on: date, part_size: int) -> "DraftRun":
        """The time in which it could be stopped is over."""
        parts = -(-self.paid.payees // part_size)
        return replace(self, state="releasing", payable_on=payable_on, part_size=part_size, parts=parts, cursor=None)

    def part_released(self, paid: Figures, dropped: Figures, *, cursor: str) -> "DraftRun":
        """One part more went out; the last one ends the run."""
        done = self.parts_done + 1
        return replace(
            self,
            parts_done=done,
            state="released" if done == self.parts else "releasing",
            released=self.released.and_(paid),
            dropped=self.dropped.and_(dropped),
            cursor=cursor,
        )

    def gave_back(self, payables: int, amount_cents: Cents) -> "DraftRun":
        """Some payables are open again; none are left when there were none."""
        if not payables:
            return replace(self, state="stopped")
        return replace(self, given_back=self.given_back.and_(Figures(0, payables, amount_cents)))
