"""Deposits that come back from the bank: files of returns, what they lead to, and the exception list (BNK-5)."""

from datetime import date
from typing import Annotated, ClassVar, Final

from pydantic import Field

from shared.contracts import Command, Event, Identifier, Instant, Part, Query, RecordedAct, View

RETURN_FILE_LIMIT_BYTES: Final = 1024 * 1024
"""About four thousand returns; larger files come by the watched folder."""
SEALED_FILE_LIMIT: Final = 2 * RETURN_FILE_LIMIT_BYTES

ExceptionKey = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$", examples=["0123456789abcdef01234567"])]
ReturnReason = Annotated[int, Field(ge=900, le=999, description="Standard 007, 9xx.", examples=[905])]


class ReturnsActRecorded(RecordedAct):
    """What an agent did with files of returns and with exceptions."""

    wire_type: ClassVar[str] = "banking.returns_act_recorded.v1"


class DepositReturned(Event):
    """The bank sent one payment back. ``details_version`` is that of the bank details it went to, none where others
    are in force by now; ``was_settled`` says that the bank had called it settled before.
    """

    wire_type: ClassVar[str] = "banking.deposit_returned.v1"
    run_id: Identifier
    payment_id: Identifier
    payee_id: Identifier
    amount_cents: int
    reason_code: ReturnReason
    returned_on: date
    was_settled: bool = False
    details_version: int | None = Field(default=None, ge=1)

    def subject(self) -> str:
        return self.payment_id


class ImportReturnFile(Command):
    """Apply a file of returns that an agent has from the bank. It holds account numbers, so it travels sealed for
    banking with the binding ``("return_file", account of the agent)``, as text.
    """

    wire_type: ClassVar[str] = "banking.import_return_file.v1"
    file: Annotated[
        str,
        Field(min_length=1, max_length=SEALED_FILE_LIMIT, description="The file as a compact JWE.", repr=False),
    ]


class ReturnFileView(View):
    """What became of a file of returns. Importing it again changes nothing and gives the same answer.

    ``applied`` payments came back by this file; ``repeated`` ones were known as returned; ``exceptions`` are on the
    exception list.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])
    file_number: int
    creation_date: date
    items: int
    applied: int
    repeated: int
    exceptions: int
    imported_at: Instant


class ListBankExceptions(Query):
    """What the bank or the data say and that a person has to look at, newest first; for agents."""

    wire_type: ClassVar[str] = "banking.list_bank_exceptions.v1"
    closed: bool = False
    limit: int = Field(default=20, ge=1, le=100)
    before: ExceptionKey | None = None


class BankExceptionItem(Part):
    """A finding: ``subject`` is a cross-reference, a place in a file, a file name or a payee; ``source`` the SHA-256 of
    the bank's report or a payee.
    """

    exception_id: ExceptionKey
    kind: str
    source: str
    subject: str
    amount_cents: int | None = None
    found_at: Instant
    closed_at: Instant | None = None
    closed_by: Identifier | None = None
    note: str | None = None


class BankExceptionsPage(View):
    """A page of exceptions and the cursor of the next."""

    exceptions: tuple[BankExceptionItem, ...]
    next_before: ExceptionKey | None = None


ExceptionNote = Annotated[str, Field(min_length=1, max_length=1_000, examples=["Called the bank: not our payment."])]


class CloseBankException(Command):
    """An agent dealt with a finding; the note says how. It is closed once."""

    wire_type: ClassVar[str] = "banking.close_bank_exception.v1"
    exception_id: ExceptionKey
    note: ExceptionNote


class BankExceptionClosed(View):
    """The finding as it stands now."""

    exception: BankExceptionItem
