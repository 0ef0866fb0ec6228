"""Claims put together: queues, schema, data."""

from collections.abc import AsyncIterator

import pytest

from services.claims.app import build
from services.claims.handlers.sweeping import keep_sweeping
from services.claims.routes import TOPOLOGY
from services.claims.settings import Settings
from services.claims.storage import SCHEMA
from shared.service import Service


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setenv("ACQUIT_RABBITMQ_URL", "amqp://claims:secret@127.0.0.1:1/acquit")
    monkeypatch.setenv("ACQUIT_MONGODB_URL", "mongodb://127.0.0.1:1")
    built = build(Settings())
    yield built
    built.database.close()


async def test_every_queue_of_the_topology_has_one_consumer(service: Service) -> None:
    consumed = [subscriber.queue.name for subscriber in service.broker.subscribers]  # type: ignore[attr-defined]
    assert sorted(consumed) == sorted(queue.name for queue in TOPOLOGY.queues)


def test_every_indexed_collection_is_part_of_the_schema() -> None:
    assert {index.collection for index in SCHEMA.indexes} <= {*SCHEMA.collections, *SCHEMA.append_only}


@pytest.mark.req("CLM-5")
async def test_every_process_sweeps_papers_that_nobody_claimed_with(service: Service) -> None:
    beside = [getattr(work, "func", work) for work in service._background]
    assert keep_sweeping in beside


@pytest.mark.req("CLM-7")
def test_a_claim_waits_for_ever_and_a_question_as_long_as_its_caller() -> None:
    expiring = {queue.name for queue in TOPOLOGY.queues if queue.message_ttl_ms is not None}
    assert {"claims.intake", "claims.provider_intake"}.isdisjoint(expiring)
    asked = {
        "claims.get_claim",
        "claims.list_claims",
        "claims.catalogue",
        "claims.providers",
        "claims.coverage",
        "claims.drugs",
        "claims.drug_list",
        "claims.receipt_uploads",
        "claims.receipts",
        "claims.changes",
        "claims.review",
    }
    assert asked <= expiring
