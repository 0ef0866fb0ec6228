from collections.abc import AsyncIterator

import pytest

from services.payments.app import build
from services.payments.routes import TOPOLOGY
from services.payments.settings import Settings
from services.payments.storage import SCHEMA
from shared.service import Service


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setenv("ACQUIT_RABBITMQ_URL", "amqp://payments:secret@127.0.0.1:1/acquit")
    monkeypatch.setenv("ACQUIT_MONGODB_URL", "mongodb://127.0.0.1:1")
    monkeypatch.setenv("ACQUIT_MONGODB_DATABASE", "payments")
    built = build(Settings())
    yield built
    built.database.close()


async def test_every_queue_of_the_topology_has_one_consumer(service: Service) -> None:
    consumed = [subscriber.queue.name for subscriber in service.broker.subscribers]  # type: ignore[attr-defined]
    assert sorted(consumed) == sorted(queue.name for queue in TOPOLOGY.queues)


@pytest.mark.req("PAY-3", "PAY-6")
def test_ledger_statements_and_claim_versions_cannot_be_changed_by_the_service() -> None:
    ledger = {"transfers", "ledger_snapshots", "ledger_snapshot_accounts", "bank_words"}
    assert set(SCHEMA.append_only) >= {"statements", "claim_versions"} | ledger
    assert not set(SCHEMA.append_only) & set(SCHEMA.collections)


def test_every_indexed_collection_is_part_of_the_schema() -> None:
    assert {index.collection for index in SCHEMA.indexes} <= {*SCHEMA.collections, *SCHEMA.append_only}


def test_requests_die_with_their_callers_and_events_do_not() -> None:
    expiring = [queue for queue in TOPOLOGY.queues if queue.message_ttl_ms is not None]
    assert {message for queue in expiring for message in queue.messages} == set(TOPOLOGY.answers)
