"""Fault tests share the running system with all others: each leaves it whole."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.harm import heal
from tests.faults.witness import Witness
from tests.support.world import World

pytest.register_assert_rewrite("tests.faults.invariants")


@pytest.fixture(autouse=True)
async def healed(world: World) -> AsyncIterator[None]:
    """Whatever a test broke is running and ready again afterwards."""
    yield
    await heal(world.stack)


@pytest.fixture
async def witness(world: World) -> AsyncIterator[Witness]:
    """Watches the bus; checks in the end that no service gave a message up meanwhile."""
    async with Witness(world.stack.servers.rabbitmq_admin_url) as witness:
        before = await witness.dead_letters()
        yield witness
        assert await witness.dead_letters() == before
