"""Runs under way on MongoDB keep the same contract as those in memory."""

from collections.abc import Awaitable, Callable

import pytest

from services.payments.storage import SCHEMA, Storage
from shared.mongo import Database
from shared.schema import Schema
from tests.support.payments_runs_contract import RunsRepositoryContract

MakeDatabase = Callable[[Schema], Awaitable[Database]]


class TestMongoRuns(RunsRepositoryContract):
    @pytest.fixture
    async def storage(self, make_database: MakeDatabase) -> Storage:
        return Storage(await make_database(SCHEMA))
