"""R2 for every path there could be: whatever is submitted, in whatever order, steps are done in theirs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.errors import FlowUnknownError, StepOutOfOrderError
from services.identity.domain.flows import CODE, Flow, PathDefinition, begin, own_flow_id
from services.identity.domain.plans import Rules
from services.identity.handlers.enrolment import Enrolments, Step, Steps, Submission, Taken
from shared.clock import new_id
from shared.contracts.identity.enrolment import DisplayName, Mailbox
from shared.outbox import Work
from tests.support import identity_builders as build
from tests.support import keys
from tests.support.identity_enrolment import Desk

pytestmark = pytest.mark.req("R2")

NAMES = ("one", "two", "three", CODE, "five")
PATHS = st.permutations(NAMES).flatmap(
    lambda names: st.integers(1, len(names)).map(lambda count: PathDefinition(code="p", steps=tuple(names[:count])))
)


@given(PATHS, st.lists(st.sampled_from(NAMES), max_size=30))
def test_r2_what_is_done_is_always_a_beginning_of_the_path(path: PathDefinition, submitted: list[str]) -> None:
    flow = begin("f", path, language="fr", now=build.NOW)
    for step in submitted:
        before = flow
        try:
            flow.check(step, path, now=build.NOW)
        except StepOutOfOrderError:
            assert flow == before
            continue
        flow = flow.take(step, {"by": step}, now=build.NOW)
        if flow.current(path) is None:
            flow = flow.close(now=build.NOW)
        done = tuple(taken.step for taken in flow.done)
        assert done == path.steps[: len(done)]
        assert done[-1] == step
        proved = [taken.step for taken in before.done]
        assert CODE not in proved or done[: len(proved)] == tuple(proved), "what the code vouched for was changed"


@given(PATHS)
def test_r2_the_steps_in_their_order_finish_every_path(path: PathDefinition) -> None:
    flow = begin("f", path, language="fr", now=build.NOW)
    for step in path.steps:
        assert flow.current(path) == step
        flow.check(step, path, now=build.NOW)
        flow = flow.take(step, {}, now=build.NOW)
    assert flow.current(path) is None
    assert flow.close(now=build.NOW).ended_with(path.steps[-1])


@pytest.mark.parametrize("seconds", [0, 1])
def test_an_expired_flow_takes_no_step(seconds: int) -> None:
    path = PathDefinition(code="p", steps=("one",), lifetime=timedelta(hours=1))
    flow = begin("f", path, language="fr", now=build.NOW)
    flow.check("one", path, now=flow.expires_at - timedelta(milliseconds=1))
    with pytest.raises(FlowUnknownError):
        flow.check("one", path, now=flow.expires_at + timedelta(seconds=seconds))


async def note_it(submission: Submission[DisplayName], _work: Work) -> Taken:
    return Taken(record={"name": submission.data.display_name})


def by_account() -> tuple[Desk, Enrolments]:
    """A desk with a path that somebody signed in walks."""
    desk = Desk()
    path = PathDefinition(code="own", steps=("display_name", "mailbox"), by_account=True)
    steps = Steps((Step(data=DisplayName, take=note_it), Step(data=Mailbox, take=note_mailbox)))
    enrolments = Enrolments(
        Rules({"own": path}, {"default": replace(desk.rules.plans["default"], paths=frozenset())}),
        steps,
        flows=desk.flows,
        accounts=desk.accounts,
        views=desk.views,
        opener=keys.opener("identity"),
        clock=desk.clock,
    )
    desk.enrolments = enrolments
    return desk, enrolments


async def note_mailbox(_submission: Submission[Mailbox], _work: Work) -> Taken:
    return Taken()


@pytest.mark.req("REG-16", "R7")
async def test_an_enrolment_by_account_is_its_owners_alone_and_is_left_and_resumed() -> None:
    desk, _ = by_account()
    account_id = new_id()
    owner, other = (build.member_actor(None, account_id=each) for each in (account_id, new_id()))
    flow_id = own_flow_id(account_id)
    path = PathDefinition(code="own", steps=("display_name", "mailbox"), by_account=True)
    await desk.flows.add(begin(flow_id, path, language="fr", now=desk.now, account_id=account_id))
    for stranger in (None, other):
        with pytest.raises(FlowUnknownError):
            await desk.get(flow_id, actor=stranger)
        with pytest.raises(FlowUnknownError):
            await desk.submit(flow_id, "display_name", actor=stranger, display_name="Béa")
    view, _ = await desk.submit(flow_id, "display_name", actor=owner, display_name="Béa")
    assert (view.current, view.account) == ("mailbox", None)
    desk.advance(hours=2)
    view, _ = await desk.submit(flow_id, "display_name", actor=owner, display_name="Béatrice")
    stored: Flow | None = await desk.flows.get(flow_id)
    assert stored is not None
    assert stored.record("display_name") == {"name": "Béatrice"}
    view, _ = await desk.submit(flow_id, "mailbox", actor=owner, email="a@example.org")
    assert (view.current, view.done) == (None, ("display_name", "mailbox"))


def test_two_steps_of_one_name_on_one_path_are_a_defect() -> None:
    anywhere = Step(data=DisplayName, take=note_it)
    Steps((anywhere, Step(data=DisplayName, take=note_it, paths=frozenset({"own"}))))
    with pytest.raises(TypeError, match="display_name"):
        Steps((anywhere, Step(data=DisplayName, take=note_it)))
