"""The deposit file of a run that is too large for one message (BNK-4).

Parts come in any order and any number of times. Each is stored in a transaction of its own, items where those of every
file lie; when the last one is there, the file is reserved over what is stored, written and sent as that of any run, and
payments hears of it part by part.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import ClassVar, Final, Protocol

from services.banking.domain.cpa005 import BankProfile, check_file_number, next_file_number
from services.banking.domain.deposit_file import DepositFile
from services.banking.domain.deposit_item import DepositItem
from services.banking.handlers.deposits import PayeeNameMissing, RunBlocked, RunTotalDiffers, Step
from services.banking.ports import DepositPlan, DepositPlanRepository, PayeeRepository
from shared.clock import Clock, business_day
from shared.contracts import Command, Identifier
from shared.contracts.banking import DepositFileSent
from shared.contracts.banking import DepositItem as SentItem
from shared.contracts.payments import RunApproved
from shared.envelopes import Received
from shared.errors import AppError, Transient
from shared.mongo import Session
from shared.outbox import Work
from shared.telemetry import logger

PART_LIMIT: Final = 10_000
"""Items that a part may have at most: the place of an item in its file follows from its part and its place there."""


class AnnouncePart(Command):
    """Stands for the message that telling of a sent part has not: never on the wire."""

    wire_type: ClassVar[str] = "local.announce_part.v1"
    run_id: Identifier
    part: int
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPart:
    """A part of a run as it came; ``items`` only when it is stored."""

    run_id: str
    part: int
    parts: int
    payable_on: date
    items: tuple[DepositItem, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """What payments hears of the file of a run."""

    file_number: int
    file_name: str
    sha256: str
    payable_on: date
    total_cents: int
    sent_at: datetime


class RunPartRepository(Protocol):
    """Parts of runs that are being collected, and their items, which are those of the file to be."""

    async def add(self, part: RunPart, names: Mapping[str, str], *, session: Session | None = None) -> None:
        """Store a part with the names of its payees; ``DuplicateKey`` when a payment stands in another one."""

    async def list_of(self, run_id: str, *, session: Session | None = None) -> Sequence[RunPart]:
        """The parts that are there, in their order, without their items."""

    async def items_of(
        self, run_id: str, part: int | None = None, *, session: Session | None = None
    ) -> tuple[tuple[DepositItem, ...], Mapping[str, str]]:
        """Items of one part, or of all, in the order of the file, and the names of their payees."""

    async def add_plan(self, plan: DepositPlan, *, session: Session | None = None) -> None:
        """Store the plan of a run whose items are stored; ``DuplicateKey`` when the run has a file."""

    async def sent_file(self, run_id: str, *, session: Session | None = None) -> SentFile | None:
        """The file of a run, once the bank has it."""


async def on_run_part_approved(
    received: Received[RunApproved],
    *,
    collect: Step,
    parts: RunPartRepository,
    reserve: Step,
    write: Callable[[str], Awaitable[None]],
    mark_sent: Step,
    announce: Step,
    crash_point: Callable[[str], None],
) -> None:
    """Keep a part, and take the run through the steps of its file when all parts are there.

    Raises:
        Transient: try again later.
    """
    run_id, part = received.message.run_id, received.message.part
    with _blocking(run_id):
        await collect(replace(received, message_id=f"part:{run_id}:{part}"))
        collected = await parts.list_of(run_id)
        if len(collected) < received.message.parts:
            return
        await reserve(replace(received, message_id=f"reserve:{run_id}"))
        crash_point("deposit_file_reserved")
        await write(run_id)
        crash_point("deposit_file_written")
        await mark_sent(replace(received, message_id=f"sent:{run_id}"))
        for one in collected:
            message = AnnouncePart(run_id=run_id, part=one.part, parts=one.parts)
            await announce(
                Received(message, f"sent:{run_id}:{one.part}", received.correlation_id, received.actor, received.trace)
            )
        crash_point("deposit_file_sent")


@contextmanager
def _blocking(run_id: str) -> Iterator[None]:
    """A refusal on the way is retried and at last dead-lettered, as anything that keeps a run from being paid."""
    try:
        yield
    except Transient as error:
        logger().warning("run_waits", run_id=run_id, code=error.code)
        raise
    except AppError as error:
        logger().error("run_blocked", run_id=run_id, code=error.code)
        raise RunBlocked(run_id, cause=error.code) from error


async def collect(
    received: Received[RunApproved], work: Work, *, parts: RunPartRepository, payees: PayeeRepository
) -> None:
    """Store a part."""
    event = received.message
    if event.amount_cents != sum(item.amount_cents for item in event.items) or len(event.items) > PART_LIMIT:
        raise RunTotalDiffers(event.run_id)
    payee_ids = [item.payee_id for item in event.items]
    names = await payees.names(payee_ids, session=work.session)
    for payee_id in payee_ids:
        if payee_id not in names:
            raise PayeeNameMissing(payee_id)
    items = tuple(
        DepositItem.planned(
            item.payment_id, item.payee_id, amount_cents=item.amount_cents, batch_number=item.batch_number
        )
        for item in event.items
    )
    part = RunPart(run_id=event.run_id, part=event.part, parts=event.parts, payable_on=event.payable_on, items=items)
    await parts.add(part, names, session=work.session)


async def reserve_collected(
    received: Received[RunApproved],
    work: Work,
    *,
    parts: RunPartRepository,
    plans: DepositPlanRepository,
    profile: BankProfile,
    clock: Clock,
) -> None:
    """Take the next file creation number for the items that are stored."""
    event = received.message
    items, names = await parts.items_of(event.run_id, session=work.session)
    recent = await plans.recent_numbers(profile.originator_id, session=work.session)
    number = next_file_number(recent[-1] if recent else None)
    check_file_number(number, profile.remembered(recent))
    remember = profile.remembered_file_numbers
    await plans.take_number(profile.originator_id, number, remember=remember, session=work.session)
    now = clock()
    file = DepositFile.reserve(
        event.run_id, event.run_id, file_number=number, creation_date=business_day(now), items=items, at=now
    )
    plan = DepositPlan(
        file=file,
        file_name=f"aft-{profile.originator_id}-{file.creation_date:%Y%m%d}-{file.file_number:04d}.txt",
        originator_id=profile.originator_id,
        payable_on=event.payable_on,
        payee_names=names,
    )
    await parts.add_plan(plan, session=work.session)


async def mark_collected_sent(
    received: Received[RunApproved], work: Work, *, plans: DepositPlanRepository, clock: Clock
) -> None:
    """The bank has the file; ``announce_part`` says so."""
    run_id = received.message.run_id
    plan = await plans.get_by_run(run_id, session=work.session)
    if plan is None or plan.file.written is None:
        raise RunBlocked(run_id, cause="banking.deposit_file_not_written")
    await plans.save(replace(plan, file=plan.file.mark_sent(at=clock())), session=work.session)


async def announce_part(received: Received[AnnouncePart], work: Work, *, parts: RunPartRepository) -> None:
    """Tell payments that the items of one part went to the bank; nothing of a part without items."""
    run_id, part = received.message.run_id, received.message.part
    items, _ = await parts.items_of(run_id, part, session=work.session)
    sent = await parts.sent_file(run_id, session=work.session)
    if sent is None:
        raise RunBlocked(run_id, cause="banking.deposit_file_not_sent")
    if not items:
        return
    work.publish(
        DepositFileSent(
            run_id=run_id,
            file_number=sent.file_number,
            file_name=sent.file_name,
            sha256=sent.sha256,
            payable_on=sent.payable_on,
            total_cents=sent.total_cents,
            items=tuple(SentItem(payment_id=item.payment_id, amount_cents=item.amount_cents) for item in items),
            sent_at=sent.sent_at,
            part=part,
            parts=received.message.parts,
        )
    )
