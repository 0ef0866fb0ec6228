"""Bodies of changes to claims (CLM-10)."""

from pydantic import Field

from services.edge.bodies import Body
from shared.contracts import Identifier
from shared.contracts.claims import ClaimLine, ClaimProvider


class DocumentsRequest(Body):
    """Papers that were uploaded before, by id."""

    receipts: tuple[Identifier, ...] = Field(min_length=1, max_length=10)


class CorrectionRequest(Body):
    """The whole claim as it should be; ``expected_version`` is the version that was read."""

    expected_version: int = Field(ge=1)
    provider: ClaimProvider
    lines: tuple[ClaimLine, ...] = Field(min_length=1, max_length=20)


class ProviderCorrectionRequest(Body):
    """All lines as they should be; ``expected_version`` is the version that was read."""

    expected_version: int = Field(ge=1)
    lines: tuple[ClaimLine, ...] = Field(min_length=1, max_length=20)


class VoidRequest(Body):
    """Why, if whoever withdraws the claim wants to say."""

    reason: str | None = Field(default=None, max_length=200)
