"""What the use cases about uploaded papers need from storage and from the virus scanner."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from services.claims.domain.claim import Claim
from services.claims.domain.receipts import ClaimParties, Owner, Receipt
from shared.mongo import Session


class ReceiptJoining(Protocol):
    """Papers that claims name."""

    async def attach(
        self, receipt_ids: Sequence[str], claim: Claim, *, owner: Owner, session: Session | None
    ) -> Sequence[Receipt]:
        """Join the owner's papers to the claim; those of them that are the claim's now, in the order given.

        An id of nothing, of somebody else's paper, or of one that another claim has is passed over. Joining the same
        paper to the same claim again changes nothing.
        """
        ...


class _NoReceipts:
    """Where nobody uploads anything."""

    async def attach(
        self, _receipt_ids: Sequence[str], _claim: Claim, *, owner: Owner, session: Session | None
    ) -> Sequence[Receipt]:
        del owner, session
        return ()


NO_RECEIPTS: Final = _NoReceipts()


class ReceiptRepository(ReceiptJoining, Protocol):
    """Papers that arrived whole and were taken."""

    async def get(self, receipt_id: str, *, session: Session | None = None) -> Receipt | None: ...

    async def get_many(
        self, receipt_ids: Collection[str], *, owner: Owner, session: Session | None
    ) -> Mapping[str, Receipt]:
        """Those of the papers that there are and that are the owner's, by id."""
        ...

    async def list_of_claim(self, claim_id: str, *, session: Session | None = None) -> Sequence[Receipt]:
        """In order of upload."""
        ...

    async def parties_of(self, claim_number: str) -> ClaimParties | None:
        """Whose claim it is."""
        ...


class UploadRepository(Protocol):
    """Papers on their way in, and on their way out."""

    async def begin(self, receipt_id: str, owner: Owner, *, at_most: int, forget_at: datetime) -> bool:
        """Expect parts of a paper; ``False`` when as many of the account's as ``at_most`` wait already."""
        ...

    async def is_under_way(self, receipt_id: str, owner: Owner) -> bool:
        """Whether more parts of the owner's paper are expected."""
        ...

    async def put_part(self, receipt_id: str, owner: Owner, position: int, data: bytes) -> bool:
        """Keep a part of the owner's paper; the first one that came under ``position`` stays.

        ``False``, and nothing is kept, when the paper is not under way, or is erased at the same moment.
        """
        ...

    async def part(self, receipt_id: str, position: int) -> bytes | None: ...

    async def keep(self, receipt: Receipt, *, forget_at: datetime) -> bool:
        """Make a paper of an upload that is under way, all of it or nothing; ``False`` when it is not any more."""
        ...

    async def release(self, receipt_id: str) -> bool:
        """Take a paper that no claim has out of everybody's sight; ``False`` when a claim has it."""
        ...

    async def release_overdue(self, now: datetime, *, limit: int) -> Sequence[str]:
        """The same for those that should be forgotten; ids of these, and of what a crash left released before."""
        ...

    async def erase(self, receipt_id: str) -> None:
        """Remove what was released, without a trace; it can be done again."""
        ...


class Scanner(Protocol):
    """Looks for viruses."""

    async def is_clean(self, parts: AsyncIterator[bytes]) -> bool:
        """What the scanner says of a file.

        Raises:
            ScannerUnavailableError: nothing.
        """
        ...
