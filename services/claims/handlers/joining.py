"""A claim and the papers that it names (CLM-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.claims.domain.claim import Claim
from services.claims.domain.facts import DocumentKind
from services.claims.domain.receipts import RECEIPTS_PER_CLAIM, kinds_of, owner_of_claim
from services.claims.handlers.ports_receipts import ReceiptJoining
from shared.mongo import Session


async def with_receipts(claim: Claim, receipts: ReceiptJoining, *, session: Session | None) -> Claim:
    """The claim with those papers that are its own from now on; what it named besides is as if it were not there.

    Taking a claim never fails for a paper: what is missing is asked for when the claim is decided.
    """
    if not claim.receipts:
        return claim
    named = claim.receipts[:RECEIPTS_PER_CLAIM]
    joined = await receipts.attach(named, claim, owner=owner_of_claim(claim), session=session)
    papers = tuple(receipt.id for receipt in joined)
    return replace(claim, receipts=papers, documents=claim.documents | kinds_of(joined))


class JoinedPapers:
    """``Papers``, over the repository of receipts."""

    def __init__(self, receipts: ReceiptJoining) -> None:
        self._receipts = receipts

    async def attach(
        self, receipt_ids: Sequence[str], claim: Claim, *, session: Session | None
    ) -> Mapping[str, DocumentKind]:
        """The kinds of those papers that are the claim's now, by id."""
        joined = await self._receipts.attach(receipt_ids, claim, owner=owner_of_claim(claim), session=session)
        return {receipt.id: receipt.kind for receipt in joined}
