"""What account holders left for the day of recovery (hint, answers) in MongoDB."""

from datetime import datetime
from typing import Final

from services.identity.domain.answers import RecoveryRecord
from services.identity.domain.attempts import Attempts
from shared.mongo import Database, Document, Session
from shared.schema import Schema

RECOVERIES: Final = "recoveries"

SCHEMA: Final = Schema(collections=(RECOVERIES,))


class MongoRecoveries:
    """``RecoveryRecordRepository``: a document per account."""

    def __init__(self, database: Database) -> None:
        self._recoveries = database.collection(RECOVERIES)

    async def get(self, account_id: str, *, session: Session | None = None) -> RecoveryRecord | None:
        found = await self._recoveries.find_one({"_id": account_id}, session=session)
        return None if found is None else _record(found)

    async def save(self, record: RecoveryRecord, *, session: Session | None = None) -> None:
        await self._recoveries.replace_one({"_id": record.account_id}, _document(record), upsert=True, session=session)

    async def set_attempts(
        self, account_id: str, *, known: Attempts, attempts: Attempts, session: Session | None = None
    ) -> bool:
        query = {"_id": account_id, "misses": known.misses, "blocked_until": known.blocked_until}
        changes = {"misses": attempts.misses, "blocked_until": attempts.blocked_until}
        return await self._recoveries.update_one(query, {"$set": changes}, session=session)


def _document(record: RecoveryRecord) -> Document:
    return {
        "_id": record.account_id,
        "hint": record.hint,
        "answers": [{"question": question, "hash": encoded} for question, encoded in record.answers],
        "misses": record.misses,
        "blocked_until": record.blocked_until,
    }


def _record(document: Document) -> RecoveryRecord:
    blocked_until: datetime | None = document["blocked_until"]
    return RecoveryRecord(
        account_id=document["_id"],
        hint=document["hint"],
        answers=tuple((answer["question"], answer["hash"]) for answer in document["answers"]),
        misses=document["misses"],
        blocked_until=blocked_until,
    )
