"""What the handlers of registers and providers need from storage. ``session`` is the transaction to take part in."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from services.identity.domain.register_loading import Entry
from services.identity.domain.statements import Statement, StatementFacts
from shared.mongo import Session

E = TypeVar("E", bound=Entry)


class RegisterRepository(Protocol[E]):
    """The entries of one register."""

    async def get(self, entry_id: str, *, session: Session | None = None) -> E | None: ...

    async def list_by_ids(self, entry_ids: Sequence[str], *, session: Session | None = None) -> Mapping[str, E]: ...

    async def save_all(self, entries: Sequence[E], *, session: Session | None = None) -> None:
        """Write new and changed entries at once."""
        ...


class StatementRepository(RegisterRepository[Statement], Protocol):
    """Statements paid to providers."""

    async def list_facts(
        self, provider_id: str, batch_numbers: Collection[str], *, session: Session | None = None
    ) -> Collection[StatementFacts]:
        """What is known of these batches, if they were paid to this provider."""
        ...
