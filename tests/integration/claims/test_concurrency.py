"""Processes side by side deciding claims of one family: no maximum is exceeded, no use of it is forgotten."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from services.claims.domain.accumulators import Accumulators
from services.claims.domain.claim import Claim
from services.claims.handlers.deciding import Repositories
from services.claims.handlers.submitting import submit_claims
from services.claims.storage import SCHEMA, MongoAccumulators, MongoClaims, MongoCoverages
from shared.clock import new_id
from shared.contracts.claims import SubmitClaim
from shared.envelopes import Outgoing, Received
from shared.group_commit import GroupCommit
from shared.mongo import Database
from shared.outbox import Outbox, OutboxSettings
from shared.schema import Schema
from tests.support.claims_builders import CHILD, SELF, SPOUSE, STUDENT, plan
from tests.support.claims_desk import DOSSIER, NOON, Desk, coverage_recorded, treatments

MakeDatabase = Callable[[Schema], Awaitable[Database]]
PERSONS = (SELF, SPOUSE, CHILD, STUDENT)
PERSON_MAXIMUM_CENTS, FAMILY_MAXIMUM_CENTS, FAMILY_DEDUCTIBLE_CENTS = 50_000, 100_000, 8_000
YEAR = (DOSSIER, 2026)


class Recorder:
    """A publisher that remembers."""

    def __init__(self) -> None:
        self.published: list[Outgoing] = []

    async def publish_all(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        self.published += batch
        return []


@dataclass
class Process:
    """One process of the service: an outbox of its own on the database of all."""

    outbox: Outbox
    intake: GroupCommit
    recorder: Recorder


@dataclass
class Office:
    """Four processes and the database that they share."""

    database: Database
    processes: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        for _ in range(4):
            recorder = Recorder()
            outbox = Outbox(self.database, recorder, OutboxSettings(source="claims", group_max=10))  # type: ignore[arg-type]
            handler = partial(submit_claims, repositories=self.stores, plans={"TEST": plan()}, clock=lambda: NOON)
            self.processes.append(Process(outbox, outbox.group("claims.intake", handler), recorder))

    @property
    def stores(self) -> Repositories:
        return Repositories(MongoClaims(self.database), MongoCoverages(self.database), MongoAccumulators(self.database))

    async def submit(self, claims: Sequence[Received[SubmitClaim]], *, copies: int = 1) -> None:
        """Spread the claims over the processes, each to as many of them as there are copies."""
        deliveries = [
            self.processes[(number + copy) % 4].intake.submit(replace(claim, message_id=new_id()))
            for number, claim in enumerate(claims)
            for copy in range(copies)
        ]
        await asyncio.gather(*deliveries)
        await asyncio.gather(*(process.outbox.drain() for process in self.processes))

    async def decided(self, claims: Sequence[Received[SubmitClaim]]) -> list[Claim]:
        found = await self.stores.claims.get_many([each.message.claim_id for each in claims], session=None)
        return [stored.claim for stored in found.values()]

    async def used(self) -> Accumulators:
        return (await self.stores.accumulators.get_many([YEAR], session=None))[YEAR]

    def published(self) -> list[Outgoing]:
        return [outgoing for process in self.processes for outgoing in process.recorder.published]


@pytest.fixture
async def office(make_database: MakeDatabase) -> Office:
    database = await make_database(SCHEMA)
    office = Office(database)
    await Desk(office.stores, database.with_transaction).tell(coverage_recorded())
    return office


def sums(claims: Sequence[Claim]) -> dict[str, Counter[Any]]:
    """What the decisions say was paid and deducted, by person."""
    paid: Counter[str] = Counter()
    deducted: Counter[str] = Counter()
    for claim in claims:
        assert claim.decision is not None
        paid[claim.person_id] += claim.decision.totals.benefit_cents
        deducted[claim.person_id] += claim.decision.totals.deductible_cents
    return {"paid": paid, "deducted": deducted}


@pytest.mark.req("CLM-7", "CLM-8")
async def test_two_hundred_claims_of_a_family_in_four_processes_never_exceed_a_maximum(office: Office) -> None:
    by_person = [treatments(50, person_id=person) for person in PERSONS]
    claims = [claim for day in zip(*by_person, strict=True) for claim in day]

    await office.submit(claims)

    decided, used = await office.decided(claims), await office.used()
    told = sums(decided)
    assert len(decided) == len(claims) == 200
    assert max(told["paid"].values()) <= PERSON_MAXIMUM_CENTS
    assert told["paid"].total() == FAMILY_MAXIMUM_CENTS
    assert told["deducted"].total() == FAMILY_DEDUCTIBLE_CENTS
    for person in PERSONS:
        assert used.paid_cents(person, "physio") == used.paid_cents(person, "body") == told["paid"][person]
        assert used.deductible_cents(person, "health") == told["deducted"][person]
    assert used.version == sum(1 for claim in decided if claim.decision and claim.decision.deltas)
    assert len({outgoing.message_id for outgoing in office.published()}) == len(office.published()) == 200


@pytest.mark.req("CLM-7", "CLM-8")
async def test_a_claim_delivered_to_four_processes_at_once_is_decided_and_counted_once(office: Office) -> None:
    claims = treatments(12)

    await office.submit(claims, copies=4)

    decided = await office.decided(claims)
    assert [claim.version for claim in decided] == [2] * 12
    assert sums(decided)["paid"][SELF] == (await office.used()).paid_cents(SELF, "physio") == PERSON_MAXIMUM_CENTS
    assert len(office.published()) == 12


@pytest.mark.req("CLM-8")
async def test_one_service_claimed_in_four_processes_at_once_is_paid_once(office: Office) -> None:
    claims = [claim for _ in range(8) for claim in treatments(3)]

    await office.submit(claims)

    decided = await office.decided(claims)
    outcomes = Counter(claim.decision.outcome.value for claim in decided if claim.decision)
    assert outcomes["denied"] == len(claims) - 3
    assert sums(decided)["paid"][SELF] == (await office.used()).paid_cents(SELF, "physio") == 3_200 + 2 * 7_200
