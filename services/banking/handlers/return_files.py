"""How files of returns arrive: uploaded by an agent, or put into a folder (BNK-5)."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Final

from services.banking.domain.return_file import ReturnFile, ReturnFileRefused, read_return_file
from services.banking.handlers.acts import require_agent, tell
from services.banking.handlers.ports_returns import ImportedFile, Lease, ReturnsInbox
from services.banking.handlers.returns import UnitOfWork
from services.banking.ports import BankException, ExceptionRepository
from shared.clock import Clock, business_day
from shared.contracts.banking_returns import SEALED_FILE_LIMIT, ImportReturnFile, ReturnFileView
from shared.envelopes import Received
from shared.errors import Transient
from shared.outbox import Work
from shared.telemetry import logger
from shared.tokens import Binding, SecretOpener

PURPOSE: Final = "return_file"

Apply = Callable[..., Awaitable[ImportedFile]]
"""``import_returns`` with its stores: file and source are open."""


def _read(content: bytes, originator_id: str, now: datetime) -> ReturnFile:
    return read_return_file(content, originator_id=originator_id, near=business_day(now))


async def import_return_file(
    received: Received[ImportReturnFile],
    *,
    opener: SecretOpener,
    apply: Apply,
    unit_of_work: UnitOfWork,
    originator_id: str,
    clock: Clock,
) -> ReturnFileView:
    """Apply the file that an agent uploaded.

    Raises:
        ReturnFileRefused: nothing of it was applied.
        FileNotSentYet: what it speaks of is not sent yet by our own record.
    """
    actor, now = received.require_actor(), clock()
    require_agent(actor)
    binding = Binding(PURPOSE, actor.account_id)
    text = opener.open(received.message.file, binding=binding, now=now, maximum=SEALED_FILE_LIMIT)
    file = await asyncio.to_thread(_read, text.encode("latin-1"), originator_id, now)
    kept = await apply(file, source=actor.account_id)
    told = partial(tell, received=received, act="return_file_imported", at=now, details={"sha256": file.digest})
    await unit_of_work(f"returns:{file.digest}:told:{received.message_id}", told)
    return ReturnFileView(
        sha256=kept.digest,
        file_number=kept.file_number,
        creation_date=kept.creation_date,
        items=kept.items,
        applied=kept.applied,
        repeated=kept.repeated,
        exceptions=kept.exceptions,
        imported_at=kept.imported_at,
    )


async def watch_returns(
    *,
    inbox: ReturnsInbox,
    lease: Lease,
    import_named: Callable[[str], Awaitable[None]],
    poll_seconds: float,
    clock: Clock,
) -> None:
    """Import files as they come, for ever, in one process at a time. One that fails holds up no other."""
    while True:
        try:
            if await lease.take(at=clock()):
                for name in await inbox.list_names():
                    await _tried(name, import_named)
        except Transient as error:
            logger().warning("returns_wait", code=error.code)
        await asyncio.sleep(poll_seconds)


async def _tried(name: str, import_named: Callable[[str], Awaitable[None]]) -> None:
    try:
        await import_named(name)
    except Transient as error:
        logger().warning("return_file_waits", report=name, code=error.code)
    except Exception:  # noqa: BLE001 - logged; the file stays where it is
        logger().exception("return_file_failed", report=name)


async def import_from_folder(
    name: str,
    *,
    inbox: ReturnsInbox,
    apply: Apply,
    unit_of_work: UnitOfWork,
    exceptions: ExceptionRepository,
    originator_id: str,
    clock: Clock,
) -> None:
    """Apply one file of the folder and put it away; one that is refused is put before a person."""
    now, digest = clock(), ""
    try:
        content = await inbox.read(name)
        if content is None:
            return
        digest = hashlib.sha256(content).hexdigest()
        file = await asyncio.to_thread(_read, content, originator_id, now)
    except ReturnFileRefused as error:
        logger().error("return_file_refused", report=name, reason=error.rule)
        found = _refused(name, digest, at=now)

        async def record(work: Work) -> None:
            await exceptions.record([found], session=work.session)

        await unit_of_work(f"returns:refused:{name}:{digest}", record)
        await inbox.refuse(name, reason=error.rule)
        return
    await apply(file, source=name)
    await inbox.done(name)


def _refused(name: str, digest: str, *, at: datetime) -> BankException:
    return BankException(
        exception_id=f"return_file_refused:{name}:{digest}",
        kind="return_file_refused",
        source=digest or name,
        subject=name,
        found_at=at,
    )
