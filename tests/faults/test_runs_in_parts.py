"""A run that goes to banking in several messages, on the running system: one file, every payee once."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from shared.contracts.banking import DepositFileSent
from shared.contracts.payments import RunApproved
from tests.faults.test_money_crashes import assert_one_batch_each, assert_one_file, payable_members
from tests.faults.witness import Witness
from tests.support.world import World

SMALL = {"ACQUIT_RUN_PART_SIZE": "1", "ACQUIT_RUN_SLICE_PAYABLES": "1", "ACQUIT_CRASH_AT": "never"}
"""The last one lets ``heal`` put the service back as it was."""


@pytest.fixture
async def small_parts(world: World) -> None:
    process = world.stack.supervisor["payments"]
    command = replace(process.command, env={**(process.command.env or {}), **SMALL}, restart=None)
    await asyncio.to_thread(process.stop)
    await asyncio.to_thread(world.stack.supervisor.start, "payments", command)
    await asyncio.to_thread(world.stack.wait_ready, "payments")


@pytest.mark.req("PAY-1", "PAY-7", "BNK-4")
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("small_parts")
async def test_a_run_in_parts_is_one_file_and_pays_everybody_once(world: World, witness: Witness) -> None:
    members = await payable_members(world)
    run = await world.settled((await world.close_run())["run_id"], timeout_s=90.0)
    assert run["payments"] >= len(members)
    assert_one_file(world, run)
    assert_one_batch_each(world, run, members)
    await witness.caught_up()
    told = Counter({event: len(witness.ids(event, run["run_id"])) for event in (RunApproved, DepositFileSent)})
    assert told == Counter({RunApproved: run["payments"], DepositFileSent: run["payments"]})
    for member in members:
        (payment,) = (await member.person.get("/payments"))["payments"]
        assert payment["status"] == "settled"
        statement = await member.person.get(f"/statements/{payment['batch_number']}")
        assert statement["amount_cents"] == payment["amount_cents"]
