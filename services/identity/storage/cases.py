"""Cases in MongoDB."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from services.identity.domain.cases import Case, CaseStatus
from shared.mongo import Database, Document, Filter, Session
from shared.schema import Index, Schema

CASES: Final = "cases"

SCHEMA: Final = Schema(
    collections=(CASES,),
    indexes=(Index(CASES, (("status", 1), ("opened_at", -1))), Index(CASES, (("opened_at", -1),))),
)


class MongoCases:
    """Cases; the id is that of the incident."""

    def __init__(self, database: Database) -> None:
        self._cases = database.collection(CASES)

    async def get(self, case_id: str, *, session: Session | None = None) -> Case | None:
        found = await self._cases.find_one({"_id": case_id}, session=session)
        return None if found is None else _case(found)

    async def add(self, case: Case, *, session: Session | None = None) -> None:
        await self._cases.insert_one(_document(case), session=session)

    async def resolve(self, case: Case, *, session: Session | None = None) -> bool:
        query = {"_id": case.case_id, "status": CaseStatus.OPEN.value}
        return await self._cases.replace_one(query, _document(case), session=session)

    async def list_newest(self, *, status: CaseStatus | None, limit: int) -> Sequence[Case]:
        query: Filter = {} if status is None else {"status": status.value}
        return [_case(row) for row in await self._cases.find(query, sort=[("opened_at", -1)], limit=limit)]


def _document(case: Case) -> Document:
    values = asdict(case) | {"status": case.status.value, "signals": list(case.signals)}
    return {"_id": values.pop("case_id"), **values}


def _case(document: Document) -> Case:
    values = {name: document[name] for name in Case.__dataclass_fields__ if name != "case_id"}
    values |= {"status": CaseStatus(document["status"]), "signals": tuple(document["signals"])}
    return Case(case_id=document["_id"], **values)
