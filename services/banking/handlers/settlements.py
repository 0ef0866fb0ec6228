"""What the bank reports on our files: settled payments, refused files (BNK-5)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from services.banking.domain.deposit_file import FileState
from services.banking.domain.deposit_item import ItemState
from services.banking.ports import (
    BankException,
    BankInbox,
    DepositPlan,
    DepositPlanRepository,
    ExceptionRepository,
    RefusalReport,
    ReportedItem,
    ReportUnreadable,
    SettlementReport,
)
from shared.clock import Clock
from shared.contracts.banking import DepositSettled
from shared.errors import Transient
from shared.outbox import Work
from shared.telemetry import logger

CHUNK: Final = 1_000
"""Items in one transaction: its events must fit in one document."""

UnitOfWork = Callable[[str, Callable[[Work], Awaitable[None]]], Awaitable[None]]
"""Does work in a transaction once per work id; as ``Outbox.run``."""


class FileNotSentYet(Transient):
    """The bank was faster than the record of having sent the file; the report is read again."""

    def __init__(self, run_id: str) -> None:
        super().__init__("banking.deposit_file_not_sent_yet", run_id=run_id)


async def watch_inbox(
    *, inbox: BankInbox, import_report: Callable[[str], Awaitable[None]], poll_seconds: float
) -> None:
    """Import reports as they come, for ever. One that fails waits for the next round and holds up no other."""
    while True:
        for name in await inbox.list_reports():
            try:
                await import_report(name)
            except Transient as error:
                logger().warning("report_waits", report=name, code=error.code)
            except Exception:  # noqa: BLE001 - logged; the report stays where it is
                logger().exception("report_failed", report=name)
        await asyncio.sleep(poll_seconds)


async def import_report(
    name: str,
    *,
    inbox: BankInbox,
    unit_of_work: UnitOfWork,
    plans: DepositPlanRepository,
    exceptions: ExceptionRepository,
    clock: Clock,
) -> None:
    """Apply one report and put it away. The same report again, under whatever name, has no second effect.

    Raises:
        FileNotSentYet: the report stays.
    """
    try:
        report = await inbox.read(name)
    except ReportUnreadable as error:
        logger().error("report_refused", report=name, reason=error.params["reason"])
        await inbox.refuse(name, reason=str(error.params["reason"]))
        return
    match report:
        case None:
            return
        case RefusalReport():
            await exceptions.record([_refused_file(report, clock=clock)])
        case SettlementReport():
            for start in range(0, len(report.items), CHUNK):
                chunk = replace(report, items=report.items[start : start + CHUNK])
                settle = partial(_settle, report=chunk, plans=plans, exceptions=exceptions, clock=clock)
                await unit_of_work(f"settlement:{report.digest}:{start}", settle)
    await inbox.archive(name)


async def _settle(
    work: Work,
    *,
    report: SettlementReport,
    plans: DepositPlanRepository,
    exceptions: ExceptionRepository,
    clock: Clock,
) -> None:
    runs = await plans.runs_of([item.cross_reference for item in report.items], session=work.session)
    by_run: dict[str, list[ReportedItem]] = {}
    found = _Findings(report.digest, clock)
    for item in report.items:
        run_id = runs.get(item.cross_reference)
        if run_id is None:
            found.add("unknown_reference", item)
        else:
            by_run.setdefault(run_id, []).append(item)
    for run_id, items in by_run.items():
        plan = await plans.get_by_run(run_id, session=work.session)
        if plan is None or plan.file.state in {FileState.RESERVED, FileState.WRITTEN}:
            raise FileNotSentYet(run_id)
        settled_on = _accepted(plan, items, found)
        await _settle_items(work, plan, settled_on=settled_on, plans=plans, clock=clock)
    await exceptions.record(found.exceptions, session=work.session)


async def _settle_items(
    work: Work, plan: DepositPlan, *, settled_on: dict[str, date], plans: DepositPlanRepository, clock: Clock
) -> None:
    if not settled_on:
        return
    change = plan.file.settle_items(tuple(settled_on), at=clock())
    applied = [change.item for change in change.changes if change.was_applied]
    if not applied:
        return
    await plans.save(replace(plan, file=change.file), changed=applied, session=work.session)
    for item in applied:
        work.publish(
            DepositSettled(
                run_id=plan.file.run_id,
                payment_id=item.payment_id,
                amount_cents=item.amount_cents,
                settled_on=settled_on[item.cross_reference],
            )
        )


def _accepted(plan: DepositPlan, reported: Sequence[ReportedItem], found: "_Findings") -> dict[str, date]:
    """Settlement day by cross-reference of what agrees with the file; the rest becomes exceptions."""
    items = {item.cross_reference: item for item in plan.file.items}
    accepted: dict[str, date] = {}
    for one in reported:
        item = items[one.cross_reference]
        if item.amount_cents != one.amount_cents:
            found.add("amount_differs", one)
        elif item.state is ItemState.RETURNED or plan.file.state is FileState.ABANDONED:
            found.add("item_not_open", one)
        else:
            accepted[one.cross_reference] = one.settled_on
    return accepted


class _Findings:
    def __init__(self, digest: str, clock: Clock) -> None:
        self._digest = digest
        self._now = clock()
        self.exceptions: list[BankException] = []

    def add(self, kind: str, item: ReportedItem) -> None:
        self.exceptions.append(
            BankException(
                exception_id=f"{kind}:{self._digest}:{item.cross_reference}",
                kind=kind,
                source=self._digest,
                subject=item.cross_reference,
                found_at=self._now,
                amount_cents=item.amount_cents,
            )
        )


def _refused_file(report: RefusalReport, *, clock: Clock) -> BankException:
    return BankException(
        exception_id=f"file_refused:{report.digest}",
        kind="file_refused",
        source=report.digest,
        subject=report.file_name,
        found_at=clock(),
    )
