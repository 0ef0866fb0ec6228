"""BNK-4 on a real database: whatever crashes, a run has one file, one number, one hash."""

import asyncio
import hashlib

import pytest

from deploy.local.bank_simulator import Bank
from services.banking.domain.deposit_file import FileState
from services.banking.ports import FileBeingWritten, FileChangedMeanwhile
from services.banking.storage import DEPOSIT_FILES, DEPOSIT_ITEMS
from shared.contracts.banking import DepositFileSent, DepositSettled
from shared.mongo import DuplicateKey
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash
from tests.support.cpa005_reader import read

pytestmark = pytest.mark.req("BNK-4")

CRASH_POINTS = (
    "deposit_file_reserved",
    "deposit_file_on_disk",
    "deposit_file_proved",
    "deposit_file_written",
    "deposit_file_sent",
)


async def events(desks, kind):
    """What all of them published; each event counts once, however often it was sent."""
    published = [await desk.log.published() for desk in desks]
    return [event for event in published[-1] if isinstance(event, kind)]


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_run_redelivered_after_a_crash_has_one_file_with_one_hash(make_desk, database, point):
    crashing, following = make_desk(), make_desk()
    run = build.run_approved(*[build.run_item(await crashing.payee()) for _ in range(7)])
    with pytest.raises(Crash):
        await crashing.deposit(run, crash_at=point)
    following.now = build.NOW.replace(day=25)
    await following.deposit(run)
    await following.deposit(run)
    (path,) = following.files()
    (event,) = await events([crashing, following], DepositFileSent)
    (row,) = await database.collection(DEPOSIT_FILES).find({})
    assert hashlib.sha256(path.read_bytes()).hexdigest() == event.sha256 == row["sha256"]
    assert (row["state"], row["file_number"], row["creation_date"]) == ("sent", 1, "2026-11-20")
    assert len(read(path.read_bytes()).segments) == 7


async def test_a_run_that_crashes_at_every_step_in_turn_is_still_one_file(make_desk):
    desks = [make_desk() for _ in CRASH_POINTS]
    run = build.run_approved(build.run_item(await desks[0].payee()))
    contents = set()
    for desk, point in zip(desks, CRASH_POINTS, strict=True):
        with pytest.raises(Crash):
            await desk.deposit(run, crash_at=point)
        contents |= {path.read_bytes() for path in desk.files()} if desk.outbox_folder.exists() else set()
    last = make_desk()
    await last.deposit(run)
    assert {path.read_bytes() for path in last.files()} == contents
    assert len(await events([*desks, last], DepositFileSent)) == len(contents) == 1


async def test_processes_that_take_the_same_run_at_the_same_time_send_one_file(make_desk):
    desks = [make_desk() for _ in range(3)]
    run = build.run_approved(build.run_item(await desks[0].payee()))
    outcomes = await asyncio.gather(*(desk.deposit(run) for desk in desks for _ in range(2)), return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert all(isinstance(failure, FileBeingWritten | FileChangedMeanwhile) for failure in failures), failures
    await desks[0].deposit(run)
    assert len(desks[0].files()) == len(await events(desks, DepositFileSent)) == 1


async def test_runs_approved_at_the_same_time_have_numbers_of_their_own(make_desk, database):
    desks = [make_desk() for _ in range(3)]
    payee = await desks[0].payee()
    runs = [build.run_approved(build.run_item(payee)) for _ in range(9)]
    await asyncio.gather(*(desks[number % 3].deposit(run) for number, run in enumerate(runs)))
    numbers = [event.file_number for event in await events(desks, DepositFileSent)]
    assert sorted(numbers) == [*range(1, 10)]
    assert len({path.name for path in desks[0].files()}) == 9


async def test_a_payment_that_stands_in_a_file_cannot_be_put_into_another(desk, database):
    item = build.run_item(await desk.payee())
    await desk.deposit(build.run_approved(item))
    with pytest.raises(DuplicateKey):
        await desk.deposit(build.run_approved(item))
    assert await database.collection(DEPOSIT_ITEMS).count({}) == 1
    assert await desk.plans.recent_numbers(desk.profile.originator_id) == (1,)


@pytest.mark.req("BNK-5")
async def test_what_the_bank_settles_is_applied_once_by_all_processes_together(make_desk):
    desks = [make_desk() for _ in range(3)]
    payee = await desks[0].payee()
    run = build.run_approved(*[build.run_item(payee) for _ in range(30)])
    await desks[0].deposit(run)
    Bank(desks[0].outbox_folder, desks[0].inbox_folder).run_once()
    (report,) = desks[0].inbox_folder.glob("*.settlement.json")
    (desks[0].inbox_folder / "again.settlement.json").write_bytes(report.read_bytes() + b"\n")
    await asyncio.gather(*(desk.import_reports() for desk in desks))
    settled = await events(desks, DepositSettled)
    assert sorted(event.payment_id for event in settled) == sorted(item.payment_id for item in run.items)
    plan = await desks[0].plans.get_by_run(run.run_id)
    assert plan.file.state is FileState.SETTLED
    assert not list(desks[0].inbox_folder.glob("*.json"))
