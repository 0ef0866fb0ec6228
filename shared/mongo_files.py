"""Files in MongoDB in the format of GridFS, written and read part by part (docs/adr/0018).

Any driver and ``mongofiles`` can read what stands here. A part is one document and one write, whichever process does
it; a file exists once its entry in ``<name>.files`` does, which can be written in a transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from shared.mongo import Database, DuplicateKey, Session
from shared.schema import Index, Schema

PART_BYTES: Final = 256 * 1024
"""Size of every part but the last."""


def files_schema(name: str) -> Schema:
    """Collections and indexes of the bucket ``name``, as GridFS has them."""
    files, chunks = f"{name}.files", f"{name}.chunks"
    return Schema(
        collections=(files, chunks),
        indexes=(
            Index(files, (("filename", 1), ("uploadDate", 1))),
            Index(chunks, (("files_id", 1), ("n", 1)), unique=True),
        ),
    )


class Files:
    """The bucket ``name`` of a database."""

    def __init__(self, database: Database, name: str) -> None:
        self._files = database.collection(f"{name}.files")
        self._chunks = database.collection(f"{name}.chunks")

    async def put_part(self, file_id: str, position: int, data: bytes) -> None:
        """Keep a part; the first one that came under ``position`` stays."""
        try:
            await self._chunks.update_one(
                {"files_id": file_id, "n": position}, {"$setOnInsert": {"data": data}}, upsert=True
            )
        except DuplicateKey:  # it came twice at the same moment
            return

    async def part(self, file_id: str, position: int) -> bytes | None:
        """A part of a file, or of one that is not complete yet."""
        found = await self._chunks.find_one({"files_id": file_id, "n": position}, projection={"data": 1})
        return None if found is None else bytes(found["data"])

    async def complete(
        self,
        file_id: str,
        *,
        name: str,
        size_bytes: int,
        at: datetime,
        metadata: Mapping[str, str],
        session: Session | None,
    ) -> None:
        """Make a file of the parts; ``DuplicateKey`` when it is one already."""
        await self._files.insert_one(
            {
                "_id": file_id,
                "length": size_bytes,
                "chunkSize": PART_BYTES,
                "uploadDate": at,
                "filename": name,
                "metadata": dict(metadata),
            },
            session=session,
        )

    async def remove(self, file_id: str) -> None:
        """Remove a file and all of its parts, complete or not; it can be done again."""
        await self._files.delete_one({"_id": file_id})
        await self._chunks.delete_many({"files_id": file_id})
