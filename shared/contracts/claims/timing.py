"""How long claims really take (CLM-11)."""

from typing import ClassVar

from shared.contracts import Instant, Part, Query, View
from shared.contracts.claims import SpanView


class GetClaimTimes(Query):
    """The times of the last thirty days, by group of claim types."""

    wire_type: ClassVar[str] = "claims.get_claim_times.v1"


class GroupTimes(Part):
    """One group: from receipt to the first decision, from there to the first payment."""

    group: str
    name: str
    decided: SpanView | None = None
    paid: SpanView | None = None


class ClaimTimesView(View):
    """What was measured last; nothing before the first time."""

    days: int
    measured_at: Instant | None = None
    groups: tuple[GroupTimes, ...] = ()
