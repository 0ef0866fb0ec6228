"""Asking together: shared calls, each asker its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.batching import Batcher, Linger


class Calls:
    """Doubles numbers; a call can be held up, fail, or refuse one of its questions."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.refused: int | None = None

    async def __call__(self, batch: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(batch))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [ValueError(item) if item == self.refused else item * 2 for item in batch]


async def test_what_is_asked_during_a_call_is_asked_by_the_next_call_together() -> None:
    calls = Calls()
    batcher = Batcher(calls, maximum=100)
    calls.gate.clear()
    first = asyncio.create_task(batcher.ask(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(batcher.ask(n)) for n in (2, 3, 4)]
    await asyncio.sleep(0)
    calls.gate.set()

    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert calls.batches == [[1], [2, 3, 4]]


async def test_a_call_takes_no_more_than_its_maximum() -> None:
    calls = Calls()
    batcher = Batcher(calls, maximum=2)

    assert await asyncio.gather(*(batcher.ask(n) for n in range(5))) == [0, 2, 4, 6, 8]
    assert calls.batches == [[0, 1], [2, 3], [4]]


async def test_a_failing_call_fails_for_all_its_askers_and_for_nobody_after_them() -> None:
    calls = Calls()
    batcher = Batcher(calls, maximum=2)
    calls.error = RuntimeError("away")
    failed = await asyncio.gather(batcher.ask(1), batcher.ask(2), return_exceptions=True)
    assert [type(error) for error in failed] == [RuntimeError, RuntimeError]

    calls.error = None
    assert await batcher.ask(3) == 6


async def test_one_refused_question_is_one_askers_error() -> None:
    calls = Calls()
    calls.refused = 2
    batcher = Batcher(calls, maximum=10)

    answers = await asyncio.gather(*(batcher.ask(n) for n in (1, 2, 3)), return_exceptions=True)

    assert answers[0] == 2
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 6


async def test_an_asker_that_left_does_not_disturb_the_others() -> None:
    calls = Calls()
    batcher = Batcher(calls, maximum=10)
    calls.gate.clear()
    leaving, staying = asyncio.create_task(batcher.ask(1)), asyncio.create_task(batcher.ask(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    calls.gate.set()

    assert await staying == 4
    assert await batcher.ask(5) == 10


async def test_a_crowd_waits_for_more_and_a_lone_question_does_not() -> None:
    calls = Calls()
    batcher = Batcher(calls, maximum=10, linger=Linger(waiting=3, seconds=0.02))
    assert await batcher.ask(0) == 0

    crowd = [asyncio.create_task(batcher.ask(n)) for n in (1, 2, 3)]
    await asyncio.sleep(0.001)
    late = asyncio.create_task(batcher.ask(4))
    await asyncio.gather(*crowd, late)

    assert calls.batches == [[0], [1, 2, 3, 4]]


async def test_no_call_is_made_before_what_must_come_first() -> None:
    calls = Calls()
    allowed = asyncio.Event()

    async def ready() -> None:
        await allowed.wait()

    batcher = Batcher(calls, maximum=10, ready=ready)
    asking = asyncio.create_task(batcher.ask(1))
    await asyncio.sleep(0.001)
    assert calls.batches == []
    allowed.set()
    assert await asking == 2


@pytest.mark.parametrize("size", [1, 7])
async def test_every_question_gets_its_own_answer(size: int) -> None:
    batcher = Batcher(Calls(), maximum=size)
    assert await asyncio.gather(*(batcher.ask(n) for n in range(20))) == [n * 2 for n in range(20)]
