"""What may become of a claim after it was submitted: papers join it, it is corrected, it is withdrawn (CLM-10).

The claim keeps its id and number. None of this decides: a decision by difference follows each change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.claims.domain.claim import Cause, Claim
from services.claims.domain.facts import ClaimLine, DocumentKind, Provider, Ruling
from shared.errors import Conflict, Rejected

CORRECTIONS_AT_MOST: Final = 20
PAPERS_AT_MOST: Final = 20


class ClaimIsVoidedError(Conflict):
    """The claim was withdrawn: a new one may be submitted instead."""

    def __init__(self, number: str) -> None:
        super().__init__("claims.voided", claim_number=number)


class ClaimChangedError(Conflict):
    """Somebody changed the claim since the caller read it; ``version`` is the one that stands."""

    def __init__(self, number: str, version: int) -> None:
        super().__init__("claims.changed_meanwhile", claim_number=number, version=version)


class TooManyCorrectionsError(Rejected):
    """The claim was corrected as often as a claim may be."""

    def __init__(self) -> None:
        super().__init__("claims.too_many_corrections", limit=CORRECTIONS_AT_MOST)


class TooManyPapersError(Rejected):
    """The claim has as many papers as a claim may have."""

    def __init__(self) -> None:
        super().__init__("claims.too_many_papers", limit=PAPERS_AT_MOST)


class PapersUnknownError(Rejected):
    """Some of the papers do not exist, are somebody else's, or belong to another claim (which is not told apart)."""

    def __init__(self, count: int) -> None:
        super().__init__("claims.papers_unknown", count=count)


class BilledByProviderError(Conflict):
    """The provider submitted the claim and is paid for it: the provider corrects or voids it."""

    def __init__(self, number: str) -> None:
        super().__init__("claims.billed_by_provider", claim_number=number)


@dataclass(frozen=True, slots=True)
class Correction:
    """What the claim should say from now on: all of its lines, and who gave the services."""

    lines: tuple[ClaimLine, ...]
    provider: Provider


def require_members_own(claim: Claim) -> None:
    """What a provider billed is not the member's to change.

    Raises:
        BilledByProviderError.
    """
    if claim.provider_id:
        raise BilledByProviderError(claim.number)


def with_papers(claim: Claim, papers: Mapping[str, DocumentKind]) -> Claim:
    """The claim with these papers, by id. What reviewers asked for and what is among them is asked for no more.

    Raises:
        ClaimIsVoidedError, TooManyPapersError.
    """
    _require_standing(claim)
    receipts = (*claim.receipts, *(paper for paper in papers if paper not in claim.receipts))
    if len(receipts) > PAPERS_AT_MOST:
        raise TooManyPapersError
    kinds = frozenset(papers.values())
    return replace(
        claim,
        receipts=receipts,
        documents=claim.documents | kinds,
        rulings={number: _answered(ruling, kinds) for number, ruling in claim.rulings.items()},
    )


def new_papers(claim: Claim, papers: Sequence[str]) -> tuple[str, ...]:
    """Those of the papers that the claim does not have yet, each once."""
    return tuple(paper for paper in dict.fromkeys(papers) if paper not in claim.receipts)


def says(claim: Claim, correction: Correction) -> bool:
    """Whether the claim is already what the correction makes of it, so that a repeated one changes nothing."""
    return not claim.voided and (claim.lines, claim.provider) == (correction.lines, correction.provider)


def corrected(claim: Claim, correction: Correction, *, expected_version: int) -> Claim:
    """The claim with other lines or another provider. A reviewer's ruling stays on a line that stays what it was.

    Raises:
        ClaimIsVoidedError, ClaimChangedError, TooManyCorrectionsError.
    """
    _require_standing(claim)
    if claim.version != expected_version:
        raise ClaimChangedError(claim.number, claim.version)
    if _corrections(claim) >= CORRECTIONS_AT_MOST:
        raise TooManyCorrectionsError
    kept = {
        number: ruling
        for number, ruling in claim.rulings.items()
        if correction.provider == claim.provider
        and claim.lines[number - 1 : number] == correction.lines[number - 1 : number]
    }
    return replace(claim, lines=correction.lines, provider=correction.provider, rulings=kept)


def voided(claim: Claim, *, reason: str = "") -> Claim:
    """The claim, withdrawn: the decision that follows gives back all that it used (CLM-10)."""
    return replace(claim, voided=True, void_reason=reason)


def _require_standing(claim: Claim) -> None:
    if claim.voided:
        raise ClaimIsVoidedError(claim.number)


def _corrections(claim: Claim) -> int:
    causes = [*(revision.cause for revision in claim.history), claim.cause]
    return causes.count(Cause.CORRECTED)


def _answered(ruling: Ruling, kinds: frozenset[DocumentKind]) -> Ruling:
    return replace(ruling, asked_for="") if ruling.asked_for in kinds else ruling
