"""Identity's database: a module per aggregate, each with its documents, collections and indexes."""

from typing import Final

from services.identity.storage import (
    acceptances,
    accounts,
    address_changes,
    administrators,
    agreements,
    authenticators,
    cases,
    checks,
    consents,
    contact_choices,
    delegation_files,
    delegations,
    flows,
    grants,
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
    consents.SCHEMA,
    flows.SCHEMA,
    checks.SCHEMA,
    acceptances.SCHEMA,
    contact_choices.SCHEMA,
    agreements.SCHEMA,
    delegations.SCHEMA,
    delegation_files.SCHEMA,
    grants.SCHEMA,
    cases.SCHEMA,
    authenticators.SCHEMA,
)
