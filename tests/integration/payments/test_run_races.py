"""Two agents, several processes, one database: who was first is decided there, and nothing is paid twice or lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from services.payments.domain.draft_errors import RunDecidedAlready, RunUnderWay
from services.payments.domain.run_rules import RunRules
from services.payments.storage import SCHEMA, Storage
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import RunApproved
from shared.contracts.payments_runs import ApproveRun, ListRuns, PrepareRun, RunPreview
from shared.mongo import Database
from shared.outbox import each
from shared.schema import Schema
from tests.support.payments_builders import claim_adjudicated
from tests.support.payments_runs_desk import ANNE, BRUNO, CLAIRE, RunDesk

MakeDatabase = Callable[[Schema], Awaitable[Database]]
RULES = RunRules(approvals=2, slice_payables=7, part_size=4)

pytestmark = pytest.mark.req("PAY-8")


@pytest.fixture
async def desks(make_database: MakeDatabase) -> list[RunDesk]:
    """Processes of the service on one database, with small slices so that they meet often."""
    database = await make_database(SCHEMA)
    return [RunDesk.with_rules(Storage(database), database, RULES) for _ in range(4)]


async def payable(desk: RunDesk, count: int = 20) -> list[ClaimAdjudicated]:
    claims = [claim_adjudicated(benefit_cents=100) for _ in range(count)]
    await desk.adjudicated(*claims)
    await desk.enrol(*(claim.dossier_id for claim in claims))
    return claims


async def prepared(desk: RunDesk, run_id: str = "run-1") -> RunPreview:
    await desk.prepare(run_id)
    await desk.driver.carry_on(run_id)
    return await desk.preview(run_id)


def sent(desks: Sequence[RunDesk]) -> list[RunApproved]:
    return [event for desk in desks for event in desk.events(RunApproved)]


async def outcomes(*attempts: Awaitable[Any]) -> list[Any]:
    return list(await asyncio.gather(*attempts, return_exceptions=True))


async def test_of_two_runs_prepared_at_once_one_takes_everything(desks: list[RunDesk]) -> None:
    await payable(desks[0])
    found = await outcomes(*(desk.prepare(f"run-{index}") for index, desk in enumerate(desks)))
    assert Counter(type(one) for one in found) == {RunPreview: 1, RunUnderWay: 3}
    (run,) = [one for one in found if isinstance(one, RunPreview)]
    await asyncio.gather(*(desk.driver.carry_on(run.run_id) for desk in desks))
    assert (await desks[0].preview(run.run_id)).amount_cents == 2_000


@pytest.mark.req("PAY-6", "PAY-7")
@pytest.mark.parametrize("attempt", range(5))
async def test_a_run_approved_and_stopped_at_once_is_one_or_the_other(desks: list[RunDesk], attempt: int) -> None:
    claims = await payable(desks[0])
    await prepared(desks[0])
    decisions = [desks[0].approve("run-1", by=BRUNO), desks[1].stop("run-1")]
    found = await outcomes(*(decisions if attempt % 2 else reversed(decisions)))
    taken = Counter(type(one) for one in found)
    assert taken in ({RunPreview: 1, RunDecidedAlready: 1}, {RunPreview: 2})
    await asyncio.gather(*(desk.driver.carry_on("run-1") for desk in desks))
    if taken[RunPreview] == 2:
        assert (await desks[0].preview("run-1")).state == "stopped", "it was stopped after it was approved"
    run, ledger = await desks[0].preview("run-1"), await desks[0].ledger()
    if run.state == "released":
        assert sorted(item.payee_id for event in sent(desks) for item in event.items) == sorted(
            claim.dossier_id for claim in claims
        )
        assert ledger.balances == {"benefit_expense": 2_000, "payable": 0, "in_transit": -2_000}
        assert ledger.payables_open_cents == 0
    else:
        assert (run.state, run.given_back_payables, run.given_back_cents) == ("stopped", 20, 2_000)
        assert sent(desks) == []
        assert ledger.balances == {"benefit_expense": 2_000, "payable": -2_000}
        assert ledger.payables_open_cents == 2_000


@pytest.mark.req("PAY-7")
async def test_a_run_approved_by_all_at_once_goes_out_once(desks: list[RunDesk]) -> None:
    await payable(desks[0])
    await prepared(desks[0])
    agents = (BRUNO, CLAIRE, BRUNO, CLAIRE)
    found = await outcomes(*(desk.approve("run-1", by=by) for desk, by in zip(desks, agents, strict=True)))
    assert Counter(type(one) for one in found) == {RunPreview: 2, RunDecidedAlready: 2}
    await asyncio.gather(*(desk.driver.carry_on("run-1") for desk in desks))
    events = sent(desks)
    assert sorted((event.part, event.parts) for event in events) == [(part, 5) for part in range(1, 6)]
    numbers = [item.batch_number for event in events for item in event.items]
    assert sorted(numbers) == [str(10_000_001 + index) for index in range(20)]
    assert (await desks[0].run("run-1")).payments == 20
    assert (await desks[0].ledger()).sum_cents == 0


@pytest.mark.req("PAY-1")
async def test_schedulers_side_by_side_make_one_run_of_a_date(desks: list[RunDesk]) -> None:
    await payable(desks[0])
    await asyncio.gather(*(desk.driver.run_once() for desk in desks))
    runs = (await desks[0].asked(desks[0].runs.list_runs, ListRuns())).runs
    assert sorted((run.run_id, run.state, run.amount_cents) for run in runs) == [
        ("member-2026-11-20", "prepared", 2_000),
        ("provider-2026-11-09", "empty", 0),
    ]


@pytest.mark.req("PAY-1", "PAY-7")
async def test_a_run_that_one_process_left_half_done_is_carried_on_by_another(desks: list[RunDesk]) -> None:
    """Slice by slice, each by another process that knows nothing of the others."""
    claims = await payable(desks[0])
    preparing = PrepareRun(run_id="run-1", payee_class="member")
    await desks[0].tell(each(desks[0].runs.prepare_run), preparing, actor=ANNE)
    states = []
    for turn in range(40):
        await desks[turn % 4].driver.carry_on("run-1", limit=1)
        states.append((await desks[0].preview("run-1")).state)
        if states[-1] == "prepared":
            await desks[turn % 4].tell(each(desks[0].runs.approve_run), ApproveRun(run_id="run-1"), actor=BRUNO)
    assert states[-1] == "released"
    assert {"preparing", "prepared", "releasing"} < set(states)
    paid = sorted(item.payee_id for event in sent(desks) for item in event.items)
    assert paid == sorted(claim.dossier_id for claim in claims)
