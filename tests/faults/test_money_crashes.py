"""Payments and banking die in the middle of paying a run; nobody is paid twice and no file is sent twice."""

import asyncio
import hashlib

import pytest

from deploy.demo.client import Json
from shared.contracts import Event
from shared.contracts.banking import DepositFileSent, DepositSettled
from shared.contracts.payments import PaymentScheduled, PaymentSent, PaymentSettled, RunApproved, StatementIssued
from tests.faults.harm import arm, crashed, heal
from tests.faults.invariants import assert_ledger_balanced, outboxes_empty
from tests.faults.witness import Witness
from tests.support import cpa005_reader as cpa005
from tests.support.world import Member, World, claim_body

BENEFIT = 2_800
"""Of the claim of ``claim_body`` in the standard plan; see the journey."""

PAYEES = 2
STANDS = {
    "deposit_file_reserved": ("reserved", False, False),
    "deposit_file_on_disk": ("reserved", False, True),
    "deposit_file_proved": ("written", False, True),
    "deposit_file_written": ("written", True, False),
    "deposit_file_sent": ("sent", True, False),
}
"""By crash point: state of the file, whether the bank sees it, whether it stands under its hidden name."""
ABOUT_A_PAYMENT: tuple[type[Event], ...] = (PaymentScheduled, PaymentSent, PaymentSettled, DepositSettled)


@pytest.mark.req("PAY-1", "PAY-6", "PAY-7", "BNK-4")
@pytest.mark.parametrize(
    ("payments_point", "banking_point"),
    [
        ("after_commit", "deposit_file_reserved"),
        ("after_publish", "deposit_file_on_disk"),
        ("after_commit", "deposit_file_proved"),
        ("after_publish", "deposit_file_written"),
        ("after_commit", "deposit_file_sent"),
    ],
)
@pytest.mark.timeout(240)
async def test_a_run_pays_everybody_once_although_payments_and_banking_die_on_the_way(
    world: World, witness: Witness, payments_point: str, banking_point: str
) -> None:
    members = await payable_members(world)
    await arm(world.stack, {"payments": payments_point, "banking": banking_point})

    closing = asyncio.create_task(world.close_run())
    await crashed(world.stack, "payments")
    world.stack.start_service("payments")
    run_id = (await closing)["run_id"]
    await crashed(world.stack, "banking")
    assert_file_stands_as_it_should(world, run_id, banking_point)
    await heal(world.stack)

    run = await world.settled(run_id, timeout_s=90.0)
    await outboxes_empty(world)
    assert_one_file(world, run)
    assert_one_batch_each(world, run, members)
    await assert_announced_once(world, witness, run)
    await assert_ledger_balanced(world)
    for member in members:
        (payment,) = (await member.person.get("/payments"))["payments"]
        assert (payment["amount_cents"], payment["status"]) == (BENEFIT, "settled")


async def payable_members(world: World) -> list[Member]:
    """Members with direct deposit to whom one claim is payable."""
    members = await world.members(PAYEES)
    for member in members:
        await member.enrol()
        await member.decided(await member.submit(claim_body(member.persons[0])))
    await world.payable(*members)
    return members


def file_of(world: World, run_id: str) -> Json:
    found = world.database("banking")["deposit_files"].find_one({"_id": run_id})
    assert found is not None
    return found


def assert_file_stands_as_it_should(world: World, run_id: str, point: str) -> None:
    """Right after banking died: what the bank may see, and what is known of it; never a file without its hash."""
    file = file_of(world, run_id)
    path = world.stack.folders.bank_outbox / file["file_name"]
    part = path.with_name(f".{path.name}.part")
    state, bank_sees, half_way = STANDS[point]
    assert (file["state"], path.exists(), part.exists()) == (state, bank_sees, half_way)
    if state == "reserved":
        assert file["sha256"] is None
    else:
        content = (path if bank_sees else part).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()


def assert_one_file(world: World, run: Json) -> None:
    """One file for the run, under a number of its own, with the bytes whose hash is recorded."""
    folder = world.stack.folders.bank_outbox
    file = file_of(world, run["run_id"])
    content = (folder / file["file_name"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == file["sha256"] == run["file_sha256"]
    numbers = [cpa005.read(path.read_bytes()).header.number for path in folder.glob("*.txt")]
    assert len(numbers) == len(set(numbers))
    assert numbers.count(f"{run['file_number']:04d}") == 1
    assert not list(folder.glob(".*.part"))
    read = cpa005.read(content)
    payments = world.database("payments")["payments"].find({"run_id": run["run_id"]})
    assert sorted((one.sundry.strip(), int(one.amount)) for one in read.segments) == sorted(
        (payment["batch_number"], payment["amount_cents"]) for payment in payments
    )


def assert_one_batch_each(world: World, run: Json, members: list[Member]) -> None:
    payments = list(world.database("payments")["payments"].find({"run_id": run["run_id"]}))
    payees = [payment["payee_id"] for payment in payments]
    assert len(payees) == len(set(payees)) == run["payments"]
    assert {member.dossier_id for member in members} <= set(payees)
    for member in members:
        everywhere = world.database("payments")["payments"].count_documents({"payee_id": member.dossier_id})
        items = world.database("banking")["deposit_items"].count_documents({"payee_id": member.dossier_id})
        assert (everywhere, items) == (1, 1)


async def assert_announced_once(world: World, witness: Witness, run: Json) -> None:
    """Each event about the run, its payments and statements has one id, however often it was published."""
    payments = list(world.database("payments")["payments"].find({"run_id": run["run_id"]}))
    expected: dict[tuple[type[Event], str], int] = {
        (event, run["run_id"]): 1 for event in (RunApproved, DepositFileSent)
    }
    for payment in payments:
        expected |= {(event, payment["_id"]): 1 for event in ABOUT_A_PAYMENT}
        expected[StatementIssued, payment["batch_number"]] = 1

    await witness.caught_up()
    assert {key: len(witness.ids(*key)) for key in expected} == expected
