"""Step-ups in MongoDB. Expiry is always part of the query; the TTL index only cleans up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.edge.auth.step_up import StepUpRecord
from shared.mongo import Database
from shared.schema import Index, Schema

STEP_UPS: Final = "step_ups"

SCHEMA: Final = Schema(
    collections=(STEP_UPS,),
    indexes=(
        Index(STEP_UPS, (("expires_at", 1),), expire_after_seconds=3_600),
        Index(STEP_UPS, (("token", 1),), unique=True, partial={"token": {"$type": "string"}}),
    ),
)


class MongoStepUps:
    """``StepUpRepository``."""

    def __init__(self, database: Database) -> None:
        self._step_ups = database.collection(STEP_UPS)

    async def add(self, record: StepUpRecord) -> None:
        await self._step_ups.insert_one(
            {
                "_id": record.key,
                "account_id": record.account_id,
                "session_id": record.session_id,
                "action": record.action,
                "change": record.change,
                "expires_at": record.expires_at,
                "token": record.token,
                "used_at": record.used_at,
            }
        )

    async def get(self, key: str) -> StepUpRecord | None:
        document = await self._step_ups.find_one({"_id": key})
        return None if document is None else _record(document)

    async def grant(self, key: str, *, token: str, until: datetime) -> bool:
        return await self._step_ups.update_one(
            {"_id": key, "token": None}, {"$set": {"token": token, "expires_at": until}}
        )

    async def take(self, token: str, *, now: datetime) -> StepUpRecord | None:
        query = {"token": token, "used_at": None, "expires_at": {"$gt": now}}
        document = await self._step_ups.find_one_and_update(query, {"$set": {"used_at": now}})
        return None if document is None else _record(document)

    async def give_back(self, token: str) -> None:
        await self._step_ups.update_one({"token": token}, {"$set": {"used_at": None}})


def _record(document: Mapping[str, Any]) -> StepUpRecord:
    return StepUpRecord(
        key=document["_id"],
        account_id=document["account_id"],
        session_id=document["session_id"],
        action=document["action"],
        change=document["change"],
        expires_at=document["expires_at"],
        token=document["token"],
        used_at=document["used_at"],
    )
