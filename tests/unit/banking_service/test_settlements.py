import asyncio
import json
from datetime import date

import pytest

from deploy.local.bank_simulator import Bank
from services.banking.domain.deposit_file import FileState
from services.banking.handlers.settlements import FileNotSentYet, watch_inbox
from shared.contracts.banking import DepositSettled
from shared.mongo import Unavailable
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash, Desk
from tests.support.banking_memory import MemoryDepositPlans

ARCHIVE = "archive"
REJECTED = "rejected"


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


async def a_sent_run(desk, *amounts):
    payee = await desk.payee()
    run = build.run_approved(*[build.run_item(payee, amount_cents=cents) for cents in amounts or (100, 250, 7)])
    await desk.deposit(run)
    return run


def bank(desk):
    return Bank(desk.outbox_folder, desk.inbox_folder)


def report_of(desk):
    (path,) = desk.inbox_folder.glob("*.settlement.json")
    return path


def changed(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


async def settled(desk):
    return [event for event in await desk.log.published() if isinstance(event, DepositSettled)]


async def test_what_the_bank_settles_is_published_payment_by_payment(desk):
    run = await a_sent_run(desk)
    bank(desk).run_once()
    await desk.import_reports()
    assert await settled(desk) == [
        DepositSettled(
            run_id=run.run_id,
            payment_id=item.payment_id,
            amount_cents=item.amount_cents,
            settled_on=build.PAYABLE_ON,
        )
        for item in run.items
    ]
    plan = await desk.plans.get_by_run(run.run_id)
    assert plan.file.state is FileState.SETTLED
    assert [path.name for path in (desk.inbox_folder / ARCHIVE).iterdir()] == [f"{plan.file_name}.settlement.json"]
    assert not list(desk.inbox_folder.glob("*.json"))


async def test_a_report_that_comes_twice_has_no_second_effect(desk):
    await a_sent_run(desk)
    bank(desk).run_once()
    content = report_of(desk).read_bytes()
    await desk.import_reports()
    (desk.inbox_folder / "again.settlement.json").write_bytes(content)
    changed_report = json.dumps(json.loads(content), indent=2)
    (desk.inbox_folder / "other-bytes.settlement.json").write_text(changed_report)
    await desk.import_reports()
    assert len(await settled(desk)) == 3
    assert not desk.exceptions.rows
    assert len(list((desk.inbox_folder / ARCHIVE).iterdir())) == 3


async def test_a_report_on_a_part_of_the_file_settles_that_part(desk):
    run = await a_sent_run(desk)
    bank(desk).run_once()
    path = report_of(desk)
    items = json.loads(path.read_text())["items"]
    changed(path, items=items[:1], count=1, total_cents=100)
    await desk.import_reports()
    assert len(await settled(desk)) == 1
    assert (await desk.plans.get_by_run(run.run_id)).file.state is FileState.SENT
    rest = {"items": items[1:], "count": 2, "total_cents": 257}
    changed(desk.inbox_folder / ARCHIVE / path.name, **rest)
    (desk.inbox_folder / ARCHIVE / path.name).rename(path)
    await desk.import_reports()
    assert len(await settled(desk)) == 3
    assert (await desk.plans.get_by_run(run.run_id)).file.state is FileState.SETTLED


async def test_unknown_payments_and_other_amounts_are_put_before_a_person(desk):
    await a_sent_run(desk, 100, 250)
    bank(desk).run_once()
    path = report_of(desk)
    known, other = json.loads(path.read_text())["items"]
    stranger = known | {"cross_reference": "NOTOURS"}
    items = [known, other | {"amount_cents": 251}, stranger]
    changed(path, items=items, count=3, total_cents=451)
    await desk.import_reports()
    assert [event.amount_cents for event in await settled(desk)] == [100]
    found = {(row.kind, row.subject, row.amount_cents) for row in desk.exceptions.rows.values()}
    assert found == {("unknown_reference", "NOTOURS", 100), ("amount_differs", other["cross_reference"], 251)}


async def test_a_settlement_of_a_returned_payment_is_put_before_a_person(desk):
    run = await a_sent_run(desk, 100)
    plan = await desk.plans.get_by_run(run.run_id)
    reference = plan.file.items[0].cross_reference
    change = plan.file.return_item(reference, reason=905, at=build.NOW)
    desk.plans.rows[run.run_id] = build.plan(file=change.file, file_name=plan.file_name)
    bank(desk).run_once()
    await desk.import_reports()
    assert await settled(desk) == []
    assert [row.kind for row in desk.exceptions.rows.values()] == ["item_not_open"]


async def test_a_report_waits_until_the_file_is_recorded_as_sent(desk):
    run = build.run_approved(build.run_item(await desk.payee()))
    with pytest.raises(Crash):
        await desk.deposit(run, crash_at="deposit_file_written")
    bank(desk).run_once()
    with pytest.raises(FileNotSentYet):
        await desk.import_reports()
    assert report_of(desk).exists()
    await desk.deposit(run)
    await desk.import_reports()
    assert len(await settled(desk)) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "settlement/2"}, "not_as_agreed"),
        ({"items": "none"}, "not_as_agreed"),
        ({"surprise": 1}, "not_as_agreed"),
        ({"count": 2}, "totals_differ"),
        ({"total_cents": 1}, "totals_differ"),
        ({"originator_id": "9999999999"}, "other_originator"),
    ],
)
async def test_a_report_that_is_not_as_agreed_is_put_aside_with_the_reason(desk, changes, reason):
    await a_sent_run(desk)
    bank(desk).run_once()
    path = report_of(desk)
    changed(path, **changes)
    await desk.import_reports()
    assert await settled(desk) == []
    note = json.loads((desk.inbox_folder / REJECTED / f"{path.name}.reason").read_text())
    assert note == {"report": path.name, "reason": reason}
    assert (desk.inbox_folder / REJECTED / path.name).exists()
    assert not path.exists()


async def test_something_else_than_json_is_put_aside(desk):
    desk.inbox_folder.mkdir()
    (desk.inbox_folder / "odd.settlement.json").write_bytes(b"\xff\x00 not json")
    await desk.import_reports()
    assert (desk.inbox_folder / REJECTED / "odd.settlement.json").exists()


async def test_a_file_that_the_bank_refuses_is_put_before_a_person(desk):
    await a_sent_run(desk)
    (path,) = desk.files()
    path.write_bytes(path.read_bytes()[:-2])
    bank(desk).run_once()
    await desk.import_reports()
    assert [(row.kind, row.subject) for row in desk.exceptions.rows.values()] == [("file_refused", path.name)]
    assert (desk.inbox_folder / ARCHIVE / f"{path.name}.rejected.json").exists()


async def test_half_written_reports_are_not_looked_at(desk):
    desk.inbox_folder.mkdir()
    (desk.inbox_folder / ".half.settlement.json").write_text("{")
    (desk.inbox_folder / "half.settlement.json.part").write_text("{")
    await desk.import_reports()
    assert not list((desk.inbox_folder / REJECTED).iterdir())


class FailingOnce:
    """Imports reports, after having failed once for the first one."""

    def __init__(self, error):
        self.error = error
        self.imported = []
        self.all_done = asyncio.Event()

    async def __call__(self, name):
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.imported.append(name)
        if len(self.imported) == 3:
            self.all_done.set()


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("defect")])
async def test_a_report_that_fails_is_tried_again_and_holds_up_no_other(desk, error):
    inbox = desk.inbox
    for name in ("a", "b"):
        (desk.inbox_folder / f"{name}.settlement.json").write_text("{}")
    importing = FailingOnce(error)
    watch = asyncio.create_task(watch_inbox(inbox=inbox, import_report=importing, poll_seconds=0.001))
    async with asyncio.timeout(5):
        await importing.all_done.wait()
    watch.cancel()
    assert importing.imported[:3] == ["b.settlement.json", "a.settlement.json", "b.settlement.json"]


async def test_a_settlement_that_crashes_before_its_commit_is_applied_by_the_next_reading(desk):
    class Dying(MemoryDepositPlans):
        async def save(self, *_arguments, **_named):
            raise Crash("in the transaction")

    await a_sent_run(desk)
    bank(desk).run_once()
    healthy = desk.plans
    desk.plans = Dying(healthy.rows, healthy.numbers)
    with pytest.raises(Crash):
        await desk.import_reports()
    desk.plans = healthy
    await desk.import_reports()
    assert [event.settled_on for event in await settled(desk)] == [date(2026, 11, 23)] * 3
