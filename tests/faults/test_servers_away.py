"""MongoDB or RabbitMQ go away under load and come back; nothing that was accepted is lost."""

import asyncio

import httpx
import pytest

from tests.faults.harm import heal, local_mongodb, local_rabbitmq
from tests.faults.invariants import all_decided, assert_decided_once
from tests.faults.load import distinct_bodies, submit_until_accepted
from tests.faults.witness import Witness
from tests.support.waiting import eventually
from tests.support.world import Member, World

WHILE_DOWN = 50
IN_FLIGHT = 20


@pytest.mark.req("CLM-7", "PAY-6")
@pytest.mark.timeout(240)
async def test_claims_are_accepted_while_mongodb_is_down_and_decided_once_when_it_is_back(
    world: World, witness: Witness
) -> None:
    mongodb = local_mongodb(world.stack)
    members = await world.members(2)
    await world.agent()
    in_flight = [
        asyncio.create_task(member.submit(body)) for member in members for body in distinct_bodies(member, IN_FLIGHT)
    ]
    numbers = [await in_flight.pop(0)]
    await asyncio.to_thread(mongodb.kill)

    numbers += await asyncio.gather(*in_flight)
    for member in members:
        numbers += [await member.submit(body) for body in distinct_bodies(member, WHILE_DOWN // len(members))]
    assert mongodb.process.has_ended
    refused = await world.http.get(f"/claims/{numbers[-1]}", headers=members[0].person.headers())
    assert refused.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.NOT_FOUND}

    await heal(world.stack)
    assert len(set(numbers)) == len(numbers) == 2 * IN_FLIGHT + WHILE_DOWN
    await all_decided(world, members, set(numbers))
    await assert_decided_once(world, members, numbers, witness=witness)


@pytest.mark.req("CLM-7", "OPS-5")
@pytest.mark.timeout(240)
async def test_nothing_accepted_is_lost_when_rabbitmq_restarts_and_all_services_come_back(world: World) -> None:
    rabbitmq = local_rabbitmq(world.stack)
    members = await world.members(2)
    await world.agent()
    before = {name: world.stack.supervisor[name].restarts for name in world.stack.services}

    async def keep_submitting(member: Member) -> list[str]:
        return [await submit_until_accepted(member, body) for body in distinct_bodies(member, WHILE_DOWN)]

    load = [asyncio.create_task(keep_submitting(member)) for member in members]
    await all_begun(world, members)
    await asyncio.to_thread(rabbitmq.stop)
    reason = await asyncio.to_thread(world.stack.not_ready_because, "claims")
    assert reason is not None
    assert "broker" in reason
    await heal(world.stack)
    numbers = [number for accepted in await asyncio.gather(*load) for number in accepted]

    assert len(set(numbers)) == 2 * WHILE_DOWN
    await all_decided(world, members, set(numbers))
    await assert_decided_once(world, members, numbers)
    assert {name: world.stack.supervisor[name].restarts for name in world.stack.services} == before
    for member in members:
        await member.person.sign_in()


async def all_begun(world: World, members: list[Member]) -> None:
    """Wait until each member has a decided claim: load flows through every part."""

    async def probe() -> bool:
        ids = [member.dossier_id for member in members]
        return len(world.database("claims")["claims"].distinct("dossier_id", {"dossier_id": {"$in": ids}})) == len(ids)

    await eventually(probe, "claims of every member are being decided")
