"""Services die while claims flow: killed from outside, or at the worst points within."""

import asyncio

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from shared.contracts.claims import ClaimAdjudicated
from tests.faults.harm import arm, crashed, heal
from tests.faults.invariants import all_decided, assert_decided_once, decided_count, stored_claims
from tests.faults.load import submit_mix
from tests.faults.witness import Witness
from tests.support.waiting import eventually
from tests.support.world import Dossier, World, claim_body

WAVES = 4
WAVE = 50
OTHERS = ("payments", "notification", "identity", "edge", "banking")


@pytest.mark.req("CLM-7", "CLM-8", "PAY-6", "PAY-7")
@pytest.mark.timeout(240)
async def test_every_accepted_claim_is_decided_once_although_claims_is_killed_again_and_again(
    world: World, witness: Witness
) -> None:
    members, supervisor = await world.members(4), world.stack.supervisor
    numbers: list[str] = []
    for wave in range(WAVES):
        begun = asyncio.create_task(submit_mix(members, WAVE))

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


@pytest.mark.req("CLM-7", "PAY-6", "PAY-7", "MSG-4")
@pytest.mark.timeout(240)
async def test_every_other_service_may_be_killed_while_claims_flow(world: World, witness: Witness) -> None:
    members, supervisor = await world.members(2), world.stack.supervisor
    await world.agent()
    numbers: list[str] = []
    for name in OTHERS:
        begun = asyncio.create_task(submit_mix(members, 20))

        async def at_work(enough: int = len(numbers) + 1) -> bool:
            return decided_count(world, members) >= enough

        await eventually(at_work, f"claims are being decided before {name} is killed", timeout_s=60.0)
        supervisor.kill(name)
        await asyncio.to_thread(supervisor.wait_restarted, name)
        numbers += await begun

    await all_decided(world, members, set(numbers))
    await assert_decided_once(world, members, numbers, witness=witness)
    claims = stored_claims(world, members)
    for member in members:
        own = [number for number, claim in claims.items() if claim["dossier_id"] == member.dossier_id]
        await asyncio.gather(*(world.mail_about(member.person.email, number) for number in own))
        await member.person.sign_in()


async def until_answered(person: Person, path: str, body: Json) -> Json:
    """The answer, asked for again while nobody answers: the code stays good, and the account is made once."""
    while True:
        try:
            return await person.post(path, body)
        except HttpProblem as problem:
            if problem.status != httpx.codes.SERVICE_UNAVAILABLE:
                raise


@pytest.mark.req("REG-1", "LOG-1")
async def test_a_member_can_sign_in_although_identity_died_right_after_creating_the_account(world: World) -> None:
    dossier, person = Dossier(), world.visitor()
    await world.load(dossier)
    started = await person.start_registration(dossier.facts)
    code = await person.code_with_reference(started["code"]["reference"])
    await arm(world.stack, {"identity": "after_commit"})

    path = f"/enrolments/{started['enrolment_id']}/code"
    confirming = asyncio.create_task(until_answered(person, path, {"code": code}))
    await crashed(world.stack, "identity")
    await heal(world.stack)

    account = (await confirming)["account"]
    assert world.database("identity")["accounts"].count_documents({"email": person.email}) == 1
    await person.sign_in()
    assert (await person.get("/me"))["account_id"] == account["account_id"]
