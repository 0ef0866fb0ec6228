"""Database of claims: a module per aggregate, each with its documents, collections and indexes."""

from typing import Final

from services.claims.storage import (
    accumulators,
    claims,
    coverages,
    drugs,
    other_coverages,
    plan_versions,
    providers,
    receipts,
    reviews,
    times,
)
from services.claims.storage.accumulators import MongoAccumulators
from services.claims.storage.claims import MongoClaims
from services.claims.storage.coverages import MongoCoverages
from services.claims.storage.drugs import MongoDrugs, MongoDrugUploads
from services.claims.storage.other_coverages import MongoOtherCoverages
from services.claims.storage.providers import MongoDirectory, MongoProviderAccounts, MongoUsedProviders
from services.claims.storage.receipts import MongoReceipts, MongoUploads
from services.claims.storage.reviews import MongoPendedClaims, MongoReviews
from shared import outbox
from shared.schema import Schema, joined

SCHEMA: Final = joined(
    Schema(collections=(outbox.COLLECTION,), indexes=outbox.INDEXES),
    claims.SCHEMA,
    coverages.SCHEMA,
    accumulators.SCHEMA,
    reviews.SCHEMA,
    plan_versions.SCHEMA,
    times.SCHEMA,
    providers.SCHEMA,
    other_coverages.SCHEMA,
    drugs.SCHEMA,
    receipts.SCHEMA,
)

__all__ = [
    "SCHEMA",
    "MongoAccumulators",
    "MongoClaims",
    "MongoCoverages",
    "MongoDirectory",
    "MongoDrugUploads",
    "MongoDrugs",
    "MongoOtherCoverages",
    "MongoPendedClaims",
    "MongoProviderAccounts",
    "MongoReceipts",
    "MongoReviews",
    "MongoUploads",
    "MongoUsedProviders",
]
