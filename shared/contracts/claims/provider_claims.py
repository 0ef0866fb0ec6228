"""Claims that providers submit for their patients, with the benefit assigned to them (CLM-6)."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from shared.contracts import Command, Contract, Identifier, Instant, Part, Query, View
from shared.contracts.claims import (
    Authorisation,
    ClaimKind,
    ClaimLine,
    ClaimNumber,
    ClaimStatus,
    Outcome,
    ReasonView,
)
from shared.contracts.identity import CertificateNumber, ContractNumber


class Patient(Contract):
    """For whom: as printed on the patient's card, and the birth date."""

    contract_number: ContractNumber
    certificate_number: CertificateNumber
    birth_date: date


class ProviderClaimSubmission(Contract):
    """The body of ``POST /provider/claims``. The patient's signed assignment of the benefit is what it authorises."""

    patient: Patient
    claim_type: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$", examples=["physiotherapy"])
    lines: tuple[ClaimLine, ...] = Field(min_length=1, max_length=20)
    authorisation: Authorisation
    kind: ClaimKind = "claim"
    receipts: tuple[Identifier, ...] = Field(default=(), max_length=10)
    predetermination: ClaimNumber | None = None


class SubmitProviderClaim(Command):
    """A provider's claim accepted at the edge. ``claim_id`` derives from provider and Idempotency-Key (CLM-7)."""

    wire_type: ClassVar[str] = "claims.submit_provider_claim.v1"
    claim_id: Identifier
    claim_number: ClaimNumber
    body_sha256: str
    received_at: Instant
    submission: ProviderClaimSubmission


class GetProviderClaim(Query):
    """One of the claims that the actor's provider submitted."""

    wire_type: ClassVar[str] = "claims.get_provider_claim.v1"
    claim_number: ClaimNumber


class ListProviderClaims(Query):
    """Claims that the actor's provider submitted, newest first."""

    wire_type: ClassVar[str] = "claims.list_provider_claims.v1"
    limit: int = Field(default=20, ge=1, le=100)
    before: str | None = Field(default=None, max_length=64, description="Cursor from the previous page.")


class ProviderClaimLine(Part):
    """A line as its provider sees it: what is paid and why, nothing of what the family used elsewhere."""

    line: int
    service_date: date
    code: str
    submitted_cents: int
    eligible_cents: int
    deductible_cents: int
    share_basis_points: int
    benefit_cents: int
    outcome: Outcome
    reasons: tuple[ReasonView, ...] = ()


class ProviderClaimSummary(Part):
    """A provider's claim in a list."""

    claim_number: ClaimNumber
    claim_type: str
    claim_type_name: str
    kind: ClaimKind
    status: ClaimStatus
    outcome: Outcome | None
    submitted_cents: int
    benefit_cents: int
    received_at: Instant


class ProviderClaimsPage(View):
    """A page of claims and the cursor of the next."""

    claims: tuple[ProviderClaimSummary, ...]
    next_before: str | None = None


class ProviderClaimView(View):
    """A claim with its decision, for the provider that submitted it."""

    claim_number: ClaimNumber
    version: int = 1
    claim_type: str
    claim_type_name: str
    kind: ClaimKind
    status: ClaimStatus
    outcome: Outcome | None
    submitted_cents: int
    benefit_cents: int
    received_at: Instant
    valid_through: date | None = None
    lines: tuple[ProviderClaimLine, ...] = ()
