"""What the edge publishes."""

from typing import ClassVar

from shared.contracts import Event, Identifier, Instant, RecordedAct


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


class ActRecorded(RecordedAct):
    """An act at the edge."""

    wire_type: ClassVar[str] = "edge.act_recorded.v1"
