"""The in-memory repositories keep the promises that handlers are tested against."""

import pytest

from tests.support.notification_memory import MemoryContacts, MemoryDeliveries
from tests.support.notification_repositories import ContactsPromises, DeliveriesPromises


class TestMemoryContacts(ContactsPromises):
    @pytest.fixture
    def contacts(self) -> MemoryContacts:
        return MemoryContacts()


class TestMemoryDeliveries(DeliveriesPromises):
    @pytest.fixture
    def deliveries(self) -> MemoryDeliveries:
        return MemoryDeliveries()
