"""The bank by way of two folders: files go out, reports come in.

What carries them between here and the bank (SFTP, a managed transfer) works on the folders. To speak such a protocol
from here is one class with one method, a ``Carrier`` for ``OutboxFolder``: writing, proving, locking stay as they are.
"""

import asyncio
import fcntl
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.banking.carriers import Carrier, FolderCarrier
from services.banking.ports import (
    FileBeingWritten,
    RefusalReport,
    ReportedItem,
    ReportUnreadable,
    SettlementReport,
)

T = TypeVar("T")

SETTLEMENT_SUFFIX: Final = ".settlement.json"
REFUSAL_SUFFIX: Final = ".rejected.json"
MAXIMUM_REPORT_BYTES: Final = 64 * 2**20
_PRIVATE: Final = 0o600


class OutboxFolder:
    """``BankOutbox``: a file is written under a hidden name, and carried to the bank once it is on disk.

    Args:
        directory: where files are written.
        carrier: takes them to the bank; without one they are renamed in the same folder.
    """

    def __init__(self, directory: Path, *, carrier: Carrier | None = None) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._carrier = carrier or FolderCarrier(directory)

    async def send(
        self, name: str, write: Callable[[BinaryIO], T], *, before_delivery: Callable[[T], Awaitable[None]]
    ) -> T:
        """See ``BankOutbox``."""
        part = self._directory / f".{name}.part"
        with _locked(part) as out:
            result = await asyncio.to_thread(_write_durably, out, write)
            await before_delivery(result)
            await self._carrier.carry(part, name)
        return result


@contextmanager
def _locked(part: Path) -> Iterator[BinaryIO]:
    """The partial file, empty and ours alone; gone afterwards unless it was moved away.

    Its name is fixed, so that what a crash left (account numbers in clear) is overwritten by the next attempt. The
    lock, which ends with the process, keeps a second process from emptying a file that the first one is about to
    rename.
    """
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, _PRIVATE), "r+b") as out:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FileBeingWritten(part.name) from error
        if not _is_at(part, out):
            raise FileBeingWritten(part.name)
        out.truncate(0)
        try:
            yield out
        finally:
            if _is_at(part, out):
                part.unlink()


def _is_at(path: Path, file: BinaryIO) -> bool:
    """Whether ``path`` still names this very file; another process may have renamed it before we had the lock."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _write_durably(out: BinaryIO, write: Callable[[BinaryIO], T]) -> T:
    result = write(out)
    out.flush()
    os.fsync(out.fileno())
    return result


class _Agreed(BaseModel):
    """A JSON document of the bank: closed, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _SettledItem(_Agreed):
    cross_reference: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,19}$")]
    amount_cents: Annotated[int, Field(strict=True, ge=1)]
    settled_on: date


class _Settlement(_Agreed):
    format: Literal["settlement/1"]
    originator_id: str
    file_name: str
    file_number: int
    file_sha256: str
    count: int
    total_cents: int
    items: tuple[_SettledItem, ...]


class _Refusal(_Agreed):
    format: Literal["rejection/1"]
    file_name: Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9._-]+$")]
    file_sha256: str
    reasons: tuple[str, ...]


class InboxFolder:
    """``BankInbox``: a report is complete once it has its name; ``archive`` and ``rejected`` stand in the same folder.

    Args:
        originator_id: ours; a report on somebody else's file is refused.
    """

    def __init__(self, directory: Path, *, originator_id: str) -> None:
        self._directory = directory
        self._originator_id = originator_id
        self._archive = directory / "archive"
        self._rejected = directory / "rejected"
        for folder in (directory, self._archive, self._rejected):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def list_reports(self) -> Sequence[str]:
        """See ``BankInbox``."""
        return await asyncio.to_thread(self._list)

    def _list(self) -> list[str]:
        suffixes = (SETTLEMENT_SUFFIX, REFUSAL_SUFFIX)
        return sorted(
            path.name
            for path in self._directory.iterdir()
            if path.name.endswith(suffixes) and not path.name.startswith(".") and path.is_file()
        )

    async def read(self, name: str) -> SettlementReport | RefusalReport | None:
        """See ``BankInbox``."""
        return await asyncio.to_thread(self._read, name)

    def _read(self, name: str) -> SettlementReport | RefusalReport | None:
        path = self._directory / name
        try:
            if path.stat().st_size > MAXIMUM_REPORT_BYTES:
                raise ReportUnreadable("too_large")
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        digest = hashlib.sha256(content).hexdigest()
        try:
            if name.endswith(REFUSAL_SUFFIX):
                return RefusalReport(digest=digest, file_name=_Refusal.model_validate_json(content).file_name)
            return self._settlement(_Settlement.model_validate_json(content), digest)
        except ValidationError as error:
            raise ReportUnreadable("not_as_agreed") from error

    def _settlement(self, told: _Settlement, digest: str) -> SettlementReport:
        if told.originator_id != self._originator_id:
            raise ReportUnreadable("other_originator")
        if (told.count, told.total_cents) != (len(told.items), sum(item.amount_cents for item in told.items)):
            raise ReportUnreadable("totals_differ")
        items = tuple(
            ReportedItem(
                cross_reference=item.cross_reference, amount_cents=item.amount_cents, settled_on=item.settled_on
            )
            for item in told.items
        )
        return SettlementReport(digest=digest, items=items)

    async def archive(self, name: str) -> None:
        """See ``BankInbox``."""
        await asyncio.to_thread(self._move, name, self._archive)

    async def refuse(self, name: str, *, reason: str) -> None:
        """See ``BankInbox``."""
        note = self._rejected / f"{name}.reason"
        await asyncio.to_thread(note.write_text, json.dumps({"report": name, "reason": reason}) + "\n")
        await asyncio.to_thread(self._move, name, self._rejected)

    def _move(self, name: str, folder: Path) -> None:
        with suppress(FileNotFoundError):  # another process was faster
            (self._directory / name).replace(folder / name)
