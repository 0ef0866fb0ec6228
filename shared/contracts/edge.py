"""What the edge publishes."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts import Event, Identifier, Instant


class SignedIn(Event):
    """Somebody has a session: password and code were right (LOG-1)."""

    wire_type: ClassVar[str] = "edge.signed_in.v1"
    account_id: Identifier
    session_id: Identifier
    signed_in_at: Instant

    def subject(self) -> str:
        return self.account_id


class SignedOut(Event):
    """A session ended by its owner's wish or because a refresh token was used twice."""

    wire_type: ClassVar[str] = "edge.signed_out.v1"
    account_id: Identifier
    session_id: Identifier
    reason: str
    signed_out_at: Instant

    def subject(self) -> str:
        return self.account_id


class ActRecorded(Event):
    """Somebody did something at the edge that the audit keeps (OPS-7, DEL-7).

    ``act`` is a name of OWASP's logging vocabulary, ``about`` whose affairs it concerns, ``details`` ids and words,
    never secrets or personal data.
    """

    wire_type: ClassVar[str] = "edge.act_recorded.v1"
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
