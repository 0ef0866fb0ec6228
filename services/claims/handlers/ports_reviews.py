"""What reviewing claims needs of storage."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.claims.domain.review import Review
from services.claims.handlers.ports import ListPosition, StoredClaim
from shared.mongo import Session


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which of the claims in review: with a line pended for ``reason``, of a claim type, received before an instant."""

    reason: str | None = None
    claim_type: str | None = None
    received_before: datetime | None = None


class ReviewRepository(Protocol):
    """What reviewers keep beside claims."""

    async def get_many(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, Review]:
        """Those that exist, by claim id."""
        ...

    async def save(self, review: Review, *, session: Session | None) -> None:
        """Store it. Two transactions that change the same one conflict, and one of them runs again."""
        ...


class PendedClaims(Protocol):
    """Claims in review."""

    async def list_in_review(
        self, wanted: QueueFilter, *, after: ListPosition | None, limit: int
    ) -> Sequence[StoredClaim]:
        """In order of receipt; those that stand behind ``after``, where it is given."""
        ...
