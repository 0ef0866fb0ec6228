"""The in-memory repositories keep the promises that handlers are tested against."""

import pytest

from tests.support.notification_memory import MemoryContacts, MemoryDeliveries, MemoryInbox
from tests.support.notification_repositories import ContactsPromises, DeliveriesPromises, InboxPromises


class TestMemoryContacts(ContactsPromises):
    @pytest.fixture
    def contacts(self) -> MemoryContacts:
        return MemoryContacts()


class TestMemoryDeliveries(DeliveriesPromises):
    @pytest.fixture
    def deliveries(self) -> MemoryDeliveries:
        return MemoryDeliveries()


class TestMemoryInbox(InboxPromises):
    @pytest.fixture
    def inbox(self) -> MemoryInbox:
        return MemoryInbox()
