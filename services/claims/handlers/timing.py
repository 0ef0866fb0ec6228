"""How long claims take: measured now and then, told with every claim (CLM-11)."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, cast

from services.claims.domain.bilingual import Language
from services.claims.domain.catalogue import Catalogue
from services.claims.domain.turnaround import WINDOW, Span, Turnaround, Turnarounds
from services.claims.handlers.ports_times import TimesRepository
from shared.clock import Clock
from shared.contracts.claims import ExpectedTimes, SpanView
from shared.contracts.claims.timing import ClaimTimesView, GetClaimTimes, GroupTimes
from shared.envelopes import Received
from shared.mongo import Unavailable
from shared.telemetry import logger

KEPT: Final = timedelta(minutes=1)
"""How long a process tells what it read last."""


def groups_of(catalogue: Catalogue) -> Mapping[str, str]:
    """The group of each claim type: its category."""
    return {code: claim_type.category for code, claim_type in catalogue.types.items()}


class Times:
    """What was measured last, as one process knows it."""

    def __init__(self, repository: TimesRepository, catalogue: Catalogue, *, clock: Clock) -> None:
        self._repository = repository
        self._groups = groups_of(catalogue)
        self._clock = clock
        self._known: Turnarounds | None = None
        self._read_at: datetime | None = None

    async def latest(self) -> Turnarounds | None:
        """What was measured last; None before the first time."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= KEPT:
            self._known = await self._repository.latest()
            self._read_at = now
        return self._known

    async def expected(self, claim_type: str) -> ExpectedTimes | None:
        """How long claims of this type's group took; None where nothing is known."""
        measured = await self.latest()
        group = self._groups.get(claim_type, "")
        found = measured.groups.get(group) if measured else None
        if measured is None or found is None:
            return None
        return ExpectedTimes(
            measured_at=measured.measured_at, decided=_span_view(found.decided), paid=_span_view(found.paid)
        )


async def measure_times(repository: TimesRepository, catalogue: Catalogue, *, every: timedelta, clock: Clock) -> bool:
    """Measure, unless somebody did within ``every``; tells whether it was done."""
    now = clock()
    if not await repository.take_turn(now=now, every=every):
        return False
    groups = await repository.measure(groups_of(catalogue), since=now - WINDOW)
    await repository.put(Turnarounds(now, groups))
    return True


async def keep_measuring(repository: TimesRepository, catalogue: Catalogue, *, every: timedelta, clock: Clock) -> None:
    """Measure for ever, with pauses."""
    while True:
        try:
            await measure_times(repository, catalogue, every=every, clock=clock)
        except Unavailable as error:
            logger().warning("times_not_measured", code=error.code)
        await asyncio.sleep(every.total_seconds())


async def get_claim_times(received: Received[GetClaimTimes], *, times: Times, catalogue: Catalogue) -> ClaimTimesView:
    """What was measured last, group by group."""
    language = cast("Language", received.require_actor().language)
    measured = await times.latest()
    if measured is None:
        return ClaimTimesView(days=WINDOW.days)
    return ClaimTimesView(
        days=WINDOW.days,
        measured_at=measured.measured_at,
        groups=tuple(
            _group_view(code, catalogue.categories[code].names.of(language), found)
            for code, found in sorted(measured.groups.items())
            if code in catalogue.categories
        ),
    )


def _group_view(code: str, name: str, found: Turnaround) -> GroupTimes:
    return GroupTimes(group=code, name=name, decided=_span_view(found.decided), paid=_span_view(found.paid))


def _span_view(span: Span | None) -> SpanView | None:
    return None if span is None else SpanView(claims=span.claims, median_ms=span.median_ms, p90_ms=span.p90_ms)
