"""How long claims really take, measured over the last thirty days (CLM-11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(days=30)
_PERCENT: Final = 100
MEDIAN: Final = 50
NINETIETH: Final = 90


@dataclass(frozen=True, slots=True)
class Span:
    """How long a step took for so many claims, in milliseconds: for half of them at most the median."""

    claims: int
    median_ms: int
    p90_ms: int


@dataclass(frozen=True, slots=True)
class Turnaround:
    """One group of claim types: from receipt to the first decision, and from there to the first payment."""

    decided: Span | None = None
    paid: Span | None = None


@dataclass(frozen=True, slots=True)
class Turnarounds:
    """What was measured, by group of claim types."""

    measured_at: datetime
    groups: Mapping[str, Turnaround] = field(default_factory=dict)


def span_of(durations_ms: Iterable[int]) -> Span | None:
    """The figures of some durations, by the nearest rank; None of none."""
    buckets = [(duration, 1) for duration in durations_ms]
    return span_of_buckets(buckets) if buckets else None


def span_of_buckets(buckets: Sequence[tuple[int, int]]) -> Span:
    """The figures of durations counted together: (the longest of a bucket in milliseconds, how many they are)."""
    in_order = sorted(buckets)
    claims = sum(count for _, count in in_order)
    return Span(claims, _nearest_rank(in_order, claims, MEDIAN), _nearest_rank(in_order, claims, NINETIETH))


def _nearest_rank(in_order: Sequence[tuple[int, int]], claims: int, percentile: int) -> int:
    rank, passed = -(-percentile * claims // _PERCENT), 0
    for longest, count in in_order:
        passed += count
        if passed >= rank:
            return longest
    raise ValueError("no durations")
