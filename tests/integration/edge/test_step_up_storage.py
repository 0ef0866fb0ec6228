"""Step-ups in MongoDB: of all who use a token at the same time, one gets it (B3)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.edge.auth.step_up import StepUpRecord
from services.edge.step_up_storage import MongoStepUps
from services.edge.storage import SCHEMA
from shared.clock import new_id, utc_now
from shared.mongo import Database
from shared.schema import Schema

RIVALS = 30


def record() -> StepUpRecord:
    return StepUpRecord(
        key=new_id(),
        account_id=new_id(),
        session_id=new_id(),
        action="direct_deposit_change",
        change="digest",
        expires_at=utc_now() + timedelta(minutes=30),
    )


@pytest.fixture
async def step_ups(make_database: Callable[[Schema], Awaitable[Database]]) -> MongoStepUps:
    return MongoStepUps(await make_database(SCHEMA))


@pytest.mark.req("BNK-3", "B3")
async def test_b3_a_token_is_taken_once_by_whoever_is_first(step_ups: MongoStepUps) -> None:
    described, token, now = record(), new_id(), utc_now()
    await step_ups.add(described)
    await step_ups.add(record())
    assert await step_ups.get(described.key) == described
    until = now + timedelta(minutes=5)
    granted = [await step_ups.grant(described.key, token=one, until=until) for one in (token, new_id())]

    taken = await asyncio.gather(*(step_ups.take(token, now=now) for _ in range(RIVALS)))

    assert granted == [True, False]
    (winner,) = [one for one in taken if one is not None]
    assert winner == replace(described, token=token, expires_at=until, used_at=now)
    await step_ups.give_back(token)
    assert await step_ups.take(token, now=until) is None
    assert await step_ups.take(token, now=now) is not None
