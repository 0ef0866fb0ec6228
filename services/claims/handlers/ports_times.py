"""What measuring the times of claims needs of storage."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from services.claims.domain.turnaround import Turnaround, Turnarounds


class TimesRepository(Protocol):
    """Times of claims, and what was measured last."""

    async def measure(self, groups: Mapping[str, str], *, since: datetime) -> Mapping[str, Turnaround]:
        """By group, of claims (no estimates) decided or paid for the first time since then; ``groups`` says the group
        of each claim type.
        """
        ...

    async def take_turn(self, *, now: datetime, every: timedelta) -> bool:
        """Whether the caller should measure: one process in every such time."""
        ...

    async def put(self, measured: Turnarounds) -> None: ...

    async def latest(self) -> Turnarounds | None: ...
