"""Counters of wrong passwords in MongoDB. What a counter does next is decided in ``auth.lockout``; here a change to
anything but the version that was read is refused.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.edge.auth.lockout import Lockout
from shared.mongo import Database, Document, DuplicateKey, Session
from shared.schema import Index, Schema

LOCKOUTS: Final = "lockouts"
_OPENED: Final = {
    "$set": {"consecutive": 0, "recent": [], "blocks": 0, "blocked_until": None},
    "$inc": {"opened": 1, "version": 1},
}

SCHEMA: Final = Schema(
    collections=(LOCKOUTS,),
    indexes=(
        Index(LOCKOUTS, (("purge_at", 1),), expire_after_seconds=0),
        Index(LOCKOUTS, (("subject", 1),)),
    ),
)


class MongoLockouts:
    """``LockoutRepository`` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._lockouts = database.collection(LOCKOUTS)

    async def get(self, key: str) -> Lockout | None:
        document = await self._lockouts.find_one({"_id": key})
        return None if document is None else _lockout(document)

    async def save(self, lockout: Lockout, *, purge_at: datetime) -> bool:
        document = _document(lockout, purge_at)
        if lockout.version:
            return await self._lockouts.replace_one({"_id": lockout.key, "version": lockout.version}, document)
        try:
            await self._lockouts.insert_one(document)
        except DuplicateKey:
            return False
        return True

    async def open(self, key: str) -> None:
        await self._lockouts.update_one({"_id": key}, _OPENED)

    async def clear(self, subject: str, *, session: Session | None = None) -> None:
        await self._lockouts.update_many({"subject": subject}, _OPENED, session=session)


def _document(lockout: Lockout, purge_at: datetime) -> Document:
    return {
        "_id": lockout.key,
        "subject": lockout.subject,
        "consecutive": lockout.consecutive,
        "recent": list(lockout.recent),
        "blocks": lockout.blocks,
        "blocked_until": lockout.blocked_until,
        "last_failure_at": lockout.last_failure_at,
        "opened": lockout.opened,
        "version": lockout.version + 1,
        "purge_at": purge_at,
    }


def _lockout(document: Mapping[str, Any]) -> Lockout:
    return Lockout(
        key=document["_id"],
        subject=document["subject"],
        consecutive=document["consecutive"],
        recent=tuple(document["recent"]),
        blocks=document["blocks"],
        blocked_until=document["blocked_until"],
        last_failure_at=document["last_failure_at"],
        opened=document["opened"],
        version=document["version"],
    )
