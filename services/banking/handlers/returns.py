"""Files of returns (BNK-5): each item is found by its cross-reference and applied once; the rest is for a person.

Applied means: the item is returned, what the bank said of it is kept under the payment, the bank details that it went
to are flagged, and payments hears of it. The same file again, or the same return in another file, changes nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from services.banking.domain.deposit_file import FileState
from services.banking.domain.deposit_item import DepositItem, ItemState
from services.banking.domain.return_file import OddSegment, ReturnedCredit, ReturnFile
from services.banking.handlers.ports_returns import DetailsFlags, ImportedFile, ReturnNote, ReturnRepository
from services.banking.handlers.settlements import FileNotSentYet
from services.banking.ports import (
    AccountRepository,
    BankException,
    DepositPlan,
    DepositPlanRepository,
    ExceptionRepository,
)
from shared.clock import Clock
from shared.contracts.banking_returns import DepositReturned
from shared.outbox import Work

CHUNK: Final = 500
"""Items in one transaction."""

UnitOfWork = Callable[[str, Callable[[Work], Awaitable[None]]], Awaitable[None]]
"""Does work in a transaction once per work id; as ``Outbox.run``."""


@dataclass(frozen=True, slots=True)
class ReturnStores:
    """What an import reads and writes."""

    plans: DepositPlanRepository
    accounts: AccountRepository
    exceptions: ExceptionRepository
    returns: ReturnRepository
    flags: DetailsFlags


async def import_returns(
    file: ReturnFile, *, source: str, stores: ReturnStores, unit_of_work: UnitOfWork, clock: Clock
) -> ImportedFile:
    """Apply a file, as far as it was not applied before; ``source`` says where it came from.

    Raises:
        FileNotSentYet: the bank was faster than our record of having sent a file; try again.
    """
    kept = ImportedFile(
        digest=file.digest,
        file_number=file.file_number,
        creation_date=file.creation_date,
        source=source,
        imported_at=clock(),
    )
    await unit_of_work(f"returns:{file.digest}:odd", partial(_put_aside, file=file, kept=kept, stores=stores))
    for start in range(0, len(file.returned), CHUNK):
        chunk = file.returned[start : start + CHUNK]
        apply = partial(_apply, chunk=chunk, kept=kept, stores=stores, clock=clock)
        await unit_of_work(f"returns:{file.digest}:{start}", apply)
    return await stores.returns.file(file.digest) or kept


async def _put_aside(work: Work, *, file: ReturnFile, kept: ImportedFile, stores: ReturnStores) -> None:
    found = [_odd(segment, kept) for segment in file.odd]
    await stores.exceptions.record(found, session=work.session)
    await stores.returns.count_in(replace(kept, items=file.count, exceptions=len(found)), session=work.session)


def _odd(segment: OddSegment, kept: ImportedFile) -> BankException:
    return BankException(
        exception_id=f"{segment.kind}:{kept.digest}:{segment.place}",
        kind=segment.kind,
        source=kept.digest,
        subject=segment.place,
        found_at=kept.imported_at,
        amount_cents=segment.amount_cents,
    )


async def _apply(
    work: Work, *, chunk: Sequence[ReturnedCredit], kept: ImportedFile, stores: ReturnStores, clock: Clock
) -> None:
    runs = await stores.plans.runs_of([one.cross_reference for one in chunk], session=work.session)
    outcome = _Outcome(kept)
    by_run: dict[str, list[ReturnedCredit]] = {}
    for one in chunk:
        run_id = runs.get(one.cross_reference)
        if run_id is None:
            outcome.put_aside("unknown_reference", one)
        else:
            by_run.setdefault(run_id, []).append(one)
    for run_id, returned in by_run.items():
        plan = await stores.plans.get_by_run(run_id, session=work.session)
        if plan is None or plan.file.state in {FileState.RESERVED, FileState.WRITTEN}:
            raise FileNotSentYet(run_id)
        accepted = await _accepted(plan, returned, outcome, work=work, stores=stores)
        await _return_items(work, plan, accepted, outcome=outcome, stores=stores, clock=clock)
    await stores.exceptions.record(outcome.exceptions, session=work.session)
    await stores.returns.count_in(outcome.figures(), session=work.session)


async def _accepted(
    plan: DepositPlan, returned: Sequence[ReturnedCredit], outcome: "_Outcome", *, work: Work, stores: ReturnStores
) -> dict[str, ReturnedCredit]:
    """What agrees with the file and is new, by cross-reference."""
    items = {item.cross_reference: item for item in plan.file.items}
    accepted: dict[str, ReturnedCredit] = {}
    for one in returned:
        item = items[one.cross_reference]
        if item.amount_cents != one.amount_cents:
            outcome.put_aside("amount_differs", one)
        elif plan.file.state is FileState.ABANDONED:
            outcome.put_aside("item_not_open", one)
        elif await _known(item, one, accepted.get(one.cross_reference), work=work, stores=stores, outcome=outcome):
            continue
        else:
            accepted[one.cross_reference] = one
    return accepted


async def _known(
    item: DepositItem,
    one: ReturnedCredit,
    earlier: ReturnedCredit | None,
    *,
    work: Work,
    stores: ReturnStores,
    outcome: "_Outcome",
) -> bool:
    """Whether the payment came back before, in this file or another one: the same return, or a contradiction."""
    if earlier is not None:
        before: ReturnNote | None = outcome.note(item, earlier)
    elif item.state is ItemState.RETURNED:
        before = await stores.returns.note_of(item.payment_id, session=work.session)
    else:
        return False
    if before is None or before.agrees_with(outcome.note(item, one)):
        outcome.repeated += 1
    else:
        outcome.put_aside("returned_differently", one)
    return True


async def _return_items(
    work: Work,
    plan: DepositPlan,
    accepted: dict[str, ReturnedCredit],
    *,
    outcome: "_Outcome",
    stores: ReturnStores,
    clock: Clock,
) -> None:
    if not accepted:
        return
    before = {item.cross_reference: item for item in plan.file.items}
    reasons = {reference: one.reason for reference, one in accepted.items()}
    change = plan.file.return_items(reasons, at=clock())
    applied = [change.item for change in change.changes if change.was_applied]
    await stores.plans.save(replace(plan, file=change.file), changed=applied, session=work.session)
    for item in applied:
        one = accepted[item.cross_reference]
        await stores.returns.add(outcome.note(item, one), session=work.session)
        version = await _flag(work, plan, item, stores=stores, clock=clock)
        outcome.applied += 1
        work.publish(
            DepositReturned(
                run_id=plan.file.run_id,
                payment_id=item.payment_id,
                payee_id=item.payee_id,
                amount_cents=item.amount_cents,
                reason_code=one.reason,
                returned_on=one.returned_on,
                was_settled=before[item.cross_reference].state is ItemState.SETTLED,
                details_version=version,
            )
        )


async def _flag(work: Work, plan: DepositPlan, item: DepositItem, *, stores: ReturnStores, clock: Clock) -> int | None:
    """Flag the details that the deposit went to, unless others are in force by now; their version."""
    account = await stores.accounts.get(item.payee_id, session=work.session)
    if account is None or account.as_of(plan.file.reserved_at).version != account.version:
        return None
    await stores.flags.put(account, payment_id=item.payment_id, at=clock(), session=work.session)
    return account.version


class _Outcome:
    """What became of the items of one transaction."""

    def __init__(self, kept: ImportedFile) -> None:
        self._kept = kept
        self.applied = 0
        self.repeated = 0
        self.exceptions: list[BankException] = []

    def note(self, item: DepositItem, one: ReturnedCredit) -> ReturnNote:
        return ReturnNote(
            payment_id=item.payment_id,
            reason=one.reason,
            trace=one.trace,
            returned_on=one.returned_on,
            source=self._kept.digest,
        )

    def put_aside(self, kind: str, one: ReturnedCredit) -> None:
        self.exceptions.append(
            BankException(
                exception_id=f"{kind}:{self._kept.digest}:{one.place}",
                kind=kind,
                source=self._kept.digest,
                subject=one.cross_reference,
                found_at=self._kept.imported_at,
                amount_cents=one.amount_cents,
            )
        )

    def figures(self) -> ImportedFile:
        return replace(self._kept, applied=self.applied, repeated=self.repeated, exceptions=len(self.exceptions))
