"""BNK-5: what the bank sends back is applied once, whatever way it comes; the rest is put before a person."""

import asyncio
import json
from datetime import date, timedelta

import pytest

from deploy.local.bank_returns import NOBODYS, SUFFIX, Order
from deploy.local.bank_simulator import Bank
from services.banking.domain.deposit_item import ItemState
from services.banking.domain.return_file import ReturnFileRefused
from services.banking.handlers.enrolment import BankingForbidden
from services.banking.handlers.exception_list import (
    ExceptionClosed,
    ExceptionNotFound,
    close_exception,
    get_flagged_deposit,
    list_exceptions,
    on_bank_details_confirmed,
)
from services.banking.handlers.return_files import watch_returns
from services.banking.handlers.settlements import FileNotSentYet
from shared.contracts.banking import DirectDepositView, GetDirectDeposit
from shared.contracts.banking_returns import (
    CloseBankException,
    DepositReturned,
    ListBankExceptions,
    ReturnsActRecorded,
)
from shared.contracts.payments_returns import BankDetailsConfirmed
from shared.outbox import Work
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash, Desk
from tests.support.banking_memory import MemoryDepositPlans
from tests.support.banking_returns_desk import agent, memory_returns_desk

pytestmark = pytest.mark.req("BNK-5")


@pytest.fixture
def office(tmp_path):
    return memory_returns_desk(Desk(folder=tmp_path))


def sent_back(office, payments, *reasons, **options):
    """A file in which the first payments come back."""
    chosen = {one.cross_reference: reason for one, reason in zip(payments, reasons, strict=False)}
    return office.bank.returns.send(chosen, payments, on=date(2026, 11, 25), **options)


async def flagged(office, payee_id):
    return await office.flags.is_flagged(await office.desk.accounts.get(payee_id))


async def test_a_payment_that_comes_back_is_applied_flagged_and_told(office):
    paid = await office.paid_run(100, 250, 7)
    view = await office.upload(sent_back(office, paid, 905).read_bytes())
    assert (view.items, view.applied, view.repeated, view.exceptions) == (1, 1, 0, 0)
    (event,) = await office.published(DepositReturned)
    (plan,) = office.desk.plans.rows.values()
    item = plan.file.items[0]
    assert event == DepositReturned(
        run_id=plan.file.run_id,
        payment_id=item.payment_id,
        payee_id=item.payee_id,
        amount_cents=100,
        reason_code=905,
        returned_on=date(2026, 11, 25),
        was_settled=True,
        details_version=1,
    )
    assert [one.state for one in plan.file.items] == [ItemState.RETURNED, ItemState.SETTLED, ItemState.SETTLED]
    assert [await flagged(office, one.payee_id) for one in plan.file.items] == [True, False, False]


@pytest.mark.req("OPS-7")
async def test_who_imported_a_file_is_told_to_the_audit_and_nobody_else_may(office):
    paid = await office.paid_run(100)
    content, actor = sent_back(office, paid, 905).read_bytes(), agent()
    view = await office.upload(content, actor=actor)
    (act,) = await office.published(ReturnsActRecorded)
    assert (act.account_id, act.act, act.details) == (actor.account_id, "return_file_imported", {"sha256": view.sha256})
    with pytest.raises(BankingForbidden):
        await office.upload(content, actor=build.member())


async def test_the_same_file_again_changes_nothing_and_gives_the_same_answer(office):
    paid = await office.paid_run(100, 250)
    content = sent_back(office, paid, 905, misbehave="unknown").read_bytes()
    first = await office.upload(content)
    assert (first.items, first.applied, first.exceptions) == (2, 1, 1)
    assert await office.upload(content) == first
    assert len(await office.published(DepositReturned)) == 1


async def test_a_duplicate_file_under_another_number_is_recognised_item_by_item(office):
    paid = await office.paid_run(100, 250)
    sent_back(office, paid, 905, 912, misbehave="duplicate")
    await office.import_folder()
    assert sorted(event.reason_code for event in await office.published(DepositReturned)) == [905, 912]
    figures = sorted((one.applied, one.repeated) for one in office.returns.files.values())
    assert figures == [(0, 2), (2, 0)]
    assert await office.open_exceptions() == set()
    assert len(list((office.desk.inbox_folder / "archive").glob(f"*{SUFFIX}"))) == 3


async def test_a_payment_that_comes_back_for_another_reason_is_put_before_a_person(office):
    paid = await office.paid_run(100)
    await office.upload(sent_back(office, paid, 905).read_bytes())
    view = await office.upload(sent_back(office, paid, 910).read_bytes())
    assert (view.applied, view.repeated, view.exceptions) == (0, 0, 1)
    assert await office.open_exceptions() == {("returned_differently", paid[0].cross_reference)}
    assert len(await office.published(DepositReturned)) == 1


async def test_unknown_items_and_other_amounts_are_put_before_a_person_and_the_rest_is_applied(office):
    paid = await office.paid_run(100, 250)
    content = sent_back(office, paid, 905, misbehave="unknown").read_bytes()
    view = await office.upload(content)
    assert (view.applied, view.exceptions) == (1, 1)
    other = sent_back(office, paid[1:], 905).read_bytes().replace(b"0000000250", b"0000000251")
    other = other.replace(b"00000000000250", b"00000000000251")
    assert (await office.upload(other)).exceptions == 1
    assert await office.open_exceptions() == {
        ("unknown_reference", NOBODYS),
        ("amount_differs", paid[1].cross_reference),
    }
    assert len(await office.published(DepositReturned)) == 1


async def test_a_truncated_file_is_refused_as_a_whole(office):
    paid = await office.paid_run(100)
    path = sent_back(office, paid, 905, misbehave="truncated")
    with pytest.raises(ReturnFileRefused) as refusal:
        await office.upload(path.read_bytes())
    assert refusal.value.rule == "record_length_wrong"
    await office.import_folder()
    assert await office.published(DepositReturned) == []
    assert await office.open_exceptions() == {("return_file_refused", path.name)}
    note = json.loads((office.desk.inbox_folder / "rejected" / f"{path.name}.reason").read_text())
    assert note == {"report": path.name, "reason": "record_length_wrong"}
    assert not path.exists()


async def test_somebody_elses_file_and_no_file_at_all_are_refused(office):
    paid = await office.paid_run(100)
    content = sent_back(office, paid, 905).read_bytes()
    for wrong in (content.replace(b"0000123456", b"0000999999"), b"hello", content.splitlines(keepends=True)[0]):
        with pytest.raises(ReturnFileRefused):
            await office.upload(wrong)
    assert await office.published(DepositReturned) == []


async def test_our_own_deposit_file_is_no_file_of_returns(office):
    await office.paid_run(100)
    (path,) = office.desk.files()
    assert (await office.upload(path.read_bytes())).exceptions == 1
    assert {kind for kind, _ in await office.open_exceptions()} == {"return_unexpected"}


async def test_a_broken_segment_is_put_aside_and_the_others_are_applied(office):
    paid = await office.paid_run(100, 250)
    content = bytearray(sent_back(office, paid, 905, 912).read_bytes())
    content[1466 + 24 : 1466 + 27] = b"336"
    view = await office.upload(bytes(content))
    assert (view.items, view.applied, view.exceptions) == (2, 1, 1)
    assert await office.open_exceptions() == {("return_unreadable", "2/1")}


async def test_details_that_changed_meanwhile_are_not_flagged(office):
    paid = await office.paid_run(100)
    (plan,) = office.desk.plans.rows.values()
    payee_id = plan.file.items[0].payee_id
    office.desk.now += timedelta(hours=1)
    await office.desk.change(build.changing(payee_id), build.member(dossier_id=payee_id))
    await office.upload(sent_back(office, paid, 905).read_bytes())
    assert not await flagged(office, payee_id)
    assert [event.details_version for event in await office.published(DepositReturned)] == [None]


async def test_a_change_or_the_word_of_an_agent_lifts_the_flag(office):
    paid = await office.paid_run(100, 250)
    await office.upload(sent_back(office, paid, 905, 905).read_bytes())
    (plan,) = office.desk.plans.rows.values()
    changing, confirmed = (item.payee_id for item in plan.file.items)

    async def shown(payee_id: str) -> DirectDepositView:
        async def ask(_received):
            return DirectDepositView(enrolled=True)

        request = build.received(GetDirectDeposit(), build.member(dossier_id=payee_id))
        return await get_flagged_deposit(request, ask=ask, accounts=office.desk.accounts, flags=office.flags)

    assert [(await shown(one)).flagged for one in (changing, confirmed)] == [True, True]
    office.desk.now += timedelta(hours=1)
    await office.desk.change(build.changing(changing), build.member(dossier_id=changing))
    event = build.received(BankDetailsConfirmed(payee_id=confirmed, confirmed_at=build.NOW))
    await on_bank_details_confirmed(event, Work(None, event, source="banking"), flags=office.flags)
    assert [(await shown(one)).flagged for one in (changing, confirmed)] == [False, False]


async def test_returns_wait_until_our_file_is_recorded_as_sent(office):
    run = build.run_approved(build.run_item(await office.desk.payee()))
    with pytest.raises(Crash):
        await office.desk.deposit(run, crash_at="deposit_file_written")
    office.bank.run_once()
    content = sent_back(office, office.bank.payments(), 905).read_bytes()
    with pytest.raises(FileNotSentYet):
        await office.upload(content)
    await office.desk.deposit(run)
    assert (await office.upload(content)).applied == 1


async def test_an_import_that_dies_in_the_middle_is_finished_by_the_next(office, monkeypatch):
    monkeypatch.setattr("services.banking.handlers.returns.CHUNK", 1)
    paid = await office.paid_run(100, 250, 7)
    path = sent_back(office, paid, 905, 905, 905)

    class Dying(MemoryDepositPlans):
        saves = 0

        async def save(self, *arguments, **named):
            self.saves += 1
            if self.saves == 2:
                raise Crash("in the transaction")
            await super().save(*arguments, **named)

    healthy = office.desk.plans
    office.desk.plans = Dying(healthy.rows, healthy.numbers)
    with pytest.raises(Crash):
        await office.import_folder()
    assert path.exists()
    office.desk.plans = healthy
    await office.import_folder()
    assert len(await office.published(DepositReturned)) == 3
    (kept,) = office.returns.files.values()
    assert (kept.items, kept.applied) == (3, 3)
    assert not path.exists()


class Turns:
    """A lease that is somebody else's at first."""

    def __init__(self, *turns: bool) -> None:
        self.turns = list(turns)

    async def take(self, *, at):  # noqa: ARG002
        return self.turns.pop(0) if self.turns else True


async def test_the_folder_is_looked_at_in_turn_and_a_file_that_fails_holds_up_no_other(office):
    for name in ("a", "b"):
        (office.folder and office.desk.inbox_folder / f"{name}{SUFFIX}").write_text("x")
    tried, done = [], asyncio.Event()

    async def import_named(name):
        tried.append(name)
        if len(tried) == 1:
            raise RuntimeError("defect")
        if len(tried) == 4:
            done.set()

    lease = Turns(False, True, True)
    watch = asyncio.create_task(
        watch_returns(
            inbox=office.folder, lease=lease, import_named=import_named, poll_seconds=0.001, clock=office.desk.clock
        )
    )
    async with asyncio.timeout(5):
        await done.wait()
    watch.cancel()
    assert tried[:4] == [f"a{SUFFIX}", f"b{SUFFIX}"] * 2


async def test_agents_list_exceptions_and_close_each_once_with_a_note(office):
    paid = await office.paid_run(100)
    await office.upload(sent_back(office, paid, 905, misbehave="unknown").read_bytes())
    rose, luc = agent(), agent()
    page = await list_exceptions(build.received(ListBankExceptions(), rose), listed=office.listed)
    (item,) = page.exceptions
    assert (item.kind, item.subject, item.amount_cents) == ("unknown_reference", NOBODYS, 100)

    async def close(actor, note, exception_id=item.exception_id):
        received = build.received(CloseBankException(exception_id=exception_id, note=note), actor)
        work = Work(None, received, source="banking")
        view = await close_exception(received, work, listed=office.listed, clock=office.desk.clock)
        return view, work.events

    closed, events = await close(rose, "Not ours.")
    assert (closed.exception.closed_by, closed.exception.note) == (rose.account_id, "Not ours.")
    assert [event.act for event in events] == ["exception_closed"]
    assert await close(rose, "Not ours.") == (closed, [])
    with pytest.raises(ExceptionClosed):
        await close(luc, "Mine.")
    with pytest.raises(ExceptionNotFound):
        await close(luc, "Mine.", "0" * 24)
    for closed_only, expected in ((False, 0), (True, 1)):
        query = build.received(ListBankExceptions(closed=closed_only), rose)
        assert len((await list_exceptions(query, listed=office.listed)).exceptions) == expected
    with pytest.raises(BankingForbidden):
        await list_exceptions(build.received(ListBankExceptions(), build.member()), listed=office.listed)


async def test_the_banks_clock_decides_when_a_file_is_settled_and_what_was_ordered_comes_back(office):
    payees = [await office.desk.payee() for _ in range(2)]
    run = build.run_approved(*[build.run_item(payee) for payee in payees])
    await office.desk.deposit(run)
    today = build.PAYABLE_ON - timedelta(days=1)
    bank = Bank(office.desk.outbox_folder, office.desk.inbox_folder, today=lambda: today)
    early, late = (item.batch_number for item in run.items)
    bank.returns.order(Order(batch_number=early, reason=912, on=today))
    bank.returns.order(Order(batch_number=late, reason=905, on=build.PAYABLE_ON + timedelta(days=2)))
    bank.run_once()
    await office.import_folder()
    assert [event.was_settled for event in await office.published(DepositReturned)] == [False]
    assert not list(office.desk.inbox_folder.glob("*.settlement.json"))
    today = build.PAYABLE_ON
    bank.run_once()
    await office.desk.import_reports()
    today += timedelta(days=2)
    bank.run_once()
    await office.import_folder()
    (plan,) = office.desk.plans.rows.values()
    assert [(item.state, item.return_reason) for item in plan.file.items] == [("returned", 912), ("returned", 905)]
    assert [event.was_settled for event in await office.published(DepositReturned)] == [False, True]
    assert await office.open_exceptions() == set()
