"""Uploaded forms in MongoDB, in slices: a document holds 16 MB at most, a message much less."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.mongo import Database, Session
from shared.schema import Index, Schema

FILES: Final = "delegation_files"
UNSUBMITTED_KEPT: Final = timedelta(hours=1)

SCHEMA: Final = Schema(
    collections=(FILES,),
    indexes=(
        Index(FILES, (("upload_id", 1), ("position", 1)), unique=True),
        Index(FILES, (("forget_at", 1),), expire_after_seconds=0),
    ),
)
"""``forget_at`` is gone once an upload was submitted."""


class MongoForms:
    """``FormRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._files = database.collection(FILES)

    async def put(self, upload_id: str, position: int, data: bytes, *, request_id: str, now: datetime) -> None:
        key = {"upload_id": upload_id, "position": position, "request_id": request_id}
        kept = {"_id": f"{upload_id}.{position}", "data": data, "forget_at": now + UNSUBMITTED_KEPT}
        await self._files.update_one(key, {"$setOnInsert": kept}, upsert=True)

    async def load(self, upload_id: str, *, request_id: str) -> Sequence[bytes]:
        query = {"upload_id": upload_id, "request_id": request_id}
        return [bytes(found["data"]) for found in await self._files.find(query, sort=[("position", 1)])]

    async def slice(self, upload_id: str, position: int) -> bytes | None:
        found = await self._files.find_one({"upload_id": upload_id, "position": position})
        return None if found is None else bytes(found["data"])

    async def keep(self, upload_id: str, *, session: Session | None = None) -> None:
        await self._files.update_many({"upload_id": upload_id}, {"$unset": {"forget_at": ""}}, session=session)
