"""The mechanism of enrolments: order, resuming, expiry, and who may go on with which."""

import pytest

from services.identity.domain.errors import FlowChangedError, FlowUnknownError, PathUnknownError, StepOutOfOrderError
from shared.clock import new_id
from shared.contracts.identity import MemberRegistered
from shared.contracts.identity.access import ActRecorded
from shared.contracts.notification import SendCode
from tests.support import identity_builders as build
from tests.support.identity_enrolment import Desk, credentials_email, facts


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.req("REG-1")
async def test_every_step_in_its_order_makes_an_account(desk: Desk) -> None:
    dossier = await desk.on_roster()
    email = build.random_email()
    enrolment_id, work = await desk.walk_member_email(dossier, email=email)
    assert [type(command) for command in work.commands] == [SendCode]
    assert (await desk.get(enrolment_id)).current == "code"
    view, confirmed = await desk.submit(enrolment_id, "code")
    assert view.current is None
    assert view.account is not None
    assert view.account.user_name == email
    assert [type(event) for event in confirmed.events] == [MemberRegistered, ActRecorded]
    account = await desk.accounts.get_by_dossier(dossier.dossier_id)
    assert account is not None
    assert account.email == email


@pytest.mark.req("R2", "REG-1")
@pytest.mark.parametrize("step", ["credentials_email", "code"])
async def test_r2_a_step_cannot_be_done_before_its_turn(desk: Desk, step: str) -> None:
    enrolment_id = await desk.start("member_email")
    before = await desk.flows.get(enrolment_id)
    data = credentials_email(enrolment_id) if step == "credentials_email" else {}
    with pytest.raises(StepOutOfOrderError):
        await desk.submit(enrolment_id, step, **data)
    assert await desk.flows.get(enrolment_id) == before


@pytest.mark.req("R2")
async def test_r2_nothing_is_done_in_an_enrolment_that_was_never_begun(desk: Desk) -> None:
    enrolment_id = new_id()
    with pytest.raises(FlowUnknownError):
        await desk.submit(enrolment_id, "code")
    assert await desk.flows.get(enrolment_id) is None


@pytest.mark.req("R2", "REG-16")
async def test_an_enrolment_is_left_and_resumed(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id = await desk.start("member_email", language="en")
    await desk.submit(enrolment_id, "roster_facts", **facts(dossier))
    desk.advance(hours=23)
    view = await desk.get(enrolment_id)
    assert (view.path, view.language, view.done, view.current) == (
        "member_email",
        "en",
        ("roster_facts",),
        "credentials_email",
    )
    desk.advance(hours=1)
    with pytest.raises(FlowUnknownError):
        await desk.get(enrolment_id)
    with pytest.raises(FlowUnknownError):
        await desk.submit(enrolment_id, "credentials_email", **credentials_email(enrolment_id))


@pytest.mark.req("R2")
async def test_doing_an_earlier_step_again_undoes_the_later_ones(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id, _ = await desk.walk_member_email(dossier, birth_date="1950-01-01")
    view, _ = await desk.submit(enrolment_id, "roster_facts", **facts(dossier))
    assert view.current == "credentials_email"
    with pytest.raises(FlowUnknownError):
        await desk.resend(enrolment_id)
    with pytest.raises(StepOutOfOrderError):
        await desk.submit(enrolment_id, "code")


@pytest.mark.req("R2", "R3")
async def test_a_finished_enrolment_answers_its_last_step_alike_and_takes_no_other(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id, _ = await desk.walk_member_email(dossier)
    first, _ = await desk.submit(enrolment_id, "code")
    again, work = await desk.submit(enrolment_id, "code")
    assert again == first
    assert work.outgoing == []
    with pytest.raises(StepOutOfOrderError):
        await desk.submit(enrolment_id, "roster_facts", **facts(dossier))


async def test_what_was_typed_is_forgotten_at_the_end(desk: Desk) -> None:
    enrolment_id, _ = await desk.walk_member_email(await desk.on_roster())
    await desk.submit(enrolment_id, "code")
    flow = await desk.flows.get(enrolment_id)
    assert flow is not None
    assert [(step.record, step.mailing) for step in flow.done] == [({}, None)] * 3


async def test_two_steps_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    enrolment_id = await desk.start("member_email")
    flow = await desk.flows.get(enrolment_id)
    assert flow is not None
    await desk.flows.save(flow)
    with pytest.raises(FlowChangedError):
        await desk.flows.save(flow)


async def test_a_path_must_exist(desk: Desk) -> None:
    with pytest.raises(PathUnknownError):
        await desk.start("no_such_path")


async def test_starting_again_under_the_same_id_changes_nothing(desk: Desk) -> None:
    dossier = await desk.on_roster()
    enrolment_id = await desk.start("member_email")
    await desk.submit(enrolment_id, "roster_facts", **facts(dossier))
    assert await desk.start("member_email", enrolment_id=enrolment_id) == enrolment_id
    assert (await desk.get(enrolment_id)).done == ("roster_facts",)
