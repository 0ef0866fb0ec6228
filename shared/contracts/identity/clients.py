"""Machine clients: subscribing systems and practice software (LOG-12)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, get_args

from pydantic import Field

from shared.contracts import Command, Identifier, Instant, Part, Query, Sealed, View

Scope = Literal["claims:read", "claims:submit", "payments:read", "events:read"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""What a client may be allowed, each on its own. A route without a scope is closed to all clients."""

SCOPE_WORDS: Final[Mapping[Scope, tuple[str, str]]] = {
    "claims:read": ("Consulter les demandes de règlement", "Read claims"),
    "claims:submit": ("Soumettre des demandes de règlement", "Submit claims"),
    "payments:read": ("Consulter les paiements et les relevés", "Read payments and statements"),
    "events:read": ("Lire le fil des événements publics", "Read the feed of public events"),
}
"""What each scope is called, in French and in English."""

ClientName = Annotated[str, Field(min_length=1, max_length=80, examples=["Logiciel Dentaplus"])]


class CreateClient(Command):
    """Make a client for a provider, or for the insurer without one. The secret is sealed, bound to the client's id."""

    wire_type: ClassVar[str] = "identity.create_client.v1"
    client_id: Identifier
    name: ClientName
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=20)
    provider_id: Identifier | None = None
    secret: Sealed


class RotateClientSecret(Command):
    """Give a client another secret; the one before it counts a while longer."""

    wire_type: ClassVar[str] = "identity.rotate_client_secret.v1"
    client_id: Identifier
    secret: Sealed
    overlap_hours: int = Field(default=24, ge=0, le=168, description="How long the old secret still counts.")


class DisableClient(Command):
    """End a client: no token any more, and those that are out count no longer."""

    wire_type: ClassVar[str] = "identity.disable_client.v1"
    client_id: Identifier


class ListClients(Query):
    """All clients, for an agent."""

    wire_type: ClassVar[str] = "identity.list_clients.v1"


class AuthenticateClient(Query):
    """Check a client's secret and what it asks for; the answer names it or refuses."""

    wire_type: ClassVar[str] = "identity.authenticate_client.v1"
    client_id: Identifier
    secret: Sealed
    scopes: tuple[str, ...] = Field(default=(), max_length=20)


class GetOwnClient(Query):
    """The client whose token is used."""

    wire_type: ClassVar[str] = "identity.get_own_client.v1"


class SecretView(Part):
    """When a secret was made, and until when it counts."""

    created_at: Instant
    expires_at: Instant | None = None


class ClientView(View):
    """A machine client; of its secrets only when they began and end."""

    client_id: Identifier
    name: str
    scopes: tuple[str, ...]
    provider_id: Identifier | None = None
    created_at: Instant
    disabled_at: Instant | None = None
    secrets: tuple[SecretView, ...] = ()


class ClientsView(View):
    """All of them, the oldest first."""

    clients: tuple[ClientView, ...]


class ClientGrant(View):
    """A client that proved who it is, and the scopes of its token."""

    client_id: Identifier
    scopes: tuple[str, ...]
    provider_id: Identifier | None = None
