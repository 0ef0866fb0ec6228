"""Changes of who may do what, and the acts that the audit keeps."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Event, Identifier, Instant, Language
from shared.contracts.identity import EmailAddress


class AccessChanged(Event):
    """What an account may do changed: disabled, a grant revoked, a password replaced. Tokens issued before
    ``changed_at`` count no longer; with ``end_sessions`` their sessions do not either, except ``kept_session_id``.
    """

    wire_type: ClassVar[str] = "identity.access_changed.v1"
    account_id: Identifier
    changed_at: Instant
    end_sessions: bool = False
    kept_session_id: Identifier | None = None

    def subject(self) -> str:
        return self.account_id


class ActRecorded(Event):
    """Somebody did something that the audit keeps (OPS-7, DEL-7).

    ``act`` is a name of OWASP's logging vocabulary, ``about`` whose affairs it concerns, ``details`` ids and words,
    never secrets or personal data.
    """

    wire_type: ClassVar[str] = "identity.act_recorded.v1"
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


class ContactRecorded(Event):
    """Where the holder of an account can be reached about access, new or changed; the latest ``recorded_at`` counts."""

    wire_type: ClassVar[str] = "identity.contact_recorded.v1"
    account_id: Identifier
    email: EmailAddress
    language: Language
    display_name: str
    dossier_ids: tuple[Identifier, ...] = ()
    provider_id: Identifier | None = None
    recorded_at: Instant

    def subject(self) -> str:
        return self.account_id
