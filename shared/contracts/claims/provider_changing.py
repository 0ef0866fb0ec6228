"""Changes to claims that a provider billed (CLM-6, CLM-10). Each is answered with the claim as it is decided then."""

from typing import ClassVar

from pydantic import Field

from shared.contracts import Command, Identifier
from shared.contracts.claims import ClaimLine, ClaimNumber


class AddProviderClaimDocuments(Command):
    """Join uploaded papers to a claim that the actor's provider submitted."""

    wire_type: ClassVar[str] = "claims.add_provider_claim_documents.v1"
    claim_number: ClaimNumber
    receipts: tuple[Identifier, ...] = Field(min_length=1, max_length=10)


class CorrectProviderClaim(Command):
    """Replace all lines of a claim; ``expected_version`` is the version that the actor read."""

    wire_type: ClassVar[str] = "claims.correct_provider_claim.v1"
    claim_number: ClaimNumber
    expected_version: int = Field(ge=1)
    lines: tuple[ClaimLine, ...] = Field(min_length=1, max_length=20)


class VoidProviderClaim(Command):
    """Withdraw a claim."""

    wire_type: ClassVar[str] = "claims.void_provider_claim.v1"
    claim_number: ClaimNumber
    reason: str | None = Field(default=None, max_length=200)
