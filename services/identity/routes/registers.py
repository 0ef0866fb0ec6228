"""Registers beside the roster, and statements as payments issues them."""

from dataclasses import dataclass
from typing import Final

from faststream.rabbit import RabbitRoute

from services.identity.routes.members import SLICE_TTL_MS, SLICES_TOGETHER
from shared.consuming import consume
from shared.contracts.identity.providers import LoadRegisterRows, ProviderRecorded
from shared.contracts.payments import StatementIssued
from shared.messaging import Publisher
from shared.outbox import Outbox, SingleHandler, each
from shared.topology import Queue, ServiceTopology

LOAD_REGISTER_ROWS: Final = Queue("identity.load_register_rows", (LoadRegisterRows,), message_ttl_ms=SLICE_TTL_MS)
ON_STATEMENT_ISSUED: Final = Queue("identity.on_statement_issued", (StatementIssued,))

TOPOLOGY: Final = ServiceTopology(
    "identity", queues=(LOAD_REGISTER_ROWS, ON_STATEMENT_ISSUED), publishes=(ProviderRecorded,)
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The use cases with their dependencies bound."""

    load_register_rows: SingleHandler
    on_statement_issued: SingleHandler


def routes(handlers: Handlers, outbox: Outbox, publisher: Publisher) -> list[RabbitRoute]:
    """One route per queue."""
    loading = outbox.group(LOAD_REGISTER_ROWS.name, each(handlers.load_register_rows), maximum=SLICES_TOGETHER)
    issued = outbox.group(ON_STATEMENT_ISSUED.name, each(handlers.on_statement_issued))
    return [
        consume(LOAD_REGISTER_ROWS, LoadRegisterRows, loading.submit, publisher),
        consume(ON_STATEMENT_ISSUED, StatementIssued, issued.submit, publisher),
    ]
