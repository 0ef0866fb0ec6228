"""What the handlers need from storage. Every write takes part in the transaction ``session`` when one is given.

Implementations: ``services.payments.storage`` on MongoDB, and the in-memory ones of the tests. Keys are unique for
ever; writing one twice raises ``DuplicateKey``.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.payments.domain.claim_version import ClaimHead, ClaimVersion
from services.payments.domain.ledger import LedgerFigures, Transfer
from services.payments.domain.payable import Payable, PayeeClass
from services.payments.domain.payee import Payee
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.run import DepositFile, Run
from services.payments.domain.statement import Statement
from services.payments.ports_ledger import LedgerBooks, Records
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
        """Sum of all open payables, recoveries deducted."""
        ...


class LedgerRepository(Protocol):
    """Transfers; append-only."""

    async def post(self, transfers: Sequence[Transfer], *, session: Session | None) -> None: ...

    async def figures(self) -> LedgerFigures: ...


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

    async def list_of(self, payee_id: str, *, before: str | None, limit: int) -> Sequence[Payment]:
        """Payments to a payee by falling batch number, those below ``before`` only."""
        ...

    async def counts(self, run_id: str, *, session: Session | None) -> Mapping[PaymentStatus, int]:
        """Number of a run's payments in each status that occurs."""
        ...


class StatementRepository(Protocol):
    """Issued statements; append-only."""

    async def add_many(self, statements: Sequence[Statement], *, session: Session | None) -> None: ...

    async def get(self, batch_number: str) -> Statement | None: ...


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
    def books(self) -> LedgerBooks: ...

    @property
    def records(self) -> Records: ...
