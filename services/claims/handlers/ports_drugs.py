"""What the use cases of the drug list need from storage."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from services.claims.domain.drugs import Drug, ListInfo
from shared.mongo import Session


class DrugRepository(Protocol):
    """Versions of the drug list, one of which is the present one.

    A version is written beside the present one and takes its place in one step; readers of the one before can finish.
    """

    async def current(self, *, session: Session | None = None) -> ListInfo | None:
        """The present version, unless none was ever loaded."""
        ...

    def drugs_of(self, version: str) -> AsyncIterator[Drug]:
        """The products of a version, in no order."""
        ...

    async def add(self, version: str, drugs: Sequence[Drug], *, now: datetime) -> None:
        """Write all products of a version that is not the present one."""
        ...

    async def discard(self, version: str) -> None:
        """Take a version away again."""
        ...

    async def discard_old(self, *, before: datetime) -> None:
        """Take away what was added before then and is not the present version."""
        ...

    async def switch(self, info: ListInfo, *, replaces: str | None, session: Session | None) -> bool:
        """Make a version the present one if ``replaces`` is that until now; tells whether it was.

        Two transactions that do so conflict, and one of them runs again.
        """
        ...


class DrugUploadRepository(Protocol):
    """Extracts on their way, in slices; what is not loaded is forgotten after an hour."""

    async def put(self, upload_id: str, position: int, data: bytes, *, account_id: str, now: datetime) -> None:
        """Keep a slice; the same one again changes nothing."""
        ...

    async def load(self, upload_id: str, *, account_id: str) -> Sequence[bytes]:
        """All slices of this account's upload, in order."""
        ...
