"""The acts in claims that the audit keeps."""

from typing import ClassVar

from shared.contracts import RecordedAct


class ActRecorded(RecordedAct):
    """An act in claims: what agents decide, who looked at personal papers."""

    wire_type: ClassVar[str] = "claims.act_recorded.v1"
