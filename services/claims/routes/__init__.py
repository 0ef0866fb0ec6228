"""Queues of claims, and which handler each one feeds: a module per feature."""

from typing import Final

from services.claims.routes import (
    catalogue,
    changing,
    core,
    coverage,
    drugs,
    provider_claims,
    providers,
    receipts,
    reviewing,
    timing,
)
from services.claims.routes.core import Handlers, routes
from services.claims.routes.drugs import DrugHandlers, drug_routes
from services.claims.routes.receipts import ReceiptHandlers, receipt_routes
from shared.topology import joined

TOPOLOGY: Final = joined(
    "claims",
    core.TOPOLOGY,
    catalogue.TOPOLOGY,
    providers.TOPOLOGY,
    coverage.TOPOLOGY,
    provider_claims.TOPOLOGY,
    drugs.TOPOLOGY,
    receipts.TOPOLOGY,
    changing.TOPOLOGY,
    reviewing.TOPOLOGY,
    timing.TOPOLOGY,
)

__all__ = ["TOPOLOGY", "DrugHandlers", "Handlers", "ReceiptHandlers", "drug_routes", "receipt_routes", "routes"]
