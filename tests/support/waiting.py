"""Waiting for something to become true, with a deadline and a description."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(probe: Callable[[], Awaitable[T]], description: str, *, timeout_s: float = 20.0) -> T:
    """The first truthy answer of ``probe``; fails with the description and the last answer otherwise."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = await probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {description}; last answer: {answer!r}")
        await asyncio.sleep(0.02)
