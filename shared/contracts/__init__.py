"""Messages between services: data only, one module per publishing (or answering) service.

Every message class carries its wire type, ``<service>.<name>.v<N>``, as a literal. It is the routing key, the AMQP
``type`` property and the CloudEvents ``type``; it is never derived from the class name, which may be renamed freely.
Adding an optional field is compatible. Anything else is a new class with the next version.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Identifier = Annotated[
    str,
    Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$", examples=["019ab1c2-0000-7000-8000-000000000001"]
    ),
]
Cents = Annotated[int, Field(ge=0, le=99_999_999_999, description="Amount in cents of Canadian dollars.")]
Language = Annotated[str, Field(pattern=r"^(fr|en)$", description="Language of the person: fr or en.", examples=["fr"])]
Sealed = Annotated[
    str,
    Field(min_length=1, max_length=4096, description="Secret as a compact JWE for the service that needs it."),
]
Instant = AwareDatetime


class Contract(BaseModel):
    """Base of everything on the wire: frozen, and closed when written by us."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(Contract):
    """A piece inside messages; readers ignore fields that they do not know yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Contract):
    """What has a wire type of its own."""

    wire_type: ClassVar[str]


class Command(Message):
    """Imperative: one service is asked to do one thing. Unknown fields are refused."""


class Query(Message):
    """A question that lives only as long as its caller waits."""


class View(Contract):
    """An answer to a query or a command; readers ignore unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Message):
    """Past tense: something happened. Readers ignore unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    public: ClassVar[bool] = False
    """Whether systems outside Acquit may subscribe."""

    def subject(self) -> str:
        """CloudEvents ``subject``: the id of the aggregate concerned."""
        raise NotImplementedError


class RecordedAct(Event):
    """Somebody did something that the audit keeps (OPS-7, DEL-7); each service publishes its own under its wire type.

    ``act`` is a name of OWASP's logging vocabulary, ``about`` whose affairs it concerns, ``details`` ids and words,
    never secrets or personal data.
    """

    act: str = Field(pattern=r"^[a-z]+(_[a-z]+)*$", examples=["authn_password_change"])
    result: Literal["success", "failure"] = "success"
    account_id: Identifier | None = None
    on_behalf_of: Identifier | None = None
    about: Identifier | None = None
    correlation_id: str
    occurred_at: Instant
    details: Mapping[str, str] = {}

    def subject(self) -> str:
        return self.about or self.account_id or "nobody"


class Done(View):
    """The command was carried out and there is nothing to say about it."""


class Actor(Part):
    """On whose behalf a command or query is sent. Only the edge may state it (checked by RabbitMQ's ``user_id``)."""

    account_id: Identifier
    session_id: Identifier
    roles: tuple[str, ...]
    dossier_id: Identifier | None = None
    features: tuple[str, ...] = ()
    """What the plan of the dossier offers (COV-3)."""
    provider_id: Identifier | None = None
    """Whose provider affairs the session is about: the caller's own, or those of the provider they act for."""
    services: tuple[str, ...] = ()
    """Which of that provider's online services the caller may use (DEL-2)."""
    on_behalf_of: Identifier | None = None
    """The provider for whom a delegate acts (DEL-7); nobody for people acting for themselves."""
    restrictions: tuple[str, ...] = ()
    """What must be done, or waited for, before anything else works."""
    scopes: tuple[str, ...] = ()
    """What a machine client may use (LOG-12); nothing for people, whom their roles describe."""
    assurance: str = "password+email_code"
    language: Language = "fr"
