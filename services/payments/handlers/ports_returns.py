"""What handlers of returned payments need from storage besides ``services.payments.ports``."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.payments.domain.cheque import Cheque, ChequeStatus
from services.payments.domain.payment import Payment
from services.payments.ports import Repositories
from shared.mongo import Session


class ReturnRepository(Protocol):
    """Payments that came back, and the flags on bank details."""

    async def get_by_batch(self, batch_number: str, *, session: Session | None) -> Payment | None:
        """The returned payment of a batch; None when there is none or it did not come back."""
        ...

    async def list_returned(self, *, reissued: bool, before: str | None, limit: int) -> Sequence[Payment]:
        """Returned payments by falling batch number, those below ``before`` only."""
        ...

    async def mark_reissued(self, returned: Payment, *, by: str, session: Session | None) -> None:
        """Remember that the payment ``by`` takes the place of a returned one.

        Raises:
            ChangedMeanwhile: another one has it, or the payment is not returned.
        """
        ...

    async def flag_details(self, payee_id: str, *, version: int, session: Session | None) -> None:
        """Nothing is deposited to the bank details up to this version any more, where the payee has any."""
        ...

    async def unflag_details(self, payee_id: str, *, session: Session | None) -> None:
        """The bank details in force are right after all."""
        ...


class ChequeRepository(Protocol):
    """The cheque register."""

    async def take_ordinal(self, *, session: Session | None) -> int:
        """The next ordinal; they count from 1."""
        ...

    async def add(self, cheque: Cheque, *, session: Session | None) -> None:
        """Store a new cheque; ``DuplicateKey`` when its payment has one."""
        ...

    async def get(self, number: str, *, session: Session | None) -> Cheque | None: ...

    async def numbers_of(self, payment_ids: Sequence[str], *, session: Session | None) -> Mapping[str, str]:
        """Cheque number by payment, for those paid by cheque."""
        ...

    async def decide(self, cheque: Cheque, *, session: Session | None) -> None:
        """Store what became of a cheque that was outstanding.

        Raises:
            ChangedMeanwhile: it is not any longer.
        """
        ...

    async def list_of(self, status: ChequeStatus | None, *, before: str | None, limit: int) -> Sequence[Cheque]:
        """Cheques by falling number, those below ``before`` only."""
        ...


class ReturnRepositories(Repositories, Protocol):
    """All repositories of payments, with those of returned payments."""

    @property
    def returns(self) -> ReturnRepository: ...

    @property
    def cheques(self) -> ChequeRepository: ...
