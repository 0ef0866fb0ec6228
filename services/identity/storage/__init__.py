"""Identity's database: a module per aggregate, each with its documents, collections and indexes."""

from typing import Final

from services.identity.storage import accounts, audit, clients, registrations, roster
from shared import outbox
from shared.schema import Schema, joined

SCHEMA: Final = joined(
    Schema(collections=(outbox.COLLECTION,), indexes=outbox.INDEXES),
    roster.SCHEMA,
    accounts.SCHEMA,
    registrations.SCHEMA,
    audit.SCHEMA,
    clients.SCHEMA,
)
