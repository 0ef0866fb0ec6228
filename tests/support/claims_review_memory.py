"""Reviews in memory."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Collection, Mapping, Sequence

from services.claims.domain.adjudication import Outcome
from services.claims.domain.review import Review
from services.claims.handlers.ports import ListPosition, StoredClaim
from services.claims.handlers.ports_reviews import QueueFilter
from shared.mongo import Session
from tests.support.claims_memory import MemoryClaims


class MemoryReviews:
    def __init__(self) -> None:
        self.kept: dict[str, Review] = {}

    async def get_many(self, claim_ids: Collection[str], *, session: Session | None) -> Mapping[str, Review]:
        return {claim_id: self.kept[claim_id] for claim_id in claim_ids if claim_id in self.kept}

    async def save(self, review: Review, *, session: Session | None) -> None:
        self.kept[review.claim_id] = review


class MemoryPendedClaims:
    def __init__(self, claims: MemoryClaims) -> None:
        self._claims = claims

    async def list_in_review(
        self, wanted: QueueFilter, *, after: ListPosition | None, limit: int
    ) -> Sequence[StoredClaim]:
        found = [each for each in self._claims.stored.values() if _matches(each, wanted)]
        in_order = sorted(found, key=_place)
        behind = None if after is None else (after.received_at, after.claim_id)
        return [each for each in in_order if behind is None or _place(each) > behind][:limit]


def _place(stored: StoredClaim) -> tuple[object, str]:
    return stored.claim.received_at, stored.claim.id


def _matches(stored: StoredClaim, wanted: QueueFilter) -> bool:
    claim = stored.claim
    if claim.voided or claim.decision is None or claim.decision.outcome is not Outcome.PENDED:
        return False
    pended = (line for line in claim.decision.lines if line.outcome is Outcome.PENDED)
    reasons = {code.value for line in pended for code in line.reason_codes}
    return (
        (wanted.reason is None or wanted.reason in reasons)
        and (wanted.claim_type is None or wanted.claim_type == claim.claim_type)
        and (wanted.received_before is None or claim.received_at < wanted.received_before)
    )
