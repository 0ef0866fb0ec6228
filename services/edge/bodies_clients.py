"""Bodies of requests and answers about machine clients."""

from typing import Literal

from pydantic import Field

from services.edge.bodies import Answer, Body
from shared.contracts import Identifier
from shared.contracts.identity.clients import ClientName, ClientView, Scope


class ClientRequest(Body):
    """A machine client to be: for a provider, or for the insurer without one."""

    name: ClientName
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=20)
    provider_id: Identifier | None = None


class SecretRequest(Body):
    """Asks for another secret; ``overlap_hours`` is how long the old one still counts."""

    overlap_hours: int = Field(default=24, ge=0, le=168)


class ClientSecretAnswer(ClientView):
    """A client with its new secret, which is told this once."""

    client_secret: str = Field(repr=False)


class OAuthErrorAnswer(Answer):
    """A refusal, as RFC 6749 (section 5.2) has it."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


class ClientTokenAnswer(Answer):
    """A token, as RFC 6749 (section 5.1) has it."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a word of RFC 6750, not a secret
    expires_in: int
    scope: str
