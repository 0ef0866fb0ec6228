"""Changes to claims that were submitted (CLM-10). Each is answered with the claim as it is decided then."""

from typing import ClassVar

from pydantic import Field

from shared.contracts import Command, Identifier
from shared.contracts.claims import ClaimLine, ClaimNumber, ClaimProvider


class AddClaimDocuments(Command):
    """Join uploaded papers to a claim of the actor's dossier."""

    wire_type: ClassVar[str] = "claims.add_claim_documents.v1"
    claim_number: ClaimNumber
    receipts: tuple[Identifier, ...] = Field(min_length=1, max_length=10)


class CorrectClaim(Command):
    """Replace all lines and the provider of a claim; ``expected_version`` is the version that the actor read."""

    wire_type: ClassVar[str] = "claims.correct_claim.v1"
    claim_number: ClaimNumber
    expected_version: int = Field(ge=1)
    provider: ClaimProvider
    lines: tuple[ClaimLine, ...] = Field(min_length=1, max_length=20)


class VoidClaim(Command):
    """Withdraw a claim."""

    wire_type: ClassVar[str] = "claims.void_claim.v1"
    claim_number: ClaimNumber
    reason: str | None = Field(default=None, max_length=200)
