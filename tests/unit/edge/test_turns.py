"""Passwords take turns, and claims go first (LOG-11, OPS-1)."""

import asyncio
from dataclasses import dataclass, field

import pytest

from services.edge.auth.errors import TooManyWaiting
from services.edge.auth.turns import TurnFigures, Turns


@dataclass
class Room:
    """Who is served, and how many at most were at once."""

    turns: Turns
    seconds: float = 0.0
    served: list[int] = field(default_factory=list)
    now: int = 0
    most: int = 0

    async def visit(self, number: int) -> None:
        async with self.turns.turn():
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(self.seconds)
            self.served.append(number)
            self.now -= 1


@pytest.fixture
def loop_time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rests that places take, as asked of the loop, which serves them at once."""
    rests: list[float] = []
    later = asyncio.BaseEventLoop.call_later

    def call_later(self, delay, callback, *args, **more):
        rests.append(delay)
        return later(self, 0, callback, *args, **more)

    monkeypatch.setattr(asyncio.BaseEventLoop, "call_later", call_later)
    return rests


def figures(**changes: float) -> TurnFigures:
    return TurnFigures(**{"at_once": 1, "line": 100, "patience_seconds": 5.0, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_than_so_many_are_served_at_once_and_in_the_order_they_came(at_once: int) -> None:
    room = Room(Turns(figures(at_once=at_once), busy=lambda: False))
    await asyncio.gather(*(room.visit(number) for number in range(12)))
    assert (room.most, room.served) == (at_once, list(range(12)))


async def test_who_finds_the_line_full_is_told_when_to_come_back() -> None:
    room = Room(Turns(figures(line=2, patience_seconds=7.5), busy=lambda: False))
    visits = await asyncio.gather(*(room.visit(number) for number in range(4)), return_exceptions=True)
    (refused,) = [error for error in visits if error is not None]
    assert isinstance(refused, TooManyWaiting)
    assert (refused.code, refused.params["retry_after_seconds"]) == ("identity.busy", 8)


async def test_nobody_waits_longer_than_patience() -> None:
    turns = Turns(figures(patience_seconds=0.01), busy=lambda: False)
    async with turns.turn():
        with pytest.raises(TooManyWaiting):
            await Room(turns).visit(1)
    await Room(turns).visit(2)


async def test_the_place_is_free_again_after_a_failure_and_after_somebody_gave_up() -> None:
    turns = Turns(figures(), busy=lambda: False)

    async def broken() -> None:
        async with turns.turn():
            waiting = asyncio.create_task(Room(turns).visit(1))
            await asyncio.sleep(0)
            waiting.cancel()
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await broken()
    room = Room(turns)
    await room.visit(2)
    assert room.served == [2]


async def test_a_place_rests_while_claims_are_taken_and_only_then(loop_time: list[float]) -> None:
    taken = [True, False]
    turns = Turns(figures(rest=1_000_000.0), busy=lambda: taken.pop(0))
    for expected in (True, False):
        loop_time.clear()
        async with turns.turn():
            await asyncio.sleep(0)
        assert any(rest > 1 for rest in loop_time) is expected
