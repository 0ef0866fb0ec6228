"""Changes of who may do what, and the acts that the audit keeps."""

from typing import ClassVar

from shared.contracts import Event, Identifier, Instant, Language, RecordedAct
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


class ActRecorded(RecordedAct):
    """An act in identity."""

    wire_type: ClassVar[str] = "identity.act_recorded.v1"


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
