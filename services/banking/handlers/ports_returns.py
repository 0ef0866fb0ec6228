"""What the handlers of returns and exceptions need besides ``services.banking.ports``, and what is kept of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.banking.ports import BankException, StoredAccount
from shared.mongo import Session

_KEY_LENGTH = 24


def exception_key(exception_id: str) -> str:
    """How a finding is called outside: short, and the same for the same finding."""
    return hashlib.sha256(exception_id.encode()).hexdigest()[:_KEY_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNote:
    """What the bank said of a payment that came back; there is one per payment, for ever."""

    payment_id: str
    reason: int
    trace: str
    returned_on: date
    source: str

    def agrees_with(self, other: "ReturnNote") -> bool:
        """Whether both are the same return, told twice."""
        return (self.reason, self.trace) == (other.reason, other.trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file of returns and what became of its items; ``source`` is the agent's account or the name in the folder."""

    digest: str
    file_number: int
    creation_date: date
    source: str
    imported_at: datetime
    items: int = 0
    applied: int = 0
    repeated: int = 0
    exceptions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedException:
    """A finding on the list, and how it was dealt with."""

    key: str
    found: BankException
    closed_at: datetime | None = None
    closed_by: str | None = None
    note: str | None = None


class ReturnRepository(Protocol):
    """Returns by payment, and the files that they came in."""

    async def note_of(self, payment_id: str, *, session: Session | None = None) -> ReturnNote | None:
        """What the bank said of the payment before."""

    async def add(self, note: ReturnNote, *, session: Session | None = None) -> None:
        """Keep a return; ``DuplicateKey`` when the payment came back before."""

    async def count_in(self, file: ImportedFile, *, session: Session | None = None) -> None:
        """Add the figures of ``file`` to what is kept of it; what else it says is kept from the first time."""

    async def file(self, digest: str) -> ImportedFile | None:
        """What is kept of a file."""


class DetailsFlags(Protocol):
    """Bank details from which a deposit came back; the next version of the details has no flag."""

    async def put(
        self, account: StoredAccount, *, payment_id: str, at: datetime, session: Session | None = None
    ) -> None:
        """Flag the details in force."""

    async def lift(self, payee_id: str, *, session: Session | None = None) -> None:
        """The payee's details are right after all."""

    async def is_flagged(self, account: StoredAccount) -> bool:
        """Whether these very details are flagged."""


class ExceptionList(Protocol):
    """The exception list as agents work through it."""

    async def get(self, key: str, *, session: Session | None = None) -> ListedException | None:
        """One finding."""

    async def list_of(self, *, closed: bool, before: str | None, limit: int) -> Sequence[ListedException]:
        """Findings, the newest first, after the one called ``before``."""

    async def close(self, listed: ListedException, *, session: Session | None = None) -> bool:
        """Store how it was dealt with; tells whether it was open."""


class Lease(Protocol):
    """The turn of one process at what several could do."""

    async def take(self, *, at: datetime) -> bool:
        """Whether it is this process's turn, for a while."""


class ReturnsInbox(Protocol):
    """Files of returns that the bank or a transfer puts into a folder; each is offered until it is put away."""

    async def list_names(self) -> Sequence[str]:
        """Names of complete files, in order."""

    async def read(self, name: str) -> bytes | None:
        """A file; None when somebody else took it away.

        Raises:
            ReturnFileRefused: larger than any file of returns.
        """

    async def done(self, name: str) -> None:
        """Put a file away that was dealt with."""

    async def refuse(self, name: str, *, reason: str) -> None:
        """Put a file aside that is not one of ours, with the reason beside it."""
