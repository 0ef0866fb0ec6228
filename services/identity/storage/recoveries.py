"""Recovery answers (hashed) and hints (sealed) in MongoDB."""

from typing import Final

from services.identity.domain.recoveries import Recovery
from shared.mongo import Database, Session
from shared.schema import Schema

RECOVERIES: Final = "recoveries"

SCHEMA: Final = Schema(collections=(RECOVERIES,))


class MongoRecoveries:
    """One document per account."""

    def __init__(self, database: Database) -> None:
        self._recoveries = database.collection(RECOVERIES)

    async def get(self, account_id: str, *, session: Session | None = None) -> Recovery | None:
        found = await self._recoveries.find_one({"_id": account_id}, session=session)
        if found is None:
            return None
        return Recovery(account_id=found["_id"], answer=found["answer"], hint=found["hint"], set_at=found["set_at"])

    async def put(self, recovery: Recovery, *, session: Session | None = None) -> None:
        document = {
            "_id": recovery.account_id,
            "answer": recovery.answer,
            "hint": recovery.hint,
            "set_at": recovery.set_at,
        }
        await self._recoveries.replace_one({"_id": recovery.account_id}, document, upsert=True, session=session)
