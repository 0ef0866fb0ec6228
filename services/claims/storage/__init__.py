"""Database of claims: a module per aggregate, each with its documents, collections and indexes."""

from typing import Final

from services.claims.storage import accumulators, claims, coverages, other_coverages, providers
from services.claims.storage.accumulators import MongoAccumulators
from services.claims.storage.claims import MongoClaims
from services.claims.storage.coverages import MongoCoverages
from services.claims.storage.other_coverages import MongoOtherCoverages
from services.claims.storage.providers import MongoDirectory, MongoProviderAccounts, MongoUsedProviders
from shared import outbox
from shared.schema import Schema, joined

SCHEMA: Final = joined(
    Schema(collections=(outbox.COLLECTION,), indexes=outbox.INDEXES),
    claims.SCHEMA,
    coverages.SCHEMA,
    accumulators.SCHEMA,
    providers.SCHEMA,
    other_coverages.SCHEMA,
)

__all__ = [
    "SCHEMA",
    "MongoAccumulators",
    "MongoClaims",
    "MongoCoverages",
    "MongoDirectory",
    "MongoProviderAccounts",
    "MongoUsedProviders",
]
__all__ = ["SCHEMA", "MongoAccumulators", "MongoClaims", "MongoCoverages", "MongoOtherCoverages"]
