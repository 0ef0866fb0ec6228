"""Agreements on MongoDB, and signing under real transactions."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pymongo.errors import OperationFailure

from deploy.local.stack import Stack
from services.identity.storage import SCHEMA
from services.identity.storage.agreements import AGREEMENTS, MongoAgreements
from shared.mongo import Database, DuplicateKey, connect
from shared.schema import Schema
from tests.support import hygienist_builders as build
from tests.support.agreement_repositories import AgreementRepositoryPromises

MakeDatabase = Callable[[Schema], Awaitable[Database]]


class TestMongoAgreements(AgreementRepositoryPromises):
    @pytest.fixture
    async def database(self, make_database: MakeDatabase) -> Database:
        return await make_database(SCHEMA)

    @pytest.fixture
    def agreements(self, database: Database) -> MongoAgreements:
        return MongoAgreements(database)

    @pytest.mark.req("R3")
    async def test_of_many_who_sign_one_agreement_at_once_one_does(
        self, database: Database, agreements: MongoAgreements
    ) -> None:
        signed = build.agreement()

        async def add() -> bool:
            try:
                await database.with_transaction(lambda session: agreements.add(signed, session=session))
            except DuplicateKey:
                return False
            return True

        outcomes = await asyncio.gather(*(add() for _ in range(8)))
        assert sorted(outcomes) == [False] * 7 + [True]
        assert await agreements.latest_of(signed.provider_id) == signed


@pytest.mark.req("REG-19")
async def test_the_service_itself_has_no_right_to_change_or_remove_an_agreement(stack: Stack) -> None:
    database = connect(stack.mongodb_url("identity"), "identity", pool_size=2)
    collection = database.collection(AGREEMENTS)
    try:
        with pytest.raises(OperationFailure, match="not authorized"):
            await collection.update_one({"_id": "x"}, {"$set": {"text_version": "0"}})
        with pytest.raises(OperationFailure, match="not authorized"):
            await collection.delete_one({"_id": "x"})
    finally:
        database.close()
