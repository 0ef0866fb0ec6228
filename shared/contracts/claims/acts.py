"""What somebody did in claims that the audit keeps."""

from typing import ClassVar

from shared.contracts import RecordedAct


class ActRecorded(RecordedAct):
    """An act in claims, or a look at papers that are somebody's own."""

    wire_type: ClassVar[str] = "claims.act_recorded.v1"
