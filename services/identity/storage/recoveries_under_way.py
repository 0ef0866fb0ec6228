"""Recoveries under way in MongoDB."""

from typing import Final

from services.identity.domain.recovery import Method, RecoveryUnderWay
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

RECOVERIES_UNDER_WAY: Final = "recoveries_under_way"

SCHEMA: Final = Schema(
    collections=(RECOVERIES_UNDER_WAY,),
    indexes=(Index(RECOVERIES_UNDER_WAY, (("expires_at", 1),), expire_after_seconds=0),),
)


class MongoRecoveriesUnderWay:
    """``RecoveryRepository``; MongoDB removes them once expired, ``RecoveryUnderWay.open`` is exact about it."""

    def __init__(self, database: Database) -> None:
        self._recoveries = database.collection(RECOVERIES_UNDER_WAY)

    async def get(self, recovery_id: str, *, session: Session | None = None) -> RecoveryUnderWay | None:
        found = await self._recoveries.find_one({"_id": recovery_id}, session=session)
        return None if found is None else _recovery(found)

    async def add(self, recovery: RecoveryUnderWay, *, session: Session | None = None) -> None:
        await self._recoveries.insert_one(_document(recovery), session=session)

    async def save(self, recovery: RecoveryUnderWay, *, session: Session | None = None) -> None:
        await self._recoveries.replace_one({"_id": recovery.recovery_id}, _document(recovery), session=session)


def _document(recovery: RecoveryUnderWay) -> Document:
    return {
        "_id": recovery.recovery_id,
        "method": recovery.method.value,
        "account_id": recovery.account_id,
        "email": recovery.email,
        "language": recovery.language,
        "started_at": recovery.started_at,
        "expires_at": recovery.expires_at,
        "proved_at": recovery.proved_at,
        "answered_at": recovery.answered_at,
        "completed_at": recovery.completed_at,
    }


def _recovery(document: Document) -> RecoveryUnderWay:
    return RecoveryUnderWay(
        recovery_id=document["_id"],
        method=Method(document["method"]),
        account_id=document["account_id"],
        email=document["email"],
        language=document["language"],
        started_at=document["started_at"],
        proved_at=document["proved_at"],
        answered_at=document["answered_at"],
        completed_at=document["completed_at"],
    )
