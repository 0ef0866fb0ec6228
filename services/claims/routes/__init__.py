"""Queues of claims, and which handler each one feeds: a module per feature."""

from typing import Final

from services.claims.routes import catalogue, core, coverage, provider_claims, providers
from services.claims.routes.core import Handlers, routes
from shared.topology import joined

TOPOLOGY: Final = joined(
    "claims", core.TOPOLOGY, catalogue.TOPOLOGY, providers.TOPOLOGY, coverage.TOPOLOGY, provider_claims.TOPOLOGY
)

__all__ = ["TOPOLOGY", "Handlers", "routes"]
