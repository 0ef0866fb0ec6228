"""Times of claims in memory."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.claims.domain.claim import Claim, ClaimStatus
from services.claims.domain.facts import ClaimKind
from services.claims.domain.turnaround import Span, Turnaround, Turnarounds, span_of
from tests.support.claims_memory import MemoryClaims

_MILLISECOND = timedelta(milliseconds=1)


class MemoryTimes:
    def __init__(self, claims: MemoryClaims) -> None:
        self._claims = claims
        self.turn: datetime | None = None
        self.measured: Turnarounds | None = None

    async def measure(self, groups: Mapping[str, str], *, since: datetime) -> Mapping[str, Turnaround]:
        claims = [each.claim for each in self._claims.stored.values() if each.claim.kind is ClaimKind.CLAIM]
        found = {
            group: [claim for claim in claims if groups.get(claim.claim_type) == group] for group in groups.values()
        }
        measured = {group: Turnaround(_decided(each, since), _paid(each, since)) for group, each in found.items()}
        return {group: times for group, times in measured.items() if times != Turnaround()}

    async def take_turn(self, *, now: datetime, every: timedelta) -> bool:
        if self.turn is not None and self.turn > now - every:
            return False
        self.turn = now
        return True

    async def put(self, measured: Turnarounds) -> None:
        self.measured = measured

    async def latest(self) -> Turnarounds | None:
        return self.measured


def _first(claim: Claim, status: ClaimStatus) -> datetime | None:
    return next((entry.at for entry in claim.timeline if entry.status is status), None)


def _decided(claims: list[Claim], since: datetime) -> Span | None:
    ends = [(claim.received_at, _first(claim, ClaimStatus.DECIDED)) for claim in claims]
    return span_of([(end - begin) // _MILLISECOND for begin, end in ends if end is not None and end >= since])


def _paid(claims: list[Claim], since: datetime) -> Span | None:
    ends = [(_first(claim, ClaimStatus.DECIDED), _first(claim, ClaimStatus.PAID)) for claim in claims]
    return span_of([(end - begin) // _MILLISECOND for begin, end in ends if begin and end and end >= since])
