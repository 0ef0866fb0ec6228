"""Claims of years: what claims stored about a few, copied to other families until there are as many as an insurer has.

A copy is the stored document byte for byte, decision and record included, but for what indexes look at: its id, its
number, its dossier, and when it was received and decided, spread over the years before. The families that are measured
have as many claims of their own as before; what grows is everything around them.
"""

import struct
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.write_concern import WriteConcern

from services.edge.intake import claim_number
from shared.mongo import Document

COLLECTIONS: Final = ("claims", "fingerprints", "message_log", "accumulators", "coverages")
YEARS: Final = 2
COPIES_PER_FAMILY: Final = 4
"""Of each claim that a family of copies has; a family has then some twenty-five claims."""
INSERTED_TOGETHER: Final = 1_000
WRITERS: Final = 2
WRITTEN: Final = WriteConcern(1, j=False)
"""While copies are written; all is on disk at the end."""

Head = Callable[[Document, int, float], Document]
"""What a copy has of its own: of the original, the number of the copy, and how far it lies back in the years."""


def fill(database: Any, *, claims: int) -> int:
    """Copy what is stored until there are ``claims`` claims; returns how many there are.

    Indexes are made once, when all copies are there.
    """
    before = int(database["claims"].count_documents({}))
    factor = claims // before
    families = factor // COPIES_PER_FAMILY + 2
    family = before // COPIES_PER_FAMILY
    for name, head, copies, first in (
        ("claims", _claim, factor, before),
        ("fingerprints", _fingerprint, factor, before),
        ("message_log", _handled, factor, before),
        ("accumulators", _of_family, families, family),
        ("coverages", _of_family, families, family),
    ):
        indexes = _indexes(database, name)
        database[name].drop_indexes()
        documents = _copies(list(database[name].find()), head, copies, first=first)
        _write(database[name].with_options(write_concern=WRITTEN), documents)
        _index(database, name, indexes)
    database.client.admin.command("fsync")  # the copies are on disk before anything is measured
    return int(database["claims"].count_documents({}))


def _copies(originals: list[Document], head: Head, factor: int, *, first: int) -> Iterator[RawBSONDocument]:
    """``factor - 1`` copies of each, encoded by putting the copy's own fields before those that it shares.

    They are numbered from ``first``, so that copies of copies have other names than the copies before.
    """
    shared: list[bytes | None] = [None] * len(originals)
    for copy in range(1, factor):
        for index, original in enumerate(originals):
            own = head(original, first + copy, copy / factor)
            tail = shared[index]
            if tail is None:
                tail = shared[index] = _elements({key: each for key, each in original.items() if key not in own})
            yield _document(_elements(own), tail)


def _elements(document: Document) -> bytes:
    return bson.encode(document)[4:-1]


def _document(*elements: bytes) -> RawBSONDocument:
    """BSON: its length in four bytes, its elements, a zero."""
    content = b"".join(elements)
    return RawBSONDocument(struct.pack("<i", len(content) + 5) + content + b"\x00")


def _write(collection: Any, documents: Iterator[RawBSONDocument]) -> None:
    under_way: deque[Future[object]] = deque()
    with ThreadPoolExecutor(WRITERS) as pool:
        while group := list(islice(documents, INSERTED_TOGETHER)):
            under_way.append(pool.submit(collection.insert_many, group, ordered=False))
            if len(under_way) > WRITERS:
                under_way.popleft().result()
        for each in under_way:
            each.result()


def _claim(original: Document, copy: int, back: float) -> Document:
    claim_id, before = _other(original["_id"], copy), timedelta(days=365 * YEARS) * back
    times: Document = {key: original[key] - before for key in ("received_at", "decided_at") if key in original}
    return {
        "_id": claim_id,
        "number": claim_number("bench", claim_id),
        "dossier_id": _family(original["dossier_id"], copy // COPIES_PER_FAMILY),
        **times,
    }


def _fingerprint(original: Document, copy: int, _back: float) -> Document:
    return {"_id": _other(original["_id"], copy)[:20]}


def _handled(original: Document, copy: int, _back: float) -> Document:
    consumer, _, message_id = str(original["_id"]).rpartition("|")
    return {"_id": f"{consumer}|{_other(message_id, copy)}"}


def _of_family(original: Document, copy: int, _back: float) -> Document:
    dossier_id, separator, year = str(original["_id"]).partition("|")
    return {"_id": f"{_family(dossier_id, copy)}{separator}{year}"}


def _family(dossier_id: str, number: int) -> str:
    return f"{dossier_id}-copy-{number}"


def _other(name: str, copy: int) -> str:
    return blake2b(f"{name}|{copy}".encode(), digest_size=16).hexdigest()


def clear(database: Any) -> None:
    """Take the claims away again, so that other measurements begin as they would have."""
    for name in COLLECTIONS[:-1]:
        database[name].delete_many({})


def set_aside(database: Any) -> None:
    """Keep a copy of what is stored aside, with the same indexes."""
    for name in COLLECTIONS:
        database[name].aggregate([{"$out": f"{name}_aside"}])
        _index(database, f"{name}_aside", _indexes(database, name))


def _indexes(database: Any, name: str) -> list[Document]:
    return [dict(index) for index in database[name].list_indexes() if index["name"] != "_id_"]


def _index(database: Any, name: str, indexes: list[Document]) -> None:
    if indexes:
        database.command({"createIndexes": name, "indexes": indexes})


def exchange(database: Any) -> None:
    """Put what is stored aside, indexes and all, and bring back what was put aside before."""
    admin = database.client.admin
    for name in COLLECTIONS:
        here, aside, passing = (f"{database.name}.{each}" for each in (name, f"{name}_aside", f"{name}_passing"))
        admin.command("renameCollection", here, to=passing)
        admin.command("renameCollection", aside, to=here)
        admin.command("renameCollection", passing, to=aside)
