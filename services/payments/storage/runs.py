"""Runs and counters in MongoDB."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from services.payments.domain.errors import Contradiction
from services.payments.domain.payable import PayeeClass
from services.payments.domain.run import DepositFile, Run
from shared.mongo import Database, Document, Session

COLLECTION: Final = "runs"
COUNTERS: Final = "counters"
_BATCHES: Final = "batches"


class MongoRuns:
    """One document per run; the counters of batch numbers and turns beside them."""

    def __init__(self, database: Database) -> None:
        self._runs = database.collection(COLLECTION)
        self._counters = database.collection(COUNTERS)

    async def take_turn(self, payee_class: PayeeClass, *, session: Session | None) -> None:
        """Writing the same document first makes transactions conflict before they have done any work."""
        await self._advanced(f"turns/{payee_class}", 1, session)

    async def take_batch_ordinals(self, count: int, *, session: Session | None) -> int:
        return await self._advanced(_BATCHES, count, session) - count + 1

    async def _advanced(self, counter: str, count: int, session: Session | None) -> int:
        after = await self._counters.find_one_and_update(
            {"_id": counter}, {"$inc": {"value": count}}, upsert=True, session=session
        )
        if after is None:
            raise LookupError(counter)
        return int(after["value"])

    async def get(self, run_id: str, *, session: Session | None) -> Run | None:
        document = await self._runs.find_one({"_id": run_id}, session=session)
        return None if document is None else _run_from(document)

    async def add(self, run: Run, *, session: Session | None) -> None:
        await self._runs.insert_one(_document(run), session=session)

    async def record_file(self, run_id: str, file: DepositFile, *, session: Session | None) -> None:
        noted = _file_document(file)
        recorded = await self._runs.update_one(
            {"_id": run_id, "file": {"$in": [None, noted]}}, {"$set": {"file": noted}}, session=session
        )
        if not recorded:
            raise Contradiction(f"run {run_id} is unknown or was sent in another file than {file.number}")


def _document(run: Run) -> Document:
    return {
        "_id": run.run_id,
        "payee_class": run.payee_class,
        "payable_on": run.payable_on.isoformat(),
        "closed_at": run.closed_at,
        "payments": run.payments,
        "claims": run.claims,
        "amount_cents": run.amount_cents,
        "carried_over_payees": run.carried_over_payees,
        "carried_over_cents": run.carried_over_cents,
        "file": None if run.file is None else _file_document(run.file),
    }


def _file_document(file: DepositFile) -> Document:
    return {"number": file.number, "name": file.name, "sha256": file.sha256}


def _run_from(document: Mapping[str, Any]) -> Run:
    file = document["file"]
    return Run(
        run_id=document["_id"],
        payee_class=document["payee_class"],
        payable_on=date.fromisoformat(document["payable_on"]),
        closed_at=document["closed_at"],
        payments=document["payments"],
        claims=document["claims"],
        amount_cents=document["amount_cents"],
        carried_over_payees=document["carried_over_payees"],
        carried_over_cents=document["carried_over_cents"],
        file=None if file is None else DepositFile(number=file["number"], name=file["name"], sha256=file["sha256"]),
    )
