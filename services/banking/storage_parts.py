"""Parts of large runs in MongoDB; their items lie among those of all deposit files."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.banking.domain.deposit_item import DepositItem
from services.banking.handlers.run_parts import PART_LIMIT, RunPart, SentFile
from services.banking.ports import DepositPlan
from services.banking.storage import DEPOSIT_FILES, DEPOSIT_ITEMS, RUN_PARTS, item_document, item_from, plan_document
from shared.mongo import Database, Document, Session


class MongoRunParts:
    """``RunPartRepository``: a document per part; it is stored under its run and number, so that it comes once."""

    def __init__(self, database: Database) -> None:
        self._parts = database.collection(RUN_PARTS)
        self._files = database.collection(DEPOSIT_FILES)
        self._items = database.collection(DEPOSIT_ITEMS)

    async def add(self, part: RunPart, names: Mapping[str, str], *, session: Session | None = None) -> None:
        await self._parts.insert_one(
            {
                "_id": f"{part.run_id}/{part.part}",
                "run_id": part.run_id,
                "part": part.part,
                "parts": part.parts,
                "payable_on": part.payable_on.isoformat(),
            },
            session=session,
        )
        first = (part.part - 1) * PART_LIMIT
        documents = [
            item_document(item, position=position, run_id=part.run_id) | {"payee_name": names[item.payee_id]}
            for position, item in enumerate(part.items, start=first)
        ]
        await self._items.insert_many(documents, session=session)

    async def list_of(self, run_id: str, *, session: Session | None = None) -> Sequence[RunPart]:
        rows = await self._parts.find({"run_id": run_id}, sort=(("part", 1),), session=session)
        return [
            RunPart(
                run_id=row["run_id"],
                part=row["part"],
                parts=row["parts"],
                payable_on=date.fromisoformat(row["payable_on"]),
            )
            for row in rows
        ]

    async def items_of(
        self, run_id: str, part: int | None = None, *, session: Session | None = None
    ) -> tuple[tuple[DepositItem, ...], Mapping[str, str]]:
        query: Document = {"run_id": run_id}
        if part is not None:
            query["position"] = {"$gte": (part - 1) * PART_LIMIT, "$lt": part * PART_LIMIT}
        rows = await self._items.find(query, sort=(("position", 1),), session=session)
        return tuple(item_from(row) for row in rows), {row["payee_id"]: row["payee_name"] for row in rows}

    async def add_plan(self, plan: DepositPlan, *, session: Session | None = None) -> None:
        await self._files.insert_one(plan_document(plan), session=session)

    async def sent_file(self, run_id: str, *, session: Session | None = None) -> SentFile | None:
        row = await self._files.find_one({"_id": run_id, "sent_at": {"$ne": None}}, session=session)
        if row is None:
            return None
        return SentFile(
            file_number=row["file_number"],
            file_name=row["file_name"],
            sha256=row["sha256"],
            payable_on=date.fromisoformat(row["payable_on"]),
            total_cents=row["total_cents"],
            sent_at=row["sent_at"],
        )
