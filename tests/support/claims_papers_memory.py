"""Uploaded papers in memory."""

# ruff: noqa: ARG002 - sessions are part of the interface; here there are no transactions

from collections.abc import Mapping, Sequence

from services.claims.domain.claim import Claim
from services.claims.domain.facts import DocumentKind
from shared.mongo import Session


class MemoryPapers:
    """``Papers`` of one account; ``claims`` says which claim has which of them."""

    def __init__(self, **kinds: DocumentKind) -> None:
        self.kinds = dict(kinds)
        self.claims: dict[str, str] = {}

    async def attach(
        self, receipt_ids: Sequence[str], claim: Claim, *, session: Session | None
    ) -> Mapping[str, DocumentKind]:
        free = [each for each in receipt_ids if each in self.kinds and self.claims.get(each, claim.id) == claim.id]
        self.claims |= dict.fromkeys(free, claim.id)
        return {each: self.kinds[each] for each in free}
