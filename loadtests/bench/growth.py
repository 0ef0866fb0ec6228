"""A hundred times the claims: the same members, with copies of the claims that they have."""

from typing import Any, Final

from services.edge.intake import claim_number
from shared.mongo import Document

FACTOR: Final = 100


def multiply(database: Any, factor: int = FACTOR) -> int:
    """Copy every claim, fingerprint and log record ``factor - 1`` times; returns how many claims are stored."""
    for name in ("claims", "fingerprints", "message_log"):
        originals = list(database[name].find())
        for copy in range(1, factor):
            database[name].insert_many([_copied(document, copy) for document in originals], ordered=False)
    database.client.admin.command("fsync")  # the copies are on disk before anything is measured
    return int(database["claims"].count_documents({}))


def _copied(document: Document, copy: int) -> Document:
    changed = {**document, "_id": f"{document['_id']}-{copy}"}
    if "number" in document:
        changed["number"] = claim_number("bench", changed["_id"])
    return changed


def clear(database: Any) -> None:
    """Take the claims away again, so that other measurements begin as they would have."""
    for name in ("claims", "fingerprints", "message_log", "accumulators"):
        database[name].delete_many({})
