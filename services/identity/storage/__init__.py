"""Identity's database: a module per aggregate, each with its documents, collections and indexes."""

from typing import Final

from services.identity.storage import (
    accounts,
    address_changes,
    administrators,
    checks,
    consents,
    flows,
    jobs,
    professionals,
    providers,
    recoveries,
    recoveries_under_way,
    registrations,
    roster,
)
from shared import outbox
from shared.schema import Schema, joined

SCHEMA: Final = joined(
    Schema(collections=(outbox.COLLECTION,), indexes=outbox.INDEXES),
    roster.SCHEMA,
    accounts.SCHEMA,
    registrations.SCHEMA,
    recoveries.SCHEMA,
    recoveries_under_way.SCHEMA,
    administrators.SCHEMA,
    address_changes.SCHEMA,
    providers.SCHEMA,
    professionals.SCHEMA,
    jobs.SCHEMA,
    consents.SCHEMA,
    recoveries.SCHEMA,
    flows.SCHEMA,
    checks.SCHEMA,
)
