"""How often facts about a certificate were checked lately, and with what success."""

from datetime import datetime, timedelta
from typing import Final

from services.identity.domain.matching import MISSES_WITHIN
from shared.clock import new_id
from shared.mongo import Database, Session
from shared.schema import Index, Schema

CHECKS: Final = "roster_checks"
KEPT: Final = MISSES_WITHIN + timedelta(hours=1)

SCHEMA: Final = Schema(
    collections=(CHECKS,),
    indexes=(
        Index(CHECKS, (("at", 1),), expire_after_seconds=int(KEPT.total_seconds())),
        Index(CHECKS, (("dossier_id", 1), ("matched", 1), ("at", 1))),
    ),
)


class MongoChecks:
    """Every check is written, right or wrong: what is written must not tell what is known (REG-21)."""

    def __init__(self, database: Database) -> None:
        self._checks = database.collection(CHECKS)

    async def add(self, dossier_id: str, *, matched: bool, at: datetime, session: Session | None = None) -> None:
        await self._checks.insert_one(
            {"_id": new_id(), "dossier_id": dossier_id, "matched": matched, "at": at}, session=session
        )

    async def count_misses(
        self, dossier_id: str, *, since: datetime, up_to: int, session: Session | None = None
    ) -> int:
        query = {"dossier_id": dossier_id, "matched": False, "at": {"$gte": since}}
        return len(await self._checks.find(query, projection={"_id": 1}, limit=up_to, session=session))
