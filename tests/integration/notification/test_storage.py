"""The repositories on MongoDB keep the same promises as those in memory."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.notification.domain import DeliveryBusy
from services.notification.storage import (
    DELIVERIES,
    INBOX_FILES,
    SCHEMA,
    ContactRepository,
    DeliveryRepository,
    InboxRepository,
)
from shared.mongo import Database
from shared.schema import Schema
from tests.support import notification_builders as build
from tests.support.notification_repositories import CONTENT, ContactsPromises, DeliveriesPromises, InboxPromises

MakeDatabase = Callable[[Schema], Awaitable[Database]]


class TestContactRepository(ContactsPromises):
    @pytest.fixture
    async def contacts(self, make_database: MakeDatabase) -> ContactRepository:
        return ContactRepository(await make_database(SCHEMA))


class TestDeliveryRepository(DeliveriesPromises):
    @pytest.fixture
    async def database(self, make_database: MakeDatabase) -> Database:
        return await make_database(SCHEMA)

    @pytest.fixture
    def deliveries(self, database: Database) -> DeliveryRepository:
        return DeliveryRepository(database)

    async def test_of_many_who_claim_at_once_one_may_send(self, deliveries: DeliveryRepository) -> None:
        delivery = build.delivery()
        claims = (deliveries.claim(delivery, build.lease()) for _ in range(20))
        outcomes = await asyncio.gather(*claims, return_exceptions=True)
        assert outcomes.count(1) == 1
        assert sum(isinstance(outcome, DeliveryBusy) for outcome in outcomes) == 19

    @pytest.mark.req("MSG-3")
    async def test_a_stored_delivery_has_no_field_for_an_address_or_a_content(
        self, database: Database, deliveries: DeliveryRepository
    ) -> None:
        delivery = build.delivery()
        await deliveries.claim(delivery, build.lease())
        await deliveries.record_sent(delivery.delivery_id, build.NOW)
        document = await database.collection(DELIVERIES).find_one({"_id": delivery.delivery_id})
        assert document is not None
        assert set(document) == {"_id", "template", "account_id", "claimed_at", "state", "attempts", "finished_at"}


class TestInboxRepository(InboxPromises):
    @pytest.fixture
    async def database(self, make_database: MakeDatabase) -> Database:
        return await make_database(SCHEMA)

    @pytest.fixture
    def inbox(self, database: Database) -> InboxRepository:
        return InboxRepository(database)

    async def test_a_large_file_lies_in_pieces(self, database: Database, inbox: InboxRepository) -> None:
        contents = {"a.pdf": CONTENT}
        message = build.inbox_message(contents)
        await inbox.add(message, contents)
        assert await database.collection(INBOX_FILES).count({"message_id": message.message_id}) == 3

    async def test_of_many_who_add_one_message_at_once_one_does(
        self, database: Database, inbox: InboxRepository
    ) -> None:
        contents = {"a.pdf": b"%PDF"}
        message = build.inbox_message(contents)

        async def add() -> bool:
            return await database.with_transaction(lambda session: inbox.add(message, contents, session=session))

        outcomes = await asyncio.gather(*(add() for _ in range(8)))
        assert sorted(outcomes) == [False] * 7 + [True]
        assert await database.collection(INBOX_FILES).count({"message_id": message.message_id}) == 1
