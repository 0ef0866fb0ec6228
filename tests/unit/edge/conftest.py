from collections.abc import AsyncIterator

import pytest

from tests.support.edge_api import Edge, running_edge


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    async with running_edge() as running:
        yield running


@pytest.fixture(scope="module")
async def closed_edge() -> AsyncIterator[Edge]:
    """One for all requests that are refused: they leave nothing behind, and each test looks whether that is so."""
    async with running_edge() as edge:
        yield edge
