"""Answers leave in one piece."""

import asyncio

from services.edge.http import Joined


class Wire:
    """A transport that records what it is told."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


async def test_what_is_written_in_one_turn_leaves_as_one_piece() -> None:
    wire = Wire()
    joined = Joined(wire, asyncio.get_running_loop())  # type: ignore[arg-type]

    joined.write(b"head ")
    joined.write(b"body")
    assert wire.told == []
    await asyncio.sleep(0)
    joined.write(b"next")
    await asyncio.sleep(0)

    assert wire.told == [b"head body", b"next"]


async def test_nothing_that_was_written_is_lost_when_the_connection_is_closed() -> None:
    wire = Wire()
    joined = Joined(wire, asyncio.get_running_loop())  # type: ignore[arg-type]

    joined.write(b"goodbye")
    joined.close()
    await asyncio.sleep(0)

    assert wire.told == [b"goodbye", "closed"]


async def test_everything_else_is_asked_of_the_transport_itself() -> None:
    joined = Joined(Wire(), asyncio.get_running_loop())  # type: ignore[arg-type]
    assert joined.get_extra_info("peername") == "the peername"
