"""Runs under way, and the payees in them, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from services.payments.domain.draft import (
    OCCUPYING,
    UNDER_WAY,
    DraftBatch,
    DraftRun,
    Figures,
    PayeeOutcome,
)
from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payable import Payable, PayeeClass
from shared.mongo import Database, Document, Session
from shared.schema import Index, Schema

COLLECTION: Final = "draft_runs"
BATCHES: Final = "draft_batches"
_HELD: Final = {"occupies": {"$exists": True}}

SCHEMA: Final = Schema(
    collections=(COLLECTION, BATCHES),
    indexes=(
        Index(COLLECTION, (("occupies", 1),), unique=True, partial=_HELD),
        Index(COLLECTION, (("begun_at", -1),)),
        Index(BATCHES, (("run_id", 1), ("payee_id", 1)), unique=True),
        Index(BATCHES, (("run_id", 1), ("amount_cents", -1))),
    ),
)
"""``occupies`` is the class of a run that is neither sent nor stopped: there is one at most, whoever tries."""


class MongoDrafts:
    """One document per run and one per payee in it."""

    def __init__(self, database: Database) -> None:
        self._drafts = database.collection(COLLECTION)
        self._batches = database.collection(BATCHES)

    async def get(self, run_id: str, *, session: Session | None) -> DraftRun | None:
        document = await self._drafts.find_one({"_id": run_id}, session=session)
        return None if document is None else _draft_from(document)

    async def occupying(self, payee_class: PayeeClass, *, session: Session | None) -> str | None:
        document = await self._drafts.find_one({"occupies": payee_class}, projection={"_id": 1}, session=session)
        return None if document is None else str(document["_id"])

    async def add(self, draft: DraftRun, *, session: Session | None) -> None:
        await self._drafts.insert_one(_document(draft), session=session)

    async def save(self, draft: DraftRun, *, session: Session | None) -> DraftRun:
        saved = replace(draft, version=draft.version + 1)
        found = {"_id": draft.run_id, "version": draft.version}
        if not await self._drafts.replace_one(found, _document(saved), session=session):
            raise ChangedMeanwhile("run")
        return saved

    async def list_recent(self, *, limit: int) -> Sequence[DraftRun]:
        documents = await self._drafts.find({}, sort=(("begun_at", -1),), limit=limit)
        return [_draft_from(document) for document in documents]

    async def list_unfinished(self) -> Sequence[DraftRun]:
        documents = await self._drafts.find({"occupies": {"$exists": True}})
        drafts = [_draft_from(document) for document in documents]
        return [draft for draft in drafts if draft.state in UNDER_WAY or draft.state == "approved"]

    async def add_batches(self, batches: Sequence[DraftBatch], *, session: Session | None) -> None:
        await self._batches.insert_many([_batch_document(batch) for batch in batches], session=session)

    async def list_batches(
        self,
        run_id: str,
        *,
        outcomes: Collection[PayeeOutcome],
        after: str | None,
        limit: int,
        session: Session | None,
    ) -> Sequence[DraftBatch]:
        query: Document = {"run_id": run_id, "outcome": {"$in": list(outcomes)}}
        if after is not None:
            query["payee_id"] = {"$gt": after}
        documents = await self._batches.find(query, sort=(("payee_id", 1),), limit=limit, session=session)
        return [_batch_from(document) for document in documents]

    async def list_largest(
        self, run_id: str, *, outcomes: Collection[PayeeOutcome], limit: int
    ) -> Sequence[DraftBatch]:
        query: Document = {"run_id": run_id, "outcome": {"$in": list(outcomes)}}
        documents = await self._batches.find(query, sort=(("amount_cents", -1),), limit=limit)
        return [_batch_from(document) for document in documents]


def _document(draft: DraftRun) -> Document:
    document: Document = {
        "_id": draft.run_id,
        "payee_class": draft.payee_class,
        "state": draft.state,
        "begun_at": draft.begun_at,
        "prepared_by": draft.prepared_by,
        "agents": list(draft.agents),
        "figures": {outcome: _figures_document(figures) for outcome, figures in draft.figures.items()},
        "cursor": draft.cursor,
        "approved_at": draft.approved_at,
        "release_at": draft.release_at,
        "payable_on": None if draft.payable_on is None else draft.payable_on.isoformat(),
        "part_size": draft.part_size,
        "parts": draft.parts,
        "parts_done": draft.parts_done,
        "released": _figures_document(draft.released),
        "dropped": _figures_document(draft.dropped),
        "stopped_by": draft.stopped_by,
        "stop_reason": draft.stop_reason,
        "given_back": _figures_document(draft.given_back),
        "version": draft.version,
    }
    if draft.state in OCCUPYING:
        document["occupies"] = draft.payee_class
    return document


def _figures_document(figures: Figures) -> Document:
    return {"payees": figures.payees, "claims": figures.claims, "amount_cents": figures.amount_cents}


def _figures_from(document: Mapping[str, Any]) -> Figures:
    return Figures(document["payees"], document["claims"], document["amount_cents"])


def _draft_from(document: Mapping[str, Any]) -> DraftRun:
    payable_on = document["payable_on"]
    return DraftRun(
        run_id=document["_id"],
        payee_class=document["payee_class"],
        state=document["state"],
        begun_at=document["begun_at"],
        prepared_by=document["prepared_by"],
        agents=tuple(document["agents"]),
        figures={outcome: _figures_from(figures) for outcome, figures in document["figures"].items()},
        cursor=document["cursor"],
        approved_at=document["approved_at"],
        release_at=document["release_at"],
        payable_on=None if payable_on is None else date.fromisoformat(payable_on),
        part_size=document["part_size"],
        parts=document["parts"],
        parts_done=document["parts_done"],
        released=_figures_from(document["released"]),
        dropped=_figures_from(document["dropped"]),
        stopped_by=document["stopped_by"],
        stop_reason=document["stop_reason"],
        given_back=_figures_from(document["given_back"]),
        version=document["version"],
    )


def _batch_document(batch: DraftBatch) -> Document:
    return {
        "_id": f"{batch.run_id}/{batch.payee_id}",
        "run_id": batch.run_id,
        "payee_id": batch.payee_id,
        "outcome": batch.outcome,
        "amount_cents": batch.amount_cents,
        "claims": batch.claims,
        "payables": [
            {
                "claim_id": payable.claim_id,
                "version": payable.version,
                "payee_class": payable.payee_class,
                "amount_cents": payable.amount_cents,
                "opened_at": payable.opened_at,
            }
            for payable in batch.payables
        ],
    }


def _batch_from(document: Mapping[str, Any]) -> DraftBatch:
    return DraftBatch(
        run_id=document["run_id"],
        payee_id=document["payee_id"],
        outcome=document["outcome"],
        amount_cents=document["amount_cents"],
        claims=document["claims"],
        payables=tuple(Payable(payee_id=document["payee_id"], **payable) for payable in document["payables"]),
    )
