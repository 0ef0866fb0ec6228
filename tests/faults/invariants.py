"""What must hold after every fault, once everything is healed: nothing lost, nothing twice, nothing left over."""

from collections import Counter
from collections.abc import Sequence

from deploy.demo.client import Json
from shared.contracts.claims import ClaimAdjudicated
from tests.faults.witness import Witness
from tests.support.waiting import eventually
from tests.support.world import Member, World

DRAIN_SECONDS = 60.0


def stored_claims(world: World, members: Sequence[Member]) -> dict[str, Json]:
    """The claims of these members by number."""
    ids = [member.dossier_id for member in members]
    return {claim["number"]: claim for claim in world.database("claims")["claims"].find({"dossier_id": {"$in": ids}})}


def decided_count(world: World, members: Sequence[Member]) -> int:
    """How many claims of these members have a decision."""
    ids = [member.dossier_id for member in members]
    query = {"dossier_id": {"$in": ids}, "outcome": {"$exists": True}}
    return world.database("claims")["claims"].count_documents(query)


async def all_decided(world: World, members: Sequence[Member], numbers: set[str]) -> None:
    """Wait until every accepted claim has a decision that payments has booked."""

    async def probe() -> bool:
        claims = stored_claims(world, members)
        if not numbers <= claims.keys() or decided_count(world, members) < len(numbers):
            return False
        ids = [claims[number]["_id"] for number in numbers]
        booked = world.database("payments")["claim_versions"].distinct("claim_id", {"claim_id": {"$in": ids}})
        return len(booked) == len(numbers)

    await eventually(probe, f"{len(numbers)} claims are decided and booked", timeout_s=DRAIN_SECONDS)


async def outboxes_empty(world: World) -> None:
    """Wait until no service has anything left to publish."""

    async def probe() -> bool:
        return not any(
            world.database(name)["message_log"].count_documents({"pending": True}) for name in world.databases()
        )

    await eventually(probe, "every outbox is empty", timeout_s=DRAIN_SECONDS)


async def assert_decided_once(
    world: World, members: Sequence[Member], numbers: Sequence[str], *, witness: Witness | None = None
) -> None:
    """Every accepted claim is there, was decided once and booked once; the ledger sums to zero.

    With a witness: every decision was announced under one event id.
    """
    await outboxes_empty(world)
    claims = stored_claims(world, members)
    assert sorted(claims) == sorted(numbers), "accepted claims and stored claims differ"
    assert {claim["version"] for claim in claims.values()} == {2}
    assert {len(claim["timeline"]) for claim in claims.values()} == {2}
    by_id = {claim["_id"]: claim for claim in claims.values()}
    booked = list(world.database("payments")["claim_versions"].find({"claim_id": {"$in": list(by_id)}}))
    assert Counter(version["claim_id"] for version in booked) == dict.fromkeys(by_id, 1)
    if witness is not None:
        await witness.caught_up()
        announced_as = {claim_id: witness.ids(ClaimAdjudicated, claim_id) for claim_id in by_id}
        assert {claim_id: ids for claim_id, ids in announced_as.items() if len(ids) != 1} == {}
        announced = {claim_id: witness.deliveries(ClaimAdjudicated, claim_id)[0].data for claim_id in by_id}
        assert {v["claim_id"]: v["benefit_cents"] for v in booked} == {
            claim_id: data["benefit_cents"] for claim_id, data in announced.items()
        }
    _assert_each_benefit_is_posted_once(world, {v["claim_id"]: v["benefit_cents"] for v in booked})
    await assert_ledger_balanced(world)


def _assert_each_benefit_is_posted_once(world: World, benefits: dict[str, int]) -> None:
    keys = [f"claim/{claim_id}/2" for claim_id, cents in benefits.items() if cents]
    transfers = list(world.database("payments")["transfers"].find({"_id": {"$regex": "^claim/"}}))
    posted = Counter(
        {
            transfer["_id"]: max(posting["amount_cents"] for posting in transfer["postings"])
            for transfer in transfers
            if transfer["_id"].split("/")[1] in benefits
        }
    )
    assert posted == Counter({key: benefits[key.split("/")[1]] for key in keys})


async def assert_ledger_balanced(world: World) -> None:
    ledger = await (await world.agent()).get("/ledger")
    assert (ledger["sum_cents"], ledger["unbalanced_transfers"]) == (0, 0)
