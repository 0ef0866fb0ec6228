"""What changing a claim needs of uploaded papers."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from services.claims.domain.claim import Claim
from services.claims.domain.facts import DocumentKind
from shared.mongo import Session


class Papers(Protocol):
    """Papers that were uploaded and wait for a claim."""

    async def attach(
        self, receipt_ids: Sequence[str], claim: Claim, *, session: Session | None
    ) -> Mapping[str, DocumentKind]:
        """Join papers of the claim's account to the claim; the kinds of those that are the claim's now, by id.

        An id of nothing, of somebody else's paper, or of one that another claim has is passed over. Joining the same
        paper to the same claim again changes nothing.
        """
        ...


class _NoPapers:
    """Where nothing can be uploaded."""

    async def attach(
        self,
        _receipt_ids: Sequence[str],
        _claim: Claim,
        *,
        session: Session | None,  # noqa: ARG002
    ) -> Mapping[str, DocumentKind]:
        return {}


NO_PAPERS: Final = _NoPapers()
