import asyncio
import os
import sys
import threading

import pytest
from argon2 import extract_parameters

from services.identity.domain.errors import HashingBusyError
from services.identity.hashing import NICENESS, HashCost, PasswordHashing, PoolSize
from tests.support import identity_builders as build

PEPPER = b"one pepper of thirty-two bytes or more"


@pytest.mark.req("REG-4")
def test_hashes_have_the_owasp_cost_by_default() -> None:
    made = extract_parameters(PasswordHashing(PEPPER)._dummy)
    assert (made.type.name, made.time_cost, made.memory_cost, made.parallelism) == ("ID", 2, 19_456, 1)
    assert (made.salt_len, made.hash_len) == (16, 32)


async def test_a_hash_verifies_its_own_password_only() -> None:
    hashing = build.hashing()
    encoded = await hashing.hash("Été-Vert-88")
    assert await hashing.verify("E\u0301te\u0301-Vert-88", encoded)
    assert not await hashing.verify("ete-vert-88", encoded)
    assert encoded != await hashing.hash("Été-Vert-88")


async def test_without_the_pepper_a_stolen_hash_verifies_nothing() -> None:
    encoded = await build.hashing().hash("Été-Vert-88")
    assert not await PasswordHashing(PEPPER, cost=build.CHEAP).verify("Été-Vert-88", encoded)


async def test_without_a_hash_nothing_verifies() -> None:
    assert not await build.hashing().verify("Été-Vert-88", None)


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PasswordHashing(b"short", cost=build.CHEAP)


async def test_only_cheaper_hashes_are_outdated() -> None:
    weak = await build.hashing().hash("x")
    strong = await PasswordHashing(PEPPER, cost=HashCost(passes=4, memory_kib=64)).hash("x")
    middle = PasswordHashing(PEPPER, cost=HashCost(passes=2, memory_kib=64))
    assert middle.outdated(weak)
    assert not middle.outdated(strong)
    assert not middle.outdated(await middle.hash("x"))


async def test_beyond_the_queue_callers_are_told_when_to_come_back() -> None:
    hashing = PasswordHashing(PEPPER, cost=build.CHEAP, pool=PoolSize(workers=1, queue_limit=1))
    gate = threading.Event()
    held = [asyncio.create_task(hashing._in_pool(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    try:
        with pytest.raises(HashingBusyError) as busy:
            await hashing.hash("x")
    finally:
        gate.set()
    await asyncio.gather(*held)
    assert busy.value.params == {"retry_after_seconds": 1}
    assert await hashing.verify("x", await hashing.hash("x"))


async def test_a_caller_who_leaves_does_not_free_a_place_before_the_thread_does() -> None:
    hashing = PasswordHashing(PEPPER, cost=build.CHEAP, pool=PoolSize(workers=1, queue_limit=0))
    gate = threading.Event()
    held = asyncio.create_task(hashing._in_pool(gate.wait))
    await asyncio.sleep(0)
    held.cancel()
    try:
        with pytest.raises(HashingBusyError):
            await hashing.hash("x")
    finally:
        gate.set()
        await asyncio.gather(held, return_exceptions=True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority per thread")
async def test_hashing_gives_way_to_other_work_and_nothing_else_does() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    hashing = PasswordHashing(PEPPER, cost=build.CHEAP)

    niceness = await hashing._in_pool(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    assert niceness == min(before + NICENESS, 19)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
    hashing.close()
