"""The one mechanism of enrolments: begin, do a step, have the code sent again, look where it stands (REG-1 to REG-16).

A feature adds steps; the mechanism knows their order, keeps what they leave, and mails codes or notices. Whatever is
costly (opening and hashing secrets) is prepared before the transaction.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from services.identity.domain.errors import FlowUnknownError, PathUnknownError
from services.identity.domain.flows import Flow, Mailing, PathDefinition, Record, begin
from services.identity.domain.plans import Rules
from services.identity.handlers.mailing import mail
from services.identity.handlers.views import AccountViews
from services.identity.ports import AccountRepository, FlowRepository
from shared.clock import Clock
from shared.contracts import Actor, Command, Part, Sealed
from shared.contracts.identity.enrolment import (
    EnrolmentView,
    GetEnrolment,
    ResendEnrolmentCode,
    StartEnrolment,
    SubmitStep,
)
from shared.envelopes import Received
from shared.mongo import Session
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener

D = TypeVar("D", bound=Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Generic[D]):
    """A step as it came in: what was typed, the flow before it, and what was prepared before the transaction.

    ``open`` gives the plain text of a sealed field by its name, while preparing only.
    """

    data: D
    flow: Flow
    path: PathDefinition
    received: Received[Any]
    now: datetime
    open: Callable[[str, Sealed], str]
    prepared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a step leaves: its record, the account that came of it, and what is mailed because of it."""

    record: Record = field(default_factory=dict)
    account_id: str | None = None
    mailing: Mailing | None = None


async def _prepare_nothing(_submission: Submission[Any]) -> Mapping[str, str]:
    return {}


async def _show_nothing(_flow: Flow, _session: Session | None) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that paths may consist of.

    Attributes:
        data: Its contract; the default of its field ``step`` is its name.
        take: Does it, in the transaction. Raises domain errors; then nothing is written.
        prepare: What is costly, before the transaction: opens and hashes secrets, checks shapes.
        show: What the person sees when this step is the current one.
        paths: Where it does just this; on every other path when empty. So ``code`` may end each path in its own way.
    """

    data: type[Part]
    take: Callable[[Submission[Any], Work], Awaitable[Taken]]
    prepare: Callable[[Submission[Any]], Awaitable[Mapping[str, str]]] = _prepare_nothing
    show: Callable[[Flow, Session | None], Awaitable[Mapping[str, str]]] = _show_nothing
    paths: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return str(self.data.model_fields["step"].default)


ANYWHERE: Final = ""


class Steps:
    """The steps of all features.

    Raises:
        TypeError: two steps have one name on one path.
    """

    def __init__(self, *features: Sequence[Step]) -> None:
        self._steps: dict[tuple[str, str], Step] = {}
        for step in (step for feature in features for step in feature):
            for path in step.paths or {ANYWHERE}:
                if self._steps.setdefault((path, step.name), step) is not step:
                    raise TypeError(f"two steps are named {step.name}")

    def of(self, path: str, name: str) -> Step:
        """The step of a path.

        Raises:
            KeyError: nobody wrote it.
        """
        return self._steps.get((path, name)) or self._steps[(ANYWHERE, name)]

    def missing(self, path: PathDefinition) -> tuple[str, ...]:
        """Steps of a path that nobody wrote."""
        return tuple(name for name in path.steps if not {(path.code, name), (ANYWHERE, name)} & set(self._steps))


class PreparedStep(Command):
    """``SubmitStep`` after its costly part: never on the wire."""

    wire_type = "local.prepared_step.v1"

    request: SubmitStep
    prepared: Mapping[str, str]


class Enrolments:
    """The mechanism over its repositories.

    Raises:
        TypeError: a path has a step that nobody wrote.
    """

    def __init__(
        self,
        rules: Rules,
        steps: Steps,
        *,
        flows: FlowRepository,
        accounts: AccountRepository,
        views: AccountViews,
        opener: SecretOpener,
        clock: Clock,
    ) -> None:
        unwritten = {name for path in rules.paths.values() for name in steps.missing(path)}
        if unwritten:
            raise TypeError(f"steps without a handler: {sorted(unwritten)}")
        self._rules: Final = rules
        self._steps: Final = steps
        self._flows: Final = flows
        self._accounts: Final = accounts
        self._views: Final = views
        self._opener: Final = opener
        self._clock: Final = clock

    async def start(self, received: Received[StartEnrolment], work: Work) -> EnrolmentView:
        """Begin; beginning again under the same id changes nothing.

        Raises:
            PathUnknownError: no such path, or one that only somebody signed in walks.
        """
        message = received.message
        path = self._rules.paths.get(message.path)
        if path is None or path.by_account:
            raise PathUnknownError
        flow = await self._flows.get(message.enrolment_id, session=work.session)
        if flow is None:
            flow = begin(message.enrolment_id, path, language=message.language, now=self._clock())
            await self._flows.add(flow, session=work.session)
        return await self.view(flow, work.session)

    async def prepare(self, received: Received[SubmitStep]) -> Received[PreparedStep]:
        """The costly part of a step, before any transaction: transactions are shared and run again after conflicts.

        Raises:
            FlowUnknownError, StepOutOfOrderError: as in ``submit``.
            AppError: what the step says of the shape of its data.
        """
        message = received.message
        flow = await self._found(message.enrolment_id, received.actor)
        prepared: Mapping[str, str] = {}
        if not flow.ended_with(message.data.step):
            submission = self._submission(received, message, flow)
            flow.check(message.data.step, submission.path, now=submission.now)
            prepared = await self._steps.of(flow.path, message.data.step).prepare(submission)
        return replace_message(received, PreparedStep(request=message, prepared=prepared))

    async def submit(self, received: Received[PreparedStep], work: Work) -> EnrolmentView:
        """Do a step. Doing the one that finished the enrolment again answers as it did then.

        Raises:
            FlowUnknownError: not begun, expired, or somebody else's.
            StepOutOfOrderError: another step is next; nothing is written (R2).
            FlowChangedError: another step came at the same time.
            AppError: what the step says.
        """
        request, prepared = received.message.request, received.message.prepared
        flow = await self._found(request.enrolment_id, received.actor, session=work.session)
        step = request.data.step
        if flow.ended_with(step):
            return await self.view(flow, work.session)
        submission = replace(self._submission(received, request, flow), prepared=prepared)
        flow.check(step, submission.path, now=submission.now)
        taken = await self._steps.of(flow.path, step).take(submission, work)
        after = flow.take(step, taken.record, now=submission.now, mailing=taken.mailing)
        after = replace(after, account_id=taken.account_id or after.account_id)
        if taken.mailing is not None and request.code is not None:
            mail(taken.mailing, request.code, work, now=submission.now)
        if after.current(submission.path) is None:
            after = after.close(now=submission.now)
        await self._flows.save(after, session=work.session)
        return await self.view(after, work.session)

    async def resend(self, received: Received[ResendEnrolmentCode], work: Work) -> EnrolmentView:
        """Have another code, or the same notice once more, mailed.

        Raises:
            FlowUnknownError: nothing was mailed; the edge knows that already when its own challenge is in order.
        """
        message, now = received.message, self._clock()
        flow = await self._found(message.enrolment_id, received.actor, session=work.session)
        if flow.mailing is None or not flow.open(now):
            raise FlowUnknownError
        mail(flow.mailing, message.code, work, now=now)
        return await self.view(flow, work.session)

    async def get(self, received: Received[GetEnrolment]) -> EnrolmentView:
        """How far an enrolment is (steps can be left and resumed).

        Raises:
            FlowUnknownError: not begun, expired, or somebody else's.
        """
        flow = await self._found(received.message.enrolment_id, received.actor)
        if self._clock() >= flow.expires_at:
            raise FlowUnknownError
        return await self.view(flow, None)

    async def view(self, flow: Flow, session: Session | None) -> EnrolmentView:
        """How the flow looks from outside."""
        path = self._rules.paths[flow.path]
        current = flow.current(path)
        shown = {} if current is None else await self._steps.of(flow.path, current).show(flow, session)
        account = None
        if flow.closed_at is not None and flow.account_id is not None:
            found = await self._accounts.get(flow.account_id, session=session)
            account = None if found is None else await self._views.of(found, session=session)
        return EnrolmentView(
            enrolment_id=flow.flow_id,
            path=flow.path,
            language=flow.language,
            steps=path.steps,
            done=tuple(taken.step for taken in flow.done),
            current=current,
            expires_at=flow.expires_at,
            shown=shown,
            account=account,
        )

    async def _found(self, flow_id: str, actor: Actor | None, *, session: Session | None = None) -> Flow:
        """The flow, if it is the caller's: whoever knows its name, or, on paths by account, who is signed in to it."""
        flow = await self._flows.get(flow_id, session=session)
        if flow is None or flow.path not in self._rules.paths:
            raise FlowUnknownError
        if self._rules.paths[flow.path].by_account and (actor is None or actor.account_id != flow.account_id):
            raise FlowUnknownError
        return flow

    def _submission(self, received: Received[Any], message: SubmitStep, flow: Flow) -> Submission[Any]:
        now = self._clock()

        def opened(name: str, sealed: Sealed) -> str:
            return self._opener.open(sealed, binding=Binding(name, message.enrolment_id), now=now)

        return Submission(
            data=message.data, flow=flow, path=self._rules.paths[flow.path], received=received, now=now, open=opened
        )


def replace_message(received: Received[Any], message: PreparedStep) -> Received[PreparedStep]:
    """The same delivery with the prepared message in it."""
    return Received(message, received.message_id, received.correlation_id, received.actor, received.trace)
