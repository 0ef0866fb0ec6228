"""The keys of the audit's heads, for the service and for its command line."""

from services.identity.settings import Settings
from services.identity.storage.audit import MongoHeads
from shared.mongo import Database
from shared.settings import read_text
from shared.tokens import load_private_key, load_public_key


def signed_heads(database: Database, settings: Settings) -> MongoHeads:
    """Heads of the audit with the keys that sign and verify them."""
    key = load_private_key(read_text(settings.audit_key_file))
    retired = tuple(load_public_key(read_text(file)) for file in settings.retired_audit_key_files)
    return MongoHeads(database, key, retired=retired)
