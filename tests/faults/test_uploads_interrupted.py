"""Claims dies or hangs while a file comes in: nobody is told a lie, nothing half is left, and sending again works."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256

import httpx
import pytest

from tests.support.receipt_files import pdf_of
from tests.support.waiting import eventually
from tests.support.world import Member, World

CONTENT = pdf_of(4 * 2**20)


async def send(member: Member, world: World, *, half_way: asyncio.Event, go_on: asyncio.Event) -> httpx.Response:
    async def chunks() -> AsyncIterator[bytes]:
        middle = len(CONTENT) // 2
        yield CONTENT[:middle]
        half_way.set()
        await go_on.wait()
        yield CONTENT[middle:]

    return await world.http.post("/receipts?kind=receipt", content=chunks(), headers=member.person.headers())


@pytest.mark.req("CLM-5")
async def test_an_upload_goes_on_when_claims_comes_back_soon_or_says_that_it_did_not(world: World) -> None:
    member, half_way, go_on = await world.member(), asyncio.Event(), asyncio.Event()
    sending = asyncio.create_task(send(member, world, half_way=half_way, go_on=go_on))
    await half_way.wait()
    world.stack.supervisor.kill("claims")
    go_on.set()
    answer = await sending
    await asyncio.to_thread(world.stack.supervisor.wait_restarted, "claims")
    assert answer.status_code in {httpx.codes.CREATED, httpx.codes.SERVICE_UNAVAILABLE}, answer.text
    if answer.status_code == httpx.codes.CREATED:
        assert answer.json()["sha256"] == sha256(CONTENT).hexdigest()
    assert (await again(member))["sha256"] == sha256(CONTENT).hexdigest()


@pytest.mark.req("CLM-5")
async def test_while_claims_hangs_an_upload_ends_with_a_clear_error_and_leaves_nothing(world: World) -> None:
    member, half_way, go_on = await world.member(), asyncio.Event(), asyncio.Event()
    sending = asyncio.create_task(send(member, world, half_way=half_way, go_on=go_on))
    await half_way.wait()
    world.stack.supervisor.pause("claims")
    try:
        go_on.set()
        answer = await sending
    finally:
        world.stack.supervisor.resume("claims")
    assert (answer.status_code, answer.json()["code"]) == (503, "bus.no_answer")
    assert int(answer.headers["retry-after"]) > 0
    assert (await again(member))["size_bytes"] == len(CONTENT)


async def again(member: Member) -> dict[str, object]:
    async def probe() -> dict[str, object] | None:
        answer = await member.person.http.post(
            "/receipts?kind=receipt", content=CONTENT, headers=member.person.headers()
        )
        return answer.json() if answer.status_code == httpx.codes.CREATED else None

    kept = await eventually(probe, "the file is taken", timeout_s=30.0)
    assert kept is not None
    return kept
