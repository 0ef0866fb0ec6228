"""The deposit file of an approved run (BNK-4): reserved, written, sent, each step safe to repeat.

1. ``reserve``, in a transaction: a file creation number and the plan, from which every byte but the accounts follows.
2. ``write_deposit_file``, outside: accounts are decrypted into a file beside the outbox; once it is on disk its SHA-256
   is stored; only then the bank gets to see it. A repetition writes the same bytes and compares them with that SHA-256.
3. ``mark_sent``, in a transaction: the file counts as sent, and payments hears of it.

A run is delivered until the third step is done. Whatever goes wrong on the way is retried and at last dead-lettered,
also what would elsewhere be a refusal: money that a run asks for is never dropped with a line in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, BinaryIO, Final

from services.banking.domain.cpa005 import (
    BankProfile,
    CreditPayment,
    FileIdentity,
    FileTotals,
    check_file_number,
    next_file_number,
    write_file,
)
from services.banking.domain.deposit_file import DepositFile, FileEmpty, FileState, WrittenFile
from services.banking.domain.deposit_item import DepositItem
from services.banking.handlers.directory import BUILT_IN, InstitutionDirectory
from services.banking.ports import (
    AccountRepository,
    AccountVault,
    BankOutbox,
    DepositPlan,
    DepositPlanRepository,
    PayeeRepository,
)
from shared.clock import Clock, business_day
from shared.contracts.banking import DepositFileSent
from shared.contracts.banking import DepositItem as SentItem
from shared.contracts.payments import RunApproved
from shared.envelopes import Received
from shared.errors import AppError, Transient
from shared.outbox import Work
from shared.telemetry import logger

CHUNK: Final = 100
"""Accounts that are in clear in memory at the same time."""

Step = Callable[[Received[Any]], Awaitable[object]]
"""A group commit: handles a message once per message id."""


def _no_crash(_name: str) -> None:
    """Nobody asked for a crash."""


class RunBlocked(Transient):
    """The file of a run cannot be made as things are; ``cause`` is the code of the reason."""

    def __init__(self, run_id: str, *, cause: str) -> None:
        super().__init__("banking.run_blocked", run_id=run_id, cause=cause)


class RunTotalDiffers(Transient):
    """The run's amount is not the sum of its items."""

    def __init__(self, run_id: str) -> None:
        super().__init__("banking.run_total_differs", run_id=run_id)


class PayeeNameMissing(Transient):
    """Identity has not told yet who this payee is."""

    def __init__(self, payee_id: str) -> None:
        super().__init__("banking.payee_name_missing", payee_id=payee_id)


class AccountMissing(Transient):
    """Payments pays those only who are enrolled here, so that this account ought to exist."""

    def __init__(self, payee_id: str) -> None:
        super().__init__("banking.account_missing", payee_id=payee_id)


async def on_run_approved(
    received: Received[RunApproved],
    *,
    reserve: Step,
    write: Callable[[str], Awaitable[None]],
    mark_sent: Step,
    crash_point: Callable[[str], None],
) -> None:
    """Take a run through the three steps, from wherever it stopped.

    The steps are remembered under the run, not under the message: a run that is approved twice has one file.

    Raises:
        FileEmpty: nothing to deposit; the only refusal.
        Transient: try again later.
    """
    run_id = received.message.run_id
    if not received.message.items:
        raise FileEmpty
    try:
        await reserve(replace(received, message_id=f"reserve:{run_id}"))
        crash_point("deposit_file_reserved")
        await write(run_id)
        crash_point("deposit_file_written")
        await mark_sent(replace(received, message_id=f"sent:{run_id}"))
        crash_point("deposit_file_sent")
    except Transient as error:
        logger().warning("run_waits", run_id=run_id, code=error.code)
        raise
    except AppError as error:
        logger().error("run_blocked", run_id=run_id, code=error.code)
        raise RunBlocked(run_id, cause=error.code) from error


async def reserve(
    received: Received[RunApproved],
    work: Work,
    *,
    plans: DepositPlanRepository,
    payees: PayeeRepository,
    profile: BankProfile,
    clock: Clock,
) -> None:
    """Take the next file creation number and store the plan."""
    event = received.message
    if event.amount_cents != sum(item.amount_cents for item in event.items):
        raise RunTotalDiffers(event.run_id)
    payee_ids = [item.payee_id for item in event.items]
    names = await payees.names(payee_ids, session=work.session)
    for payee_id in payee_ids:
        if payee_id not in names:
            raise PayeeNameMissing(payee_id)
    number = await _take_number(work, plans=plans, profile=profile)
    now = clock()
    file = DepositFile.reserve(
        event.run_id,
        event.run_id,
        file_number=number,
        creation_date=business_day(now),
        items=tuple(
            DepositItem.planned(
                item.payment_id, item.payee_id, amount_cents=item.amount_cents, batch_number=item.batch_number
            )
            for item in event.items
        ),
        at=now,
    )
    plan = DepositPlan(
        file=file,
        file_name=_file_name(profile, file),
        originator_id=profile.originator_id,
        payable_on=event.payable_on,
        payee_names=names,
    )
    await plans.add(plan, session=work.session)


async def _take_number(work: Work, *, plans: DepositPlanRepository, profile: BankProfile) -> int:
    recent = await plans.recent_numbers(profile.originator_id, session=work.session)
    number = next_file_number(recent[-1] if recent else None)
    check_file_number(number, profile.remembered(recent))
    remember = profile.remembered_file_numbers
    await plans.take_number(profile.originator_id, number, remember=remember, session=work.session)
    return number


def _file_name(profile: BankProfile, file: DepositFile) -> str:
    return f"aft-{profile.originator_id}-{file.creation_date:%Y%m%d}-{file.file_number:04d}.txt"


async def write_deposit_file(
    run_id: str,
    *,
    plans: DepositPlanRepository,
    accounts: AccountRepository,
    vault: AccountVault,
    outbox: BankOutbox,
    profile: BankProfile,
    clock: Clock,
    directory: InstitutionDirectory = BUILT_IN,
    crash_point: Callable[[str], None] = _no_crash,
) -> None:
    """Write the file of a reserved run and hand it to the bank; nothing when it is sent already."""
    plan = await _plan_of(run_id, plans=plans)
    if plan.file.state not in {FileState.RESERVED, FileState.WRITTEN}:
        return
    identity = FileIdentity(
        file_number=plan.file.file_number,
        creation_date=plan.file.creation_date,
        institutions=await directory.numbers_ever(),
    )

    async def store_proof(totals: FileTotals) -> None:
        crash_point("deposit_file_on_disk")
        written = WrittenFile(
            sha256=totals.sha256,
            byte_count=totals.byte_count,
            count=totals.count,
            total_cents=totals.total_cents,
        )
        file = plan.file.mark_written(written, at=clock())
        if file is not plan.file:
            await plans.save(replace(plan, file=file))
        crash_point("deposit_file_proved")

    payments = _drawn(plan, partial(_payments, plan=plan, accounts=accounts, vault=vault))

    def write(out: BinaryIO) -> FileTotals:
        return write_file(payments, out, profile=profile, identity=identity)

    await outbox.send(plan.file_name, write, before_delivery=store_proof)


async def _plan_of(run_id: str, *, plans: DepositPlanRepository) -> DepositPlan:
    plan = await plans.get_by_run(run_id)
    if plan is None:
        raise RunBlocked(run_id, cause="banking.deposit_file_not_reserved")
    return plan


def _drawn(
    plan: DepositPlan, payments_for: Callable[[Sequence[DepositItem]], Coroutine[Any, Any, Sequence[CreditPayment]]]
) -> Iterator[CreditPayment]:
    """The payments of the plan in its order, for the thread that writes; the event loop decrypts chunk by chunk."""
    loop = asyncio.get_running_loop()
    return chain.from_iterable(
        asyncio.run_coroutine_threadsafe(payments_for(plan.file.items[start : start + CHUNK]), loop).result()
        for start in range(0, plan.file.count, CHUNK)
    )


async def _payments(
    items: Sequence[DepositItem], *, plan: DepositPlan, accounts: AccountRepository, vault: AccountVault
) -> Sequence[CreditPayment]:
    found = await accounts.list_for([item.payee_id for item in items])
    for item in items:
        if item.payee_id not in found:
            raise AccountMissing(item.payee_id)
    as_of = plan.file.reserved_at  # a change meanwhile must not alter a file that may be written already
    deposits = await asyncio.gather(
        *(vault.decrypt(item.payee_id, found[item.payee_id].as_of(as_of).boxes) for item in items)
    )
    return [
        CreditPayment(
            routing=deposit.routing,
            account=deposit.account.digits,
            name=plan.payee_names[item.payee_id],
            amount_cents=item.amount_cents,
            due_date=plan.payable_on,
            cross_reference=item.cross_reference,
            sundry=item.batch_number,
        )
        for item, deposit in zip(items, deposits, strict=True)
    ]


async def mark_sent(received: Received[RunApproved], work: Work, *, plans: DepositPlanRepository, clock: Clock) -> None:
    """The bank has the file: say so."""
    run_id = received.message.run_id
    plan = await plans.get_by_run(run_id, session=work.session)
    if plan is None or plan.file.written is None:
        raise RunBlocked(run_id, cause="banking.deposit_file_not_written")
    now = clock()
    file = plan.file.mark_sent(at=now)
    await plans.save(replace(plan, file=file), session=work.session)
    work.publish(
        DepositFileSent(
            run_id=run_id,
            file_number=file.file_number,
            file_name=plan.file_name,
            sha256=plan.file.written.sha256,
            payable_on=plan.payable_on,
            total_cents=file.total_cents,
            items=tuple(SentItem(payment_id=item.payment_id, amount_cents=item.amount_cents) for item in file.items),
            sent_at=now,
        )
    )
