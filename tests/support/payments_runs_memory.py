"""Runs under way and cheques in memory; they refuse the same second writes as the ones on MongoDB."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Collection, Sequence
from dataclasses import replace

from services.payments.domain.draft import OCCUPYING, UNDER_WAY, DraftBatch, DraftRun, PayeeOutcome
from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payable import PayeeClass
from shared.mongo import DuplicateKey, Session


class MemoryDrafts:
    def __init__(self) -> None:
        self._drafts: dict[str, DraftRun] = {}
        self._batches: dict[tuple[str, str], DraftBatch] = {}

    async def get(self, run_id: str, *, session: Session | None) -> DraftRun | None:
        return self._drafts.get(run_id)

    async def occupying(self, payee_class: PayeeClass, *, session: Session | None) -> str | None:
        drafts = self._drafts.values()
        return next((d.run_id for d in drafts if d.payee_class == payee_class and d.state in OCCUPYING), None)

    async def add(self, draft: DraftRun, *, session: Session | None) -> None:
        if draft.run_id in self._drafts or await self.occupying(draft.payee_class, session=None) is not None:
            raise DuplicateKey
        self._drafts[draft.run_id] = draft

    async def save(self, draft: DraftRun, *, session: Session | None) -> DraftRun:
        known = self._drafts.get(draft.run_id)
        if known is None or known.version != draft.version:
            raise ChangedMeanwhile("run")
        self._drafts[draft.run_id] = saved = replace(draft, version=draft.version + 1)
        return saved

    async def list_recent(self, *, limit: int) -> Sequence[DraftRun]:
        return sorted(self._drafts.values(), key=lambda draft: draft.begun_at, reverse=True)[:limit]

    async def list_unfinished(self) -> Sequence[DraftRun]:
        return [draft for draft in self._drafts.values() if draft.state in UNDER_WAY | {"approved"}]

    async def add_batches(self, batches: Sequence[DraftBatch], *, session: Session | None) -> None:
        for batch in batches:
            if (batch.run_id, batch.payee_id) in self._batches:
                raise DuplicateKey
            self._batches[batch.run_id, batch.payee_id] = batch

    async def list_batches(
        self,
        run_id: str,
        *,
        outcomes: Collection[PayeeOutcome],
        after: str | None,
        limit: int,
        session: Session | None,
    ) -> Sequence[DraftBatch]:
        found = [b for b in self._of(run_id, outcomes) if after is None or b.payee_id > after]
        return sorted(found, key=lambda batch: batch.payee_id)[:limit]

    async def list_largest(
        self, run_id: str, *, outcomes: Collection[PayeeOutcome], limit: int
    ) -> Sequence[DraftBatch]:
        return sorted(self._of(run_id, outcomes), key=lambda batch: batch.amount_cents, reverse=True)[:limit]

    def _of(self, run_id: str, outcomes: Collection[PayeeOutcome]) -> list[DraftBatch]:
        return [b for b in self._batches.values() if b.run_id == run_id and b.outcome in outcomes]
