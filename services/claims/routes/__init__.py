"""Queues of claims, and which handler each one feeds: a module per feature."""

from typing import Final

from services.claims.routes import catalogue, core, receipts
from services.claims.routes.core import Handlers, routes
from services.claims.routes.receipts import ReceiptHandlers, receipt_routes
from shared.topology import joined

TOPOLOGY: Final = joined("claims", core.TOPOLOGY, catalogue.TOPOLOGY, receipts.TOPOLOGY)

__all__ = ["TOPOLOGY", "Handlers", "ReceiptHandlers", "receipt_routes", "routes"]
