"""Identity's database: a module per aggregate, each with its documents, collections and indexes."""

from typing import Final

from services.identity.storage import (
    acceptances,
    accounts,
    address_changes,
    administrators,
    checks,
    contact_choices,
    flows,
    jobs,
    professionals,
    providers,
    recoveries,
    recoveries_under_way,
    roster,
)
from shared import outbox
from shared.schema import Schema, joined

SCHEMA: Final = joined(
    Schema(collections=(outbox.COLLECTION,), indexes=outbox.INDEXES),
    roster.SCHEMA,
    accounts.SCHEMA,
    recoveries.SCHEMA,
    recoveries_under_way.SCHEMA,
    administrators.SCHEMA,
    address_changes.SCHEMA,
    providers.SCHEMA,
    professionals.SCHEMA,
    jobs.SCHEMA,
    flows.SCHEMA,
    checks.SCHEMA,
    acceptances.SCHEMA,
    contact_choices.SCHEMA,
)
