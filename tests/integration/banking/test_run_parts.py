"""A run in several messages: one file with all of it, whatever the order and however often they come."""

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from services.banking.gateways import OutboxFolder
from services.banking.handlers.deposits import PayeeNameMissing, RunTotalDiffers, write_deposit_file
from services.banking.routes_parts import run_part_route
from services.banking.storage_parts import MongoRunParts
from services.banking.wiring_parts import run_part_handlers
from shared.contracts.banking import DepositFileSent
from shared.contracts.payments import RunApproved, RunItem
from shared.mongo import Database
from tests.support import banking_builders as build
from tests.support import cpa005_reader as cpa005
from tests.support.banking_desk import Crash, Desk

pytestmark = pytest.mark.req("BNK-4", "PAY-1")

RUN_ID = "run-in-parts"


def parts_of(items: Sequence[RunItem], size: int, *, run_id: str = RUN_ID) -> list[RunApproved]:
    slices = [items[start : start + size] for start in range(0, len(items), size)]
    return [
        build.run_approved(*some, run_id=run_id, part=number, parts=len(slices))
        for number, some in enumerate(slices, start=1)
    ]


class Office:
    """A desk that takes runs in parts."""

    def __init__(self, desk: Desk, database: Database) -> None:
        self.desk, self.database = desk, database

    async def deliver(self, event: RunApproved, *, crash_at: str | None = None) -> None:
        def crash_point(name: str) -> None:
            if name == crash_at:
                raise Crash(name)

        desk = self.desk

        async def write(run_id: str) -> None:
            await write_deposit_file(
                run_id,
                plans=desk.plans,
                accounts=desk.accounts,
                vault=desk.vault,
                outbox=OutboxFolder(desk.outbox_folder),
                profile=desk.profile,
                clock=desk.clock,
            )

        handlers = run_part_handlers(
            MongoRunParts(self.database),
            plans=desk.plans,
            payees=desk.payees,
            profile=desk.profile,
            clock=desk.clock,
            write=write,
            crash_point=crash_point,
        )
        await run_part_route(handlers, desk.log.group)(build.received(event))

    async def sent(self) -> list[DepositFileSent]:
        return [event for event in await self.desk.log.published() if isinstance(event, DepositFileSent)]

    def files(self) -> list[Path]:
        return sorted(self.desk.outbox_folder.glob("*.txt"))


@pytest.fixture
def office(desk: Desk, database: Database) -> Office:
    return Office(desk, database)


async def run_of(office: Office, count: int) -> list[RunItem]:
    payees = await asyncio.gather(*(office.desk.payee() for _ in range(count)))
    return [build.run_item(payee_id) for payee_id in payees]


async def assert_one_file_with(office: Office, items: Sequence[RunItem]) -> None:
    (file,) = office.files()
    segments = cpa005.read(file.read_bytes()).segments
    assert [int(segment.amount) for segment in segments] == [item.amount_cents for item in items]
    events = {event.part: event for event in await office.sent()}
    assert len(events) == len(await office.sent())
    told = [item.payment_id for _, event in sorted(events.items()) for item in event.items]
    assert told == [item.payment_id for item in items]
    assert {event.total_cents for event in events.values()} == {sum(item.amount_cents for item in items)}
    assert len({event.sha256 for event in events.values()}) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_parts_in_any_order_and_repeated_make_one_file(office: Office, seed: int) -> None:
    items = await run_of(office, 7)
    parts = parts_of(items, 2)
    deliveries = [*parts, *parts]
    random.Random(seed).shuffle(deliveries)  # noqa: S311 - an order, not a secret
    for event in deliveries:
        await office.deliver(event)
    await assert_one_file_with(office, items)


async def test_nothing_is_written_before_the_last_part_is_there(office: Office) -> None:
    items = await run_of(office, 5)
    *parts, last = parts_of(items, 2)
    for event in parts:
        await office.deliver(event)
    assert office.files() == []
    assert await office.sent() == []
    await office.deliver(last)
    await assert_one_file_with(office, items)


@pytest.mark.parametrize("point", ["deposit_file_reserved", "deposit_file_written", "deposit_file_sent"])
async def test_a_crash_at_any_point_is_made_good_by_the_next_delivery(
    make_desk: Callable[[], Desk], database: Database, point: str
) -> None:
    office = Office(make_desk(), database)
    items = await run_of(office, 4)
    first, last = parts_of(items, 2)
    await office.deliver(first)
    with pytest.raises(Crash):
        await office.deliver(last, crash_at=point)
    again = Office(make_desk(), database)
    await again.deliver(last)
    await assert_one_file_with(again, items)


async def test_a_part_that_does_not_add_up_or_names_a_stranger_keeps_the_run_waiting(office: Office) -> None:
    items = await run_of(office, 2)
    first, last = parts_of(items, 1)
    with pytest.raises(RunTotalDiffers):
        await office.deliver(first.model_copy(update={"amount_cents": first.amount_cents + 1}))
    stranger = last.items[0].model_copy(update={"payee_id": "nobody"})
    await office.deliver(first)
    with pytest.raises(PayeeNameMissing):
        await office.deliver(last.model_copy(update={"items": (stranger,)}))
    assert office.files() == []
    await office.deliver(last)
    await assert_one_file_with(office, items)


async def test_a_part_without_items_is_no_hindrance(office: Office) -> None:
    items = await run_of(office, 2)
    whole = build.run_approved(*items, run_id=RUN_ID, part=1, parts=2)
    empty = build.run_approved(run_id=RUN_ID, part=2, parts=2)
    for event in (empty, whole):
        await office.deliver(event)
    await assert_one_file_with(office, items)
