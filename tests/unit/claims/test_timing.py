"""How long claims take is measured and told (CLM-11)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.turnaround import Span, Turnaround, Turnarounds, span_of
from services.claims.handlers import timing
from services.claims.handlers.asking import get_claim
from services.claims.handlers.timing import KEPT, Times
from shared.contracts.claims import GetClaim
from shared.contracts.claims.timing import GetClaimTimes
from tests.support.claims_builders import catalogue
from tests.support.claims_changing_desk import words
from tests.support.claims_desk import NOON, desk_with_family, member, received, submission
from tests.support.claims_memory import MemoryClaims
from tests.support.claims_times_contract import TimesRepositoryContract, TimesStores
from tests.support.claims_times_memory import MemoryTimes

EVERY = timedelta(minutes=15)


class TestMemoryTimes(TimesRepositoryContract):
    @pytest.fixture
    def stores(self) -> TimesStores:
        claims = MemoryClaims()
        return TimesStores(claims, MemoryTimes(claims))


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_half_of_the_claims_took_no_longer_than_the_median_and_nine_tenths_than_the_90th(durations: list[int]) -> None:
    span = span_of(durations)
    assert span is not None
    assert span.claims == len(durations)
    assert sum(each <= span.median_ms for each in durations) * 2 >= len(durations)
    assert sum(each <= span.p90_ms for each in durations) * 10 >= len(durations) * 9
    assert {span.median_ms, span.p90_ms} <= set(durations)


@pytest.mark.req("CLM-11")
async def test_a_claim_tells_how_long_claims_like_it_took() -> None:
    desk = await desk_with_family()
    desk.now = NOON + timedelta(seconds=2)
    claim = submission()
    await desk.submit(claim)
    repository, known = MemoryTimes(desk.claims), catalogue()
    times = Times(repository, known, clock=lambda: desk.now)
    question = received(GetClaim(claim_number=claim.message.claim_number), actor=member())
    before = await get_claim(question, claims=desk.claims, words=words(), times=times)
    assert before.expected is None

    assert await timing.measure_times(repository, known, every=EVERY, clock=lambda: desk.now)
    assert not await timing.measure_times(repository, known, every=EVERY, clock=lambda: desk.now)
    desk.now += KEPT

    told = (await get_claim(question, claims=desk.claims, words=words(), times=times)).expected
    assert told is not None
    assert (told.decided.claims, told.decided.median_ms, told.paid) == (1, 2_000, None)  # type: ignore[union-attr]
    asked = received(GetClaimTimes(), actor=member())
    view = await timing.get_claim_times(asked, times=times, catalogue=known)
    assert [(group.group, group.decided) for group in view.groups] == [("care", told.decided)]


async def test_a_process_reads_what_was_measured_once_a_minute() -> None:
    repository, now = MemoryTimes(MemoryClaims()), [NOON]
    times = Times(repository, catalogue(), clock=lambda: now[0])
    assert await times.latest() is None
    repository.measured = Turnarounds(NOON, {"care": Turnaround(Span(1, 2, 3))})
    assert await times.latest() is None
    now[0] += KEPT
    assert await times.latest() == repository.measured
    assert await times.expected("flight") is not None
    assert await times.expected("not in the catalogue") is None


async def test_before_the_first_time_nothing_is_told() -> None:
    times = Times(MemoryTimes(MemoryClaims()), catalogue(), clock=lambda: NOON)
    view = await timing.get_claim_times(received(GetClaimTimes(), actor=member()), times=times, catalogue=catalogue())
    assert (view.days, view.measured_at, view.groups) == (30, None, ())
