"""BNK-5 on a real database: whoever imports what, however often and at the same time, a payment comes back once."""

import asyncio
from datetime import date, timedelta
from functools import partial

import pytest

from deploy.local.bank_returns import NOBODYS, SUFFIX
from services.banking.handlers.exception_list import ExceptionClosed, close_exception
from services.banking.storage_returns import MongoDetailsFlags, MongoExceptionList, MongoLease, MongoReturns
from shared.clock import utc_now
from shared.contracts.banking_returns import CloseBankException, DepositReturned
from shared.outbox import each
from tests.support import banking_builders as build
from tests.support.banking_returns_desk import ReturnsDesk, agent

pytestmark = pytest.mark.req("BNK-5")

PROCESSES = 3


@pytest.fixture
def offices(make_desk, database):
    """Processes of the service on one database and one folder."""
    return [
        ReturnsDesk(
            desk=make_desk(),
            returns=MongoReturns(database),
            flags=MongoDetailsFlags(database),
            listed=MongoExceptionList(database),
        )
        for _ in range(PROCESSES)
    ]


async def returned(offices):
    """Payments that were published as returned; each event counts once, however often it was sent."""
    for office in offices:
        await office.desk.log.published()
    return sorted(event.payment_id for event in await offices[0].published(DepositReturned))


async def test_a_duplicate_file_imported_by_all_processes_at_once_returns_each_payment_once(offices):
    first = offices[0]
    paid = await first.paid_run(100, 250, 7, 12)
    chosen = {one.cross_reference: 905 for one in paid[:3]}
    path = first.bank.returns.send(chosen, paid, on=date(2026, 11, 25), misbehave="duplicate")
    content = path.read_bytes()
    works = [office.import_folder() for office in offices] + [office.upload(content) for office in offices]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    await first.import_folder()
    (plan,) = [await first.desk.plans.get_by_run(run) for run in {*(await runs_of(first, paid)).values()}]
    expected = sorted(item.payment_id for item in plan.file.items if item.cross_reference in chosen)
    assert await returned(offices) == expected, outcomes
    assert sorted(item.state for item in plan.file.items) == ["returned"] * 3 + ["settled"]
    assert await first.open_exceptions() == set()
    kept = await first.returns.file((await first.upload(content)).sha256)
    assert (kept.items, kept.applied + kept.repeated) == (3, 3)
    assert not list(first.desk.inbox_folder.glob(f"*{SUFFIX}"))
    flagged = [await first.flags.is_flagged(await first.desk.accounts.get(item.payee_id)) for item in plan.file.items]
    assert sorted(flagged) == [False, True, True, True]


async def runs_of(office, paid):
    return await office.desk.plans.runs_of([one.cross_reference for one in paid])


async def test_a_finding_is_closed_once_by_one_of_many_agents(offices, database):
    first = offices[0]
    paid = await first.paid_run(100, 250)
    path = first.bank.returns.send({paid[0].cross_reference: 905}, paid, misbehave="unknown")
    await first.upload(path.read_bytes())
    (found,) = await first.listed.list_of(closed=False, before=None, limit=10)
    assert (found.found.kind, found.found.subject) == ("unknown_reference", NOBODYS)

    async def close(office, number):
        message = build.received(CloseBankException(exception_id=found.key, note=f"note {number}"), agent())
        handler = partial(close_exception, listed=office.listed, clock=office.desk.clock)
        await office.desk.log.outbox.group("banking.close_exception", each(handler)).submit(message)

    outcomes = await asyncio.gather(*(close(office, n) for n, office in enumerate(offices)), return_exceptions=True)
    assert sorted(type(one) for one in outcomes if one is not None) == [ExceptionClosed] * (PROCESSES - 1)
    assert await first.listed.list_of(closed=False, before=None, limit=10) == []
    (closed,) = await first.listed.list_of(closed=True, before=None, limit=10)
    assert await first.listed.get(found.key) == closed
    assert closed.note == f"note {outcomes.index(None)}"


async def test_exceptions_come_page_by_page_newest_first(offices):
    first = offices[0]
    paid = await first.paid_run(100)
    for _ in range(3):
        first.desk.now += timedelta(minutes=1)
        path = first.bank.returns.send({paid[0].cross_reference: 905}, paid, misbehave="unknown")
        await first.upload(path.read_bytes())
    everything = await first.listed.list_of(closed=False, before=None, limit=10)
    assert [one.found.found_at for one in everything] == sorted((o.found.found_at for o in everything), reverse=True)
    assert await first.listed.list_of(closed=False, before=everything[0].key, limit=1) == [everything[1]]


async def test_a_lease_has_one_holder_until_it_runs_out(database):
    one, other = (MongoLease(database, "returns", holder=name, seconds=30) for name in ("one", "other"))
    now = utc_now()
    outcomes = await asyncio.gather(one.take(at=now), other.take(at=now))
    assert sorted(outcomes) == [False, True]
    holder, waiting = (one, other) if outcomes[0] else (other, one)
    assert await holder.take(at=now + timedelta(seconds=20))
    assert not await waiting.take(at=now + timedelta(seconds=49))
    assert await waiting.take(at=now + timedelta(seconds=50))


async def test_a_flag_is_about_the_details_in_force_and_is_lifted_by_a_word(offices):
    first = offices[0]
    payee_id = await first.desk.payee()
    account = await first.desk.accounts.get(payee_id)
    await first.flags.put(account, payment_id="payment-1", at=utc_now())
    assert await first.flags.is_flagged(account)
    first.desk.now += timedelta(hours=1)
    await first.desk.change(build.changing(payee_id), build.member(dossier_id=payee_id))
    assert not await first.flags.is_flagged(await first.desk.accounts.get(payee_id))
    await first.flags.lift(payee_id)
    assert not await first.flags.is_flagged(account)
