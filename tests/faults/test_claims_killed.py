"""The claims service dies while claims flow: killed from outside, or at the worst points within."""

import asyncio
import secrets
from collections.abc import Sequence

import pytest

from deploy.sample.claims import sample_claims
from shared.contracts.claims import ClaimAdjudicated
from tests.faults.harm import arm, crashed, heal
from tests.faults.invariants import all_decided, assert_decided_once, decided_count, stored_claims
from tests.faults.witness import Witness
from tests.support.waiting import eventually
from tests.support.world import Member, World, claim_body, yesterday

WAVES = 4
WAVE = 50
SIDE_BY_SIDE = 10


async def submit(members: Sequence[Member], count: int) -> list[str]:
    """A mix of claims by these members, a few at the same time; their numbers."""
    by_dossier = {member.dossier_id: member for member in members}
    persons = {dossier_id: member.persons for dossier_id, member in by_dossier.items()}
    places = asyncio.Semaphore(SIDE_BY_SIDE)
    seed = secrets.randbelow(10**9)

    async def one(member: Member, body: dict[str, object], key: str) -> str:
        async with places:
            return await member.submit(body, key=key)

    claims = sample_claims(persons, count=count, seed=seed, today=yesterday())
    return list(await asyncio.gather(*(one(by_dossier[c.member], dict(c.body), c.key) for c in claims)))


@pytest.mark.req("CLM-7", "CLM-8", "PAY-6", "PAY-7")
@pytest.mark.timeout(240)
async def test_every_accepted_claim_is_decided_once_although_claims_is_killed_again_and_again(
    world: World, witness: Witness
) -> None:
    members, supervisor = await world.members(4), world.stack.supervisor
    numbers: list[str] = []
    for wave in range(WAVES):
        begun = asyncio.create_task(submit(members, WAVE))

        async def at_work(enough: int = wave * WAVE + 5) -> bool:
            return decided_count(world, members) >= enough

        await eventually(at_work, f"claims works on wave {wave}", timeout_s=60.0)
        supervisor.kill("claims")
        await asyncio.to_thread(supervisor.wait_restarted, "claims")
        numbers += await begun

    assert len(set(numbers)) == WAVES * WAVE
    await all_decided(world, members, set(numbers))
    await assert_decided_once(world, members, numbers, witness=witness)


@pytest.mark.req("CLM-7", "CLM-8")
@pytest.mark.parametrize("point", ["after_commit", "after_publish"])
async def test_a_decision_is_announced_under_one_id_although_claims_dies_around_publishing(
    world: World, witness: Witness, point: str
) -> None:
    member = await world.member()
    await arm(world.stack, {"claims": point})

    number = await member.submit(claim_body(member.persons[0]))
    await crashed(world.stack, "claims")

    (claim,) = stored_claims(world, [member]).values()
    assert claim["outcome"] == "reduced"
    await witness.caught_up()
    published = len(witness.deliveries(ClaimAdjudicated, claim["_id"]))
    assert published == (1 if point == "after_publish" else 0)
    assert world.database("claims")["message_log"].count_documents({"pending": True}) == 1

    await heal(world.stack)
    await all_decided(world, [member], {number})
    await assert_decided_once(world, [member], [number], witness=witness)
    assert len(witness.deliveries(ClaimAdjudicated, claim["_id"])) == (2 if point == "after_publish" else 1)
    assert (await member.claim(number))["status"] == "decided"
