"""What families have used, in MongoDB."""

from collections.abc import Collection, Mapping
from typing import Final

from pymongo import ReplaceOne

from services.claims.domain.accumulator_documents import accumulators_from_document, accumulators_to_document
from services.claims.domain.accumulators import Accumulators
from services.claims.handlers.ports import AccumulatorKey
from shared.mongo import Database, Session
from shared.schema import Schema

SCHEMA: Final = Schema(collections=("accumulators",))


class MongoAccumulators:
    """``AccumulatorRepository``: one document per dossier and benefit year, so that a family's claims meet in it."""

    def __init__(self, database: Database) -> None:
        self._accumulators = database.collection("accumulators")

    async def get_many(
        self, keys: Collection[AccumulatorKey], *, session: Session | None
    ) -> Mapping[AccumulatorKey, Accumulators]:
        by_id = {_accumulator_id(key): key for key in keys}
        rows = await self._accumulators.find({"_id": {"$in": list(by_id)}}, session=session)
        return {by_id[row["_id"]]: accumulators_from_document(row) for row in rows}

    async def put_all(self, accumulators: Mapping[AccumulatorKey, Accumulators], *, session: Session | None) -> None:
        writes = []
        for key, state in accumulators.items():
            document = {"_id": _accumulator_id(key), **accumulators_to_document(state)}
            writes.append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
        await self._accumulators.bulk_write(writes, session=session)


def _accumulator_id(key: AccumulatorKey) -> str:
    return f"{key[0]}|{key[1]}"
