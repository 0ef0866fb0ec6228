from collections.abc import AsyncIterator

import pytest

from tests.support.edge_api import Edge, running_edge


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    async with running_edge() as running:
        yield running
