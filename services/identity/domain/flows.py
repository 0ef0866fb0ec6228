"""Enrolments: paths as data, and flows that walk them step by step (REG-1 to REG-16).

Steps are taken in their order; none is skipped. A step that was done may be done again as long as nothing final stands
after it: its record is replaced, and the steps after it, which rested on it, are to be done again. ``code`` is final:
what a mailbox vouched for does not change any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from services.identity.domain.errors import FlowUnknownError, StepOutOfOrderError

CODE: Final = "code"
"""The step that is done when the code from the mail came back."""
FINAL_STEPS: Final = frozenset({CODE})

Value: TypeAlias = "str | int | bool | datetime | Sequence[Value] | Mapping[str, Value] | None"
Record: TypeAlias = Mapping[str, Value]
"""What is kept of a step: plain values, secrets as hashes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDefinition:
    """A way to an account.

    Attributes:
        code: Its name.
        steps: In their order; the flow is closed when the last is done.
        by_account: Walked by somebody signed in, after the account exists (REG-16).
        lifetime: How long a flow stays open.
        wait: How long after the account is made online services open (REG-18).
        terms_id: Which terms of use people of this path accept (LOG-7).
        password_policy: What a password typed before the code must be like; it cannot depend on what is known (REG-21).
    """

    code: str
    steps: tuple[str, ...]
    by_account: bool = False
    lifetime: timedelta = timedelta(hours=24)
    wait: timedelta = timedelta()
    terms_id: str = "members"
    password_policy: str = "source"  # noqa: S105 - the name of a policy

    def opens_at(self, created_at: datetime) -> datetime | None:
        """When online services open for an account made now; ``None`` where nobody waits."""
        return created_at + self.wait if self.wait else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """What goes to which mailbox when a code is due: the code itself, or, when there will be no account, the notice
    that says why (REG-21). Without an address nothing goes out, and nobody is told that.
    """

    email: str | None
    language: str
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of a flow that was taken, what is kept of it, and what was mailed because of it."""

    step: str
    record: Record
    done_at: datetime
    mailing: Mailing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One person's way along a path.

    ``account_id`` is the account that the flow belongs to, or the one that came of it. ``version`` is raised by every
    change; a change to an older version is refused.
    """

    flow_id: str
    path: str
    language: str
    started_at: datetime
    expires_at: datetime
    account_id: str | None = None
    done: tuple[StepDone, ...] = ()
    closed_at: datetime | None = None
    version: int = 1

    def open(self, now: datetime) -> bool:
        """Not finished and not expired."""
        return self.closed_at is None and now < self.expires_at

    def record(self, step: str) -> Record:
        """What is kept of a step that was done.

        Raises:
            FlowUnknownError: it was not; steps are in order, so this path does not have it.
        """
        for taken in self.done:
            if taken.step == step:
                return taken.record
        raise FlowUnknownError

    @property
    def mailing(self) -> Mailing | None:
        """What was mailed last, to be mailed again."""
        return next((taken.mailing for taken in reversed(self.done) if taken.mailing is not None), None)

    def has_done(self, step: str) -> bool:
        """Whether a step was taken."""
        return any(taken.step == step for taken in self.done)

    def current(self, path: PathDefinition) -> str | None:
        """The step that comes next; ``None`` when all are done or the flow is closed."""
        if self.closed_at is not None or len(self.done) >= len(path.steps):
            return None
        return path.steps[len(self.done)]

    def check(self, step: str, path: PathDefinition, *, now: datetime) -> None:
        """Accept the current step, or an earlier one with nothing final at or after it.

        Raises:
            FlowUnknownError: expired.
            StepOutOfOrderError: any other step.
        """
        if now >= self.expires_at:
            raise FlowUnknownError
        if step == self.current(path):
            return
        names = [taken.step for taken in self.done]
        if self.closed_at is not None or step not in names or FINAL_STEPS & set(names[names.index(step) :]):
            raise StepOutOfOrderError

    def take(self, step: str, record: Record, *, now: datetime, mailing: Mailing | None = None) -> "Flow":
        """The flow after a step (checked before); what was done after it falls away."""
        names = [taken.step for taken in self.done]
        before = self.done[: names.index(step)] if step in names else self.done
        return replace(self, done=(*before, StepDone(step, record, now, mailing)))

    def close(self, *, now: datetime, account_id: str | None = None) -> "Flow":
        """The flow at its end: what was typed is forgotten, the names of the steps stay."""
        done = tuple(StepDone(taken.step, {}, taken.done_at) for taken in self.done)
        return replace(self, done=done, closed_at=now, account_id=account_id or self.account_id)

    def ended_with(self, step: str) -> bool:
        """Whether ``step`` was the one that closed it, so that its answer may be given again."""
        return self.closed_at is not None and bool(self.done) and self.done[-1].step == step


def begin(flow_id: str, path: PathDefinition, *, language: str, now: datetime, account_id: str | None = None) -> Flow:
    """A flow at its start."""
    return Flow(
        flow_id=flow_id,
        path=path.code,
        language=language,
        started_at=now,
        expires_at=now + path.lifetime,
        account_id=account_id,
    )


def own_flow_id(account_id: str) -> str:
    """The flow of somebody signed in: one per account, found without asking for its name."""
    return f"account:{account_id}"
