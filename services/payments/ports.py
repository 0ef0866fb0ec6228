"""What the handlers need from storage. Every write takes part in the transaction ``session`` when one is given.

Implementations: ``services.payments.storage`` on MongoDB, and the in-memory ones of the tests. Keys are unique for
ever; writing one twice raises ``DuplicateKey``.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from services.payments.domain.claim_version import ClaimHead, ClaimVersion
from services.payments.domain.draft import DraftBatch, DraftRun, PayeeOutcome
from services.payments.domain.ledger import Transfer
from services.payments.domain.payable import Payable, PayeeClass
from services.payments.domain.payee import Payee
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.run import DepositFile, Run
from services.payments.domain.statement import Statement
from services.payments.ports_ledger import LedgerBooks, Records
from services.payments.ports_statements import (
    PaperCopyRepository,
    StatementDeliveryRepository,
    StatementDocumentRepository,
    StatementPersonRepository,
    StatementReaderRepository,
)
from shared.mongo import Session


class ClaimVersionRepository(Protocol):
    """Booked claim versions; append-only. A version has one successor at most."""

    async def heads(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, ClaimHead]:
        """The newest version of each claim that has one, by claim id."""
        ...

    async def get_many(self, keys: Collection[str], *, session: Session | None) -> Mapping[str, ClaimVersion]:
        """Versions by version key; unknown ones are missing."""
        ...

    async def add_many(self, versions: Sequence[ClaimVersion], *, session: Session | None) -> None: ...


class PayableRepository(Protocol):
    """Payables, open or in a batch."""

    async def add_many(self, payables: Sequence[Payable], *, session: Session | None) -> None: ...

    async def list_open(self, payee_class: PayeeClass, *, session: Session | None) -> Sequence[Payable]:
        """Open payables of a class, the oldest first."""
        ...

    async def put_into_batches(self, payments: Sequence[Payment], *, run_id: str, session: Session | None) -> None:
        """Take the payables of all items for the payments of a run.

        Raises:
            ChangedMeanwhile: one of them is not open any longer.
        """
        ...

    async def open_cents(self) -> int:
        """Sum of all open payables, recoveries deducted; those reserved by a run are open until it is sent."""
        ...

    async def list_free(
        self, payee_class: PayeeClass, *, after: str | None, limit: int, session: Session | None
    ) -> Sequence[Payable]:
        """Open payables that no run reserved, by payee: all of each of the first payees after ``after``.

        At most ``limit`` of them, unless the first payee alone has more.
        """
        ...

    async def reserve(self, payables: Sequence[Payable], *, run_id: str, session: Session | None) -> None:
        """Keep these for a run that is being prepared.

        Raises:
            ChangedMeanwhile: one of them is not free any longer.
        """
        ...

    async def give_back(self, payables: Sequence[Payable], *, run_id: str, session: Session | None) -> None:
        """Free what the run reserved.

        Raises:
            ChangedMeanwhile: one of them is not reserved by it.
        """
        ...

    async def list_reserved(self, run_id: str, *, limit: int, session: Session | None) -> Sequence[Payable]:
        """Some of the payables that the run reserved."""
        ...


class LedgerRepository(Protocol):
    """Transfers; append-only."""

    async def post(self, transfers: Sequence[Transfer], *, session: Session | None) -> None: ...


class PayeeRepository(Protocol):
    """Payees with direct deposit."""

    async def enrol(self, payee_id: str, *, account_id: str, at: datetime, session: Session | None) -> None:
        """Remember that the payee can be paid, and one more account to tell; any order, any number of times."""
        ...

    async def hold(self, payee_id: str, *, until: datetime, session: Session | None, version: int = 1) -> None:
        """Pay an enrolled payee nothing before ``until``, since the bank details have this version; of several the
        latest counts, in any order.
        """
        ...

    async def withdraw(self, payee_id: str, *, account_id: str, at: datetime, session: Session | None) -> None:
        """Forget the payee unless somebody enrolled after ``at``, and in any case the account to tell."""
        ...

    async def get_many(self, payee_ids: Collection[str], *, session: Session | None) -> Mapping[str, Payee]: ...


class RunRepository(Protocol):
    """Closed runs, the turn to close one, and batch numbers."""

    async def take_turn(self, payee_class: PayeeClass, *, session: Session | None) -> None:
        """Make every other transaction that wants to close a run of this class wait for this one, or fail."""
        ...

    async def take_batch_ordinals(self, count: int, *, session: Session | None) -> int:
        """Reserve ``count`` consecutive batch ordinals and return the first; they count from 1."""
        ...

    async def get(self, run_id: str, *, session: Session | None) -> Run | None: ...

    async def add(self, run: Run, *, session: Session | None) -> None: ...

    async def record_file(self, run_id: str, file: DepositFile, *, session: Session | None) -> None:
        """Note the file of a run; the same one any number of times.

        Raises:
            Contradiction: the run is unknown or was sent in another file.
        """
        ...


class PaymentRepository(Protocol):
    """Payments of all runs."""

    async def add_many(self, payments: Sequence[Payment], *, session: Session | None) -> None: ...

    async def get_many(self, payment_ids: Collection[str], *, session: Session | None) -> Mapping[str, Payment]: ...

    async def advance(self, payments: Sequence[Payment], *, expected: PaymentStatus, session: Session | None) -> None:
        """Store the new status of payments that are still in status ``expected``.

        Raises:
            ChangedMeanwhile: one of them is not.
        """
        ...

    async def list_of(
        self,
        payee_id: str,
        *,
        before: str | None,
        limit: int,
        from_day: date | None = None,
        to_day: date | None = None,
    ) -> Sequence[Payment]:
        """Payments to a payee by falling batch number, those below ``before`` only; with days, those payable from the
        one to the other, both included.
        """
        ...

    async def counts(self, run_id: str, *, session: Session | None) -> Mapping[PaymentStatus, int]:
        """Number of a run's payments in each status that occurs."""
        ...


class StatementRepository(Protocol):
    """Issued statements; append-only."""

    async def add_many(self, statements: Sequence[Statement], *, session: Session | None) -> None: ...

    async def get(self, batch_number: str) -> Statement | None: ...


class DraftRepository(Protocol):
    """Runs under way, and the payees in them. A class of payees has one that is neither sent nor stopped, at most."""

    async def get(self, run_id: str, *, session: Session | None) -> DraftRun | None: ...

    async def occupying(self, payee_class: PayeeClass, *, session: Session | None) -> str | None:
        """The run of the class that is neither sent nor stopped."""
        ...

    async def add(self, draft: DraftRun, *, session: Session | None) -> None: ...

    async def save(self, draft: DraftRun, *, session: Session | None) -> DraftRun:
        """Store a change, and return it with its new version.

        Raises:
            ChangedMeanwhile: it was changed since it was read.
        """
        ...

    async def list_recent(self, *, limit: int) -> Sequence[DraftRun]:
        """Those begun last, the latest first."""
        ...

    async def list_unfinished(self) -> Sequence[DraftRun]:
        """Those with which something is to be done without anybody asking."""
        ...

    async def add_batches(self, batches: Sequence[DraftBatch], *, session: Session | None) -> None: ...

    async def list_batches(
        self,
        run_id: str,
        *,
        outcomes: Collection[PayeeOutcome],
        after: str | None,
        limit: int,
        session: Session | None,
    ) -> Sequence[DraftBatch]:
        """Payees in the order of their ids, those above ``after``."""
        ...

    async def list_largest(
        self, run_id: str, *, outcomes: Collection[PayeeOutcome], limit: int
    ) -> Sequence[DraftBatch]: ...


class Repositories(Protocol):
    """All of the above, as one storage offers them."""

    @property
    def claims(self) -> ClaimVersionRepository: ...

    @property
    def payables(self) -> PayableRepository: ...

    @property
    def ledger(self) -> LedgerRepository: ...

    @property
    def payees(self) -> PayeeRepository: ...

    @property
    def runs(self) -> RunRepository: ...

    @property
    def payments(self) -> PaymentRepository: ...

    @property
    def statements(self) -> StatementRepository: ...

    @property
    def drafts(self) -> DraftRepository: ...

    @property
    def statement_documents(self) -> StatementDocumentRepository: ...

    @property
    def statement_readers(self) -> StatementReaderRepository: ...

    @property
    def statement_deliveries(self) -> StatementDeliveryRepository: ...

    @property
    def paper_copies(self) -> PaperCopyRepository: ...

    @property
    def statement_persons(self) -> StatementPersonRepository: ...

    @property
    def books(self) -> LedgerBooks: ...

    @property
    def records(self) -> Records: ...
