"""Bodies and answers about claims of providers."""

from typing import Literal

from pydantic import Field

from services.edge.bodies import Answer, Body
from shared.contracts.claims.provider_claims import ProviderClaimSubmission


class ProviderClaimRequest(ProviderClaimSubmission, Body):
    """A claim for a patient who assigned the benefit to the provider."""


class BatchRow(ProviderClaimSubmission, Body):
    """One claim of a batch; ``reference`` is the practice's own and names the claim for ever."""

    reference: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._:/-]+$", examples=["2026-0004711"])


class BatchResult(Answer):
    """What became of one claim of a batch; ``line`` is where it begins, counted from 1."""

    line: int
    reference: str | None = None
    status: Literal["accepted", "refused"]
    claim_number: str | None = None
    code: str | None = Field(default=None, description="Why it was refused.")
    field: str | None = None
    detail: str | None = None


class BatchAnswer(Answer):
    """Every claim of the batch, in order; those that were accepted stay so whatever became of the others."""

    accepted: int
    refused: int
    results: tuple[BatchResult, ...]
