"""Remembering bodies under Idempotency-Keys without holding up claims (CLM-7)."""

import asyncio
from dataclasses import dataclass, field

import pytest

from services.edge.idempotency import FirstBodies, IdempotencyMismatch
from shared.clock import utc_now
from shared.errors import Transient
from tests.support.edge_memory import MemorySubmissions


@dataclass
class Bodies:
    limit_seconds: float = 5.0
    kept: int = 100
    seconds: float = 1_000.0
    store: MemorySubmissions = field(default_factory=MemorySubmissions)

    def __post_init__(self) -> None:
        self.first = FirstBodies(
            self.store,
            limit_seconds=self.limit_seconds,
            pause_seconds=5.0,
            clock=utc_now,
            kept=self.kept,
            monotonic=lambda: self.seconds,
        )


@pytest.mark.req("CLM-7")
async def test_requests_that_arrive_together_share_one_write() -> None:
    bodies = Bodies()

    await asyncio.gather(*(bodies.first.check(f"claim-{n}", "body") for n in range(100)))

    assert sum(bodies.store.batches) == 100
    assert len(bodies.store.batches) <= 2


@pytest.mark.req("CLM-7")
async def test_a_claim_seen_lately_needs_no_database() -> None:
    bodies = Bodies()
    await bodies.first.check("claim-1", "body")

    await bodies.first.check("claim-1", "body")
    with pytest.raises(IdempotencyMismatch):
        await bodies.first.check("claim-1", "other")

    assert bodies.store.batches == [1]


@pytest.mark.req("CLM-7")
async def test_what_memory_forgot_the_database_knows() -> None:
    bodies = Bodies(kept=1)
    await bodies.first.check("claim-1", "body")
    await bodies.first.check("claim-2", "body")

    with pytest.raises(IdempotencyMismatch):
        await bodies.first.check("claim-1", "other")


@pytest.mark.req("CLM-7")
async def test_a_failing_database_is_left_alone_for_a_while_and_asked_again_later() -> None:
    bodies = Bodies()
    bodies.store.error = Transient("database.unavailable")
    for n in range(5):
        await bodies.first.check(f"claim-{n}", "body")
    assert bodies.store.batches == [1]

    bodies.store.error = None
    bodies.seconds += 5.0
    await bodies.first.check("claim-9", "body")

    assert bodies.store.rows == {"claim-9": "body"}


@pytest.mark.req("CLM-7")
async def test_a_slow_database_costs_one_limit_not_one_per_claim() -> None:
    bodies = Bodies(limit_seconds=0.01)
    bodies.store.stalled = asyncio.Event()

    for n in range(50):
        await bodies.first.check(f"claim-{n}", "body")

    assert bodies.store.batches == [1]
    bodies.store.stalled.set()


@pytest.mark.req("CLM-7")
async def test_a_database_that_owes_an_answer_is_not_asked_again() -> None:
    bodies = Bodies(limit_seconds=0.01)
    bodies.store.stalled = asyncio.Event()
    await bodies.first.check("claim-1", "body")
    bodies.seconds += 60.0

    await bodies.first.check("claim-2", "body")
    assert bodies.store.batches == [1]

    bodies.store.stalled.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await bodies.first.check("claim-3", "body")
    assert bodies.store.batches == [1, 1]


@pytest.mark.req("CLM-7")
async def test_a_key_that_comes_while_the_database_is_busy_with_others_is_asked_about_too() -> None:
    bodies = Bodies()
    bodies.store.rows["claim-2"] = "body"
    bodies.store.stalled = asyncio.Event()
    busy = asyncio.create_task(bodies.first.check("claim-1", "body"))
    await asyncio.sleep(0.001)
    other = asyncio.create_task(bodies.first.check("claim-2", "another body"))
    await asyncio.sleep(0.001)
    bodies.store.stalled.set()

    await busy
    with pytest.raises(IdempotencyMismatch):
        await other
    assert bodies.store.batches == [1, 1]
