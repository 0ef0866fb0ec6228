"""Slices of a run: so much of preparing, releasing or stopping as fits one transaction.

Each reads the run, does what comes next and stores the run, all in one transaction: whoever comes second starts again
from what the first one stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.payments.domain.draft import PAID, DraftBatch, DraftRun, Figures
from services.payments.domain.payable import Payable
from services.payments.domain.run_rules import RunRules
from services.payments.handlers.releasing import Releasing
from services.payments.ports import DraftRepository, PayableRepository, PayeeRepository
from shared.clock import Clock
from shared.mongo import Session
from shared.outbox import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """What comes next in a run, over the repositories."""

    drafts: DraftRepository
    payables: PayableRepository
    payees: PayeeRepository
    releasing: Releasing
    rules: RunRules
    clock: Clock

    def waits(self, draft: DraftRun) -> bool:
        """Whether nothing is to be done about the run now."""
        if draft.state == "approved":
            return draft.release_at is not None and draft.release_at > self.clock()
        return draft.state not in {"preparing", "releasing", "stopping"}

    async def next(self, run_id: str, work: Work) -> None:
        """Do the next slice of the run."""
        draft = await self.drafts.get(run_id, session=work.session)
        if draft is None or self.waits(draft):
            return
        match draft.state:
            case "preparing":
                draft = await self._prepare(draft, session=work.session)
            case "stopping":
                draft = await self._give_back(draft, session=work.session)
            case _:
                draft = await self._release(draft, work)
        await self.drafts.save(draft, session=work.session)

    async def _prepare(self, draft: DraftRun, *, session: Session | None) -> DraftRun:
        free = await self.payables.list_free(
            draft.payee_class, after=draft.cursor, limit=self.rules.slice_payables, session=session
        )
        if not free:
            return draft.complete()
        known = await self.payees.get_many({payable.payee_id for payable in free}, session=session)
        batches = self.rules.sort_out(draft.run_id, free, known, at=self.clock())
        taken = [payable for batch in batches for payable in batch.payables]
        await self.payables.reserve(taken, run_id=draft.run_id, session=session)
        await self.drafts.add_batches(batches, session=session)
        return draft.took(batches, cursor=batches[-1].payee_id)

    async def _give_back(self, draft: DraftRun, *, session: Session | None) -> DraftRun:
        reserved = await self.payables.list_reserved(draft.run_id, limit=self.rules.slice_payables, session=session)
        await self.payables.give_back(reserved, run_id=draft.run_id, session=session)
        return draft.gave_back(len(reserved), sum(payable.amount_cents for payable in reserved))

    async def _release(self, draft: DraftRun, work: Work) -> DraftRun:
        now = self.clock()
        if draft.state == "approved":
            payable_on = self.rules.calendars[draft.payee_class].payable_on(now)
            draft = draft.release(payable_on=payable_on, part_size=self.rules.part_size)
        batches = await self.drafts.list_batches(
            draft.run_id, outcomes=PAID, after=draft.cursor, limit=draft.part_size, session=work.session
        )
        paid, dropped = await self._still_payable(batches, at=now, session=work.session)
        lost: list[Payable] = [payable for batch in dropped for payable in batch.payables]
        await self.payables.give_back(lost, run_id=draft.run_id, session=work.session)
        draft = draft.part_released(_together(paid), _together(dropped), cursor=batches[-1].payee_id)
        await self.releasing.release(draft, paid, work, at=now)
        return draft

    async def _still_payable(
        self, batches: Sequence[DraftBatch], *, at: datetime, session: Session | None
    ) -> tuple[list[DraftBatch], list[DraftBatch]]:
        """Whoever withdrew or changed the bank details since the run was prepared waits for a later run."""
        known = await self.payees.get_many({batch.payee_id for batch in batches}, session=session)
        paid: list[DraftBatch] = []
        dropped: list[DraftBatch] = []
        for batch in batches:
            payee = known.get(batch.payee_id)
            payable = batch.outcome == "cheque" or (payee is not None and payee.payable(at))
            (paid if payable else dropped).append(batch)
        return paid, dropped


def _together(batches: Sequence[DraftBatch]) -> Figures:
    total = Figures()
    for batch in batches:
        total = total.plus(batch)
    return total
