from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy import contracts
from services.payments.app import build
from services.payments.routes import FEED_EVENTS, TOPOLOGY
from services.payments.settings import Settings
from services.payments.storage import SCHEMA
from shared.contracts import Event
from shared.service import Service
from tests.support import keys


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Service]:
    monkeypatch.setenv("ACQUIT_RABBITMQ_URL", "amqp://payments:secret@127.0.0.1:1/acquit")
    monkeypatch.setenv("ACQUIT_MONGODB_URL", "mongodb://127.0.0.1:1")
    monkeypatch.setenv("ACQUIT_MONGODB_DATABASE", "payments")
    key_file = tmp_path / "payments.private.pem"
    key_file.write_text(keys.key("payments").pem, encoding="utf-8")
    monkeypatch.setenv("ACQUIT_PAYMENTS_KEY_FILE", str(key_file))
    built = build(Settings())
    yield built
    built.database.close()


async def test_every_queue_of_the_topology_has_one_consumer(service: Service) -> None:
    consumed = [subscriber.queue.name for subscriber in service.broker.subscribers]  # type: ignore[attr-defined]
    assert sorted(consumed) == sorted(queue.name for queue in TOPOLOGY.queues)


@pytest.mark.req("PAY-3", "PAY-6")
def test_ledger_statements_and_claim_versions_cannot_be_changed_by_the_service() -> None:
    files = {"statements", "claim_versions", "statement_documents", "feed"}
    ledger = {"transfers", "ledger_snapshots", "ledger_snapshot_accounts", "bank_words"}
    assert set(SCHEMA.append_only) == files | ledger
    assert not set(SCHEMA.append_only) & set(SCHEMA.collections)


def test_every_indexed_collection_is_part_of_the_schema() -> None:
    assert {index.collection for index in SCHEMA.indexes} <= {*SCHEMA.collections, *SCHEMA.append_only}


def test_requests_die_with_their_callers_and_events_do_not() -> None:
    expiring = [queue for queue in TOPOLOGY.queues if queue.message_ttl_ms is not None]
    assert {message for queue in expiring for message in queue.messages} == set(TOPOLOGY.answers)


@pytest.mark.req("SUB-1", "SUB-4")
def test_the_feed_hears_every_public_event() -> None:
    public = {message for message in contracts.messages() if issubclass(message, Event) and message.public}
    assert set(FEED_EVENTS) == public
