"""Names of payees in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from shared.mongo import Database, Session

PAYEES: Final = "payees"


class MongoPayees:
    """``PayeeRepository``."""

    def __init__(self, database: Database) -> None:
        self._payees = database.collection(PAYEES)

    async def names(self, payee_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, str]:
        rows = await self._payees.find({"_id": {"$in": list(payee_ids)}}, session=session)
        return {row["_id"]: row["name"] for row in rows}

    async def record(self, payee_id: str, name: str, *, told_at: datetime, session: Session | None = None) -> None:
        known = await self._payees.find_one({"_id": payee_id}, session=session)
        if known is None or known["told_at"] < told_at:
            document = {"_id": payee_id, "name": name, "told_at": told_at}
            await self._payees.replace_one({"_id": payee_id}, document, upsert=True, session=session)
