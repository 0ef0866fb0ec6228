"""A deposit file, from the reservation of its number to the last settlement or return (BNK-4, BNK-5).

    reserved -> written -> sent -> settled
    reserved or written -> abandoned

Number and items are reserved first, so that a crash can neither use a number twice nor pay a payment in two
files. Number, SHA-256 and size are stored (written) before the file may count as sent. Sending twice is an
error, because it could mean a second transmission; settling or returning an item twice changes nothing and
says so.

All objects are immutable: a transition gives the next version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from services.banking.domain.deposit_item import DepositItem, ItemChange, ItemState
from shared.errors import Conflict, NotFound, Rejected


class FileState(StrEnum):
    """Life of a deposit file; settled means that every item is settled or returned."""

    RESERVED = "reserved"
    WRITTEN = "written"
    SENT = "sent"
    SETTLED = "settled"
    ABANDONED = "abandoned"


class IllegalTransition(Conflict):
    """The file is not in a state that allows the step."""

    def __init__(self, state: FileState, *, step: str) -> None:
        super().__init__("banking.deposit_file_illegal_transition", state=state.value, step=step)


class ItemUnknown(NotFound):
    """The file has no item with this cross-reference (exception list, BNK-5)."""

    def __init__(self, cross_reference: str) -> None:
        super().__init__("banking.deposit_item_unknown", cross_reference=cross_reference)


class FileEmpty(Rejected):
    """A deposit file needs at least one item."""

    def __init__(self) -> None:
        super().__init__("banking.deposit_file_empty")


class ItemRepeated(Rejected):
    """A payment occurs twice in one file."""

    def __init__(self, cross_reference: str) -> None:
        super().__init__("banking.deposit_item_repeated", cross_reference=cross_reference)


class WrittenTotalsDiffer(Rejected):
    """What was written is not what was reserved; the file must not be sent."""

    def __init__(self, written: "WrittenFile", *, count: int, total_cents: int) -> None:
        super().__init__(
            "banking.deposit_file_totals_differ",
            expected_count=count,
            count=written.count,
            expected_cents=total_cents,
            cents=written.total_cents,
        )


class WrittenContentDiffers(Conflict):
    """The file was written before, with other bytes, under the same number."""

    def __init__(self, file_number: int) -> None:
        super().__init__("banking.deposit_file_content_differs", file_number=file_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """Proof of what was written: SHA-256 in hexadecimal, size in bytes, number of payments, sum in cents."""

    sha256: str
    byte_count: int
    count: int
    total_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositFile:
    """A file of credits for one payment run under one file creation number; ``reserve`` makes a new one.

    Attributes:
        written: None until the file is written.
        closed_at: when it was settled or abandoned.
    """

    file_id: str
    run_id: str
    file_number: int
    creation_date: date
    items: tuple[DepositItem, ...]
    state: FileState
    reserved_at: datetime
    written: WrittenFile | None = None
    written_at: datetime | None = None
    sent_at: datetime | None = None
    closed_at: datetime | None = None

    @classmethod
    def reserve(
        cls,
        file_id: str,
        run_id: str,
        *,
        file_number: int,
        creation_date: date,
        items: tuple[DepositItem, ...],
        at: datetime,
    ) -> "DepositFile":
        """Take a file creation number for these items.

        Raises:
            FileEmpty: no item.
            ItemRepeated: a payment occurs twice.
        """
        if not items:
            raise FileEmpty
        seen: set[str] = set()
        for item in items:
            if item.cross_reference in seen:
                raise ItemRepeated(item.cross_reference)
            seen.add(item.cross_reference)
        return cls(
            file_id=file_id,
            run_id=run_id,
            file_number=file_number,
            creation_date=creation_date,
            items=items,
            state=FileState.RESERVED,
            reserved_at=at,
        )

    @property
    def count(self) -> int:
        """Number of payments."""
        return len(self.items)

    @property
    def total_cents(self) -> int:
        """Sum of the payments."""
        return sum(item.amount_cents for item in self.items)

    def mark_written(self, written: WrittenFile, *, at: datetime) -> "DepositFile":
        """The file stands on disk, whole. Writing the same bytes again changes nothing.

        Raises:
            IllegalTransition: sent, settled or abandoned.
            WrittenTotalsDiffer: not the payments that were reserved.
            WrittenContentDiffers: written before with other bytes.
        """
        self._require("write", FileState.RESERVED, FileState.WRITTEN)
        if (written.count, written.total_cents) != (self.count, self.total_cents):
            raise WrittenTotalsDiffer(written, count=self.count, total_cents=self.total_cents)
        if self.written is None:
            return replace(self, state=FileState.WRITTEN, written=written, written_at=at)
        if self.written != written:
            raise WrittenContentDiffers(self.file_number)
        return self

    def mark_sent(self, *, at: datetime) -> "DepositFile":
        """The bank has the file.

        Raises:
            IllegalTransition: anything but written.
        """
        self._require("send", FileState.WRITTEN)
        return replace(self, state=FileState.SENT, sent_at=at)

    def abandon(self, *, at: datetime) -> "DepositFile":
        """Give up a file that was never sent; its number stays used.

        Raises:
            IllegalTransition: sent, settled or abandoned.
        """
        self._require("abandon", FileState.RESERVED, FileState.WRITTEN)
        return replace(self, state=FileState.ABANDONED, closed_at=at)

    def settle_item(self, cross_reference: str, *, at: datetime) -> "FileChange":
        """The bank paid an item; ``settle_items`` with one."""
        return self.settle_items((cross_reference,), at=at)

    def settle_items(self, cross_references: tuple[str, ...], *, at: datetime) -> "FileChange":
        """The bank paid these items, in one pass over the file.

        Raises:
            IllegalTransition: the file was not sent.
            ItemUnknown: not an item of this file.
            ItemAlreadyDecided: it was returned.
        """
        decisions = dict.fromkeys(cross_references, lambda item: item.settled(at=at))
        return self._decide("settle", decisions, at=at)

    def return_item(self, cross_reference: str, *, reason: int, at: datetime) -> "FileChange":
        """The bank sent an item back; ``return_items`` with one."""
        return self.return_items({cross_reference: reason}, at=at)

    def return_items(self, reasons: Mapping[str, int], *, at: datetime) -> "FileChange":
        """The bank sent items back: reasons (Standard 007, 9xx) by cross-reference, in one pass.

        Raises:
            IllegalTransition: the file was not sent.
            ItemUnknown: not an item of this file.
        """

        def returned(item: DepositItem) -> ItemChange:
            return item.returned(reason=reasons[item.cross_reference], at=at)

        return self._decide("return", dict.fromkeys(reasons, returned), at=at)

    def _decide(
        self, step: str, decisions: Mapping[str, Callable[[DepositItem], ItemChange]], *, at: datetime
    ) -> "FileChange":
        # A settled file still answers: the bank may report an item twice, and that must have no effect.
        self._require(step, FileState.SENT, FileState.SETTLED)
        changes = {
            item.cross_reference: decisions[item.cross_reference](item)
            for item in self.items
            if item.cross_reference in decisions
        }
        for cross_reference in decisions:
            if cross_reference not in changes:
                raise ItemUnknown(cross_reference)
        if not any(change.was_applied for change in changes.values()):
            return FileChange(self, tuple(changes.values()))
        items = tuple(
            changes[item.cross_reference].item if item.cross_reference in changes else item for item in self.items
        )
        decided = replace(self, items=items)
        if all(item.state is not ItemState.PENDING for item in items):
            decided = replace(decided, state=FileState.SETTLED, closed_at=at)
        return FileChange(decided, tuple(changes.values()))

    def _require(self, step: str, *states: FileState) -> None:
        if self.state not in states:
            raise IllegalTransition(self.state, step=step)


@dataclass(frozen=True, slots=True)
class FileChange:
    """The file as it now is, and what became of each named item, in the order of the file."""

    file: DepositFile
    changes: tuple[ItemChange, ...]
