import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.banking.domain.deposit_file import FileEmpty, FileState
from services.banking.handlers.deposits import (
    CHUNK,
    AccountMissing,
    PayeeNameMissing,
    RunBlocked,
    RunTotalDiffers,
)
from services.banking.ports import FileBeingWritten, StoredAccount
from shared.clock import new_id
from shared.contracts.banking import DepositFileSent
from shared.mongo import DuplicateKey
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash, Desk
from tests.support.banking_memory import MemoryDepositPlans
from tests.support.cpa005_reader import read

CRASH_POINTS = (
    "deposit_file_reserved",
    "deposit_file_on_disk",
    "deposit_file_proved",
    "deposit_file_written",
    "deposit_file_sent",
)


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path)


class DyingPlans(MemoryDepositPlans):
    async def save(self, *_arguments, **_named):
        raise Crash("while storing the hash")


async def sent(desk):
    return [event for event in await desk.log.published() if isinstance(event, DepositFileSent)]


@pytest.mark.req("BNK-4")
async def test_an_approved_run_becomes_a_file_that_an_independent_reader_understands(desk):
    first = await desk.payee(name="Zoé D’Amours", account="0001234")
    second = await desk.payee(name="Œil & Fils", institution="003", account="7654321")
    run = build.run_approved(
        build.run_item(first, amount_cents=369_010, batch_number="10000042"), build.run_item(second, amount_cents=1)
    )
    await desk.deposit(run)
    (path,) = desk.files()
    file = read(path.read_bytes())
    assert (file.header.number, file.header.created, file.header.data_centre) == ("0001", "026324", "00310")
    credit, other = file.segments
    assert (credit.type_code, credit.amount, credit.due) == ("336", "0000369010", "026327")
    assert (credit.institution, credit.account) == ("081530123", "0001234     ")
    assert (credit.name.rstrip(), other.name.rstrip()) == ("ZOE D'AMOURS", "OEIL & FILS")
    assert credit.sundry.rstrip() == "10000042"
    assert (file.trailer.value_c_i, file.trailer.number_c_i) == ("00000000369011", "00000002")


@pytest.mark.req("BNK-4")
async def test_payments_hears_of_the_file_with_its_number_and_hash(desk):
    payee = await desk.payee()
    run = build.run_approved(build.run_item(payee), build.run_item(payee))
    await desk.deposit(run)
    (path,) = desk.files()
    (event,) = await sent(desk)
    assert event.run_id == run.run_id
    assert (event.file_name, event.file_number, event.payable_on) == (path.name, 1, build.PAYABLE_ON)
    assert event.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert event.total_cents == run.amount_cents
    assert [(item.payment_id, item.amount_cents) for item in event.items] == [
        (item.payment_id, item.amount_cents) for item in run.items
    ]
    stored = await desk.plans.get_by_run(run.run_id)
    assert stored.file.state is FileState.SENT


@pytest.mark.req("BNK-4")
@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_crash_at_any_step_leaves_one_file_with_one_hash(desk, point):
    run = build.run_approved(*[build.run_item(await desk.payee()) for _ in range(3)])
    with pytest.raises(Crash):
        await desk.deposit(run, crash_at=point)
    before = {path.name: path.read_bytes() for path in desk.files()}
    desk.now = build.NOW.replace(day=21)
    await desk.deposit(run)
    await desk.deposit(run)
    (path,) = desk.files()
    (event,) = await sent(desk)
    assert event.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert before in ({}, {path.name: path.read_bytes()})
    assert await desk.plans.recent_numbers(desk.profile.originator_id) == (1,)


@pytest.mark.req("BNK-4")
async def test_a_crash_between_writing_and_delivery_shows_nothing_to_the_bank(desk):
    run = build.run_approved(build.run_item(await desk.payee()))

    healthy = desk.plans
    desk.plans = DyingPlans(healthy.rows, healthy.numbers)
    with pytest.raises(Crash):
        await desk.deposit(run)
    desk.plans = healthy
    assert desk.files() == []
    await desk.deposit(run)
    assert len(desk.files()) == len(await sent(desk)) == 1


@pytest.mark.req("BNK-4")
async def test_what_a_killed_process_left_half_written_is_overwritten(desk):
    run = build.run_approved(build.run_item(await desk.payee()))
    desk.outbox_folder.mkdir()
    part = desk.outbox_folder / ".aft-0000123456-20261120-0001.txt.part"
    part.write_bytes(b"C" * 10_000)
    await desk.deposit(run)
    (path,) = desk.files()
    assert len(read(path.read_bytes()).segments) == 1


@pytest.mark.req("BNK-4")
async def test_files_of_several_runs_have_consecutive_numbers(desk):
    payee = await desk.payee()
    for _ in range(3):
        await desk.deposit(build.run_approved(build.run_item(payee)))
    assert [event.file_number for event in await sent(desk)] == [1, 2, 3]


@pytest.mark.req("BNK-4")
async def test_the_number_after_9999_is_1(desk):
    await desk.plans.take_number(desk.profile.originator_id, 9_999, remember=10)
    await desk.deposit(build.run_approved(build.run_item(await desk.payee())))
    assert [event.file_number for event in await sent(desk)] == [1]


@pytest.mark.req("BNK-4")
async def test_the_creation_date_is_the_business_day_of_the_reservation(desk):
    desk.now = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    await desk.deposit(build.run_approved(build.run_item(await desk.payee(), amount_cents=5)))
    (path,) = desk.files()
    assert read(path.read_bytes()).header.created == "026324"


async def test_a_run_waits_for_the_name_of_a_payee(desk):
    actor = build.member()
    await desk.enrol(build.enrolment(actor.dossier_id), actor)
    run = build.run_approved(build.run_item(actor.dossier_id))
    with pytest.raises(PayeeNameMissing):
        await desk.deposit(run)
    await desk.register(actor.dossier_id)
    await desk.deposit(run)
    assert len(await sent(desk)) == 1


async def test_a_run_with_a_payee_who_is_not_enrolled_writes_nothing(desk):
    payee = await desk.payee()
    stranger = new_id()
    await desk.register(stranger)
    with pytest.raises(AccountMissing):
        await desk.deposit(build.run_approved(build.run_item(payee), build.run_item(stranger)))
    assert desk.files() == []
    assert await sent(desk) == []


async def test_a_run_without_items_is_refused(desk):
    with pytest.raises(FileEmpty):
        await desk.deposit(build.run_approved())


async def test_a_run_whose_amount_is_not_the_sum_of_its_items_is_not_deposited(desk):
    run = build.run_approved(build.run_item(await desk.payee(), amount_cents=10), amount_cents=11)
    with pytest.raises(RunTotalDiffers):
        await desk.deposit(run)
    assert not desk.plans.rows


@pytest.mark.req("BNK-4")
async def test_a_payment_in_a_second_run_is_not_deposited_again(desk):
    item = build.run_item(await desk.payee())
    await desk.deposit(build.run_approved(item))
    with pytest.raises(DuplicateKey):
        await desk.deposit(build.run_approved(item))
    assert len(desk.files()) == 1


async def test_a_run_that_breaks_a_rule_of_the_bank_is_blocked_and_not_dropped(desk):
    run = build.run_approved(build.run_item(await desk.payee()), payable_on=date(2028, 1, 1))
    with pytest.raises(RunBlocked) as blocked:
        await desk.deposit(run)
    assert blocked.value.params["cause"] == "banking.cpa005_date_outside_window"
    assert desk.files() == []


@pytest.mark.req("BNK-4")
async def test_a_file_that_would_be_written_with_other_bytes_is_blocked(desk):
    run = build.run_approved(build.run_item(await desk.payee()))
    with pytest.raises(Crash):
        await desk.deposit(run, crash_at="deposit_file_written")
    (path,) = desk.files()
    content = path.read_bytes()
    desk.profile = build.profile(short_name="OTHER")
    with pytest.raises(RunBlocked) as blocked:
        await desk.deposit(run)
    assert blocked.value.params["cause"] == "banking.deposit_file_content_differs"
    assert desk.files() == [path]
    assert path.read_bytes() == content


async def test_two_processes_never_write_the_same_file_at_the_same_time(desk):
    run = build.run_approved(build.run_item(await desk.payee()))
    outcomes = await asyncio.gather(*(desk.deposit(run) for _ in range(4)), return_exceptions=True)
    refused = [type(outcome) for outcome in outcomes if outcome is not None]
    assert set(refused) <= {FileBeingWritten, RunBlocked}
    assert len(desk.files()) == len(await sent(desk)) == 1


@pytest.mark.req("BNK-4")
async def test_a_long_run_is_written_whole_and_in_order(desk):
    payee = await desk.payee()
    run = build.run_approved(*[build.run_item(payee, amount_cents=cents) for cents in range(1, 3 * CHUNK + 2)])
    await desk.deposit(run)
    (path,) = desk.files()
    assert [int(segment.amount) for segment in read(path.read_bytes()).segments] == [*range(1, 3 * CHUNK + 2)]


@pytest.mark.req("BNK-2")
async def test_no_account_number_is_kept_published_or_shown_by_a_deposit(desk, capsys):
    account = "4815162342"
    payee = await desk.payee(account=account)
    await desk.deposit(build.run_approved(build.run_item(payee)))
    output = capsys.readouterr()
    seen = [
        repr(desk.plans.rows),
        *(repr(event) for event in await desk.log.published()),
        *(str(item.body) for work in desk.log.works for item in work.outgoing),
        output.out,
        output.err,
    ]
    assert not [text for text in seen if account in text]
    (path,) = desk.files()
    assert account.encode() in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.req("BNK-2")
async def test_an_account_that_cannot_be_read_blocks_the_run_and_leaves_no_file(desk):
    payee = await desk.payee()
    stored: StoredAccount = desk.accounts.rows[payee]
    foreign = await desk.vault.encrypt(new_id(), build.deposit())
    desk.accounts.rows[payee] = replace(stored, boxes=foreign)
    with pytest.raises(RunBlocked) as blocked:
        await desk.deposit(build.run_approved(build.run_item(payee)))
    assert blocked.value.params["cause"] == "banking.account_unreadable"
    assert desk.files() == []
