"""Payees in MongoDB."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from services.payments.domain.payee import Payee
from shared.mongo import Database, Session

COLLECTION: Final = "payees"


class MongoPayees:
    """One document per enrolled payee."""

    def __init__(self, database: Database) -> None:
        self._payees = database.collection(COLLECTION)

    async def enrol(self, payee_id: str, *, account_id: str, at: datetime, session: Session | None) -> None:
        await self._payees.update_one(
            {"_id": payee_id},
            {"$addToSet": {"account_ids": account_id}, "$max": {"enrolled_at": at}},
            upsert=True,
            session=session,
        )

    async def hold(self, payee_id: str, *, until: datetime, session: Session | None, version: int = 1) -> None:
        latest = {"held_until": until, "details_version": version}
        await self._payees.update_one({"_id": payee_id}, {"$max": latest}, session=session)

    async def withdraw(self, payee_id: str, *, account_id: str, at: datetime, session: Session | None) -> None:
        if not await self._payees.delete_one({"_id": payee_id, "enrolled_at": {"$lte": at}}, session=session):
            await self._payees.update_one({"_id": payee_id}, {"$pull": {"account_ids": account_id}}, session=session)

    async def get_many(self, payee_ids: Collection[str], *, session: Session | None) -> Mapping[str, Payee]:
        documents = await self._payees.find({"_id": {"$in": list(payee_ids)}}, session=session)
        return {
            document["_id"]: Payee(
                payee_id=document["_id"],
                account_ids=tuple(document["account_ids"]),
                enrolled_at=document["enrolled_at"],
                held_until=document.get("held_until"),
                details_version=document.get("details_version", 1),
                flagged_version=document.get("flagged_version"),
            )
            for document in documents
        }
