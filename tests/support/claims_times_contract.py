"""What every storage of times does alike: run on memory in the unit tests, on MongoDB in the integration tests."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from services.claims.domain.claim import ClaimStatus
from services.claims.domain.facts import ClaimKind
from services.claims.domain.turnaround import Span, Turnaround, Turnarounds
from services.claims.handlers.ports import ClaimRepository, StoredClaim
from services.claims.handlers.ports_times import TimesRepository
from tests.support.claims_repository_contract import AT, decided

GROUPS = {"physio": "care", "massage": "care", "glasses": "vision"}
SINCE = AT - timedelta(days=30)
BEHIND = (ClaimStatus.DECIDED, ClaimStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class TimesStores:
    claims: ClaimRepository
    times: TimesRepository


def took(seconds: int, **overrides: Any) -> StoredClaim:
    """Decided at ``AT``, so many seconds after it was received."""
    return decided(received_at=AT - timedelta(seconds=seconds), **overrides)


class TimesRepositoryContract:
    @pytest.mark.req("CLM-11")
    async def test_times_are_measured_by_group_to_the_first_decision_and_the_first_payment(
        self, stores: TimesStores
    ) -> None:
        quick = [took(seconds) for seconds in range(1, 10)]
        slow = took(1_000, claim_type="massage")
        await stores.claims.add_all([*quick, slow], session=None)
        for hours, stored in enumerate(quick[:3], start=1):
            paid_at = AT + timedelta(hours=hours)
            await stores.claims.advance([stored.claim.id], ClaimStatus.PAID, at=paid_at, behind=BEHIND, session=None)

        measured = await stores.times.measure(GROUPS, since=SINCE)

        care = measured["care"]
        assert (care.decided, set(measured)) == (Span(10, 5_000, 9_000), {"care"})
        assert care.paid == Span(3, 2 * 3_600_000, 3 * 3_600_000)

    @pytest.mark.req("CLM-11", "CLM-10")
    async def test_what_came_before_the_window_and_estimates_and_later_decisions_do_not_count(
        self, stores: TimesStores
    ) -> None:
        again = took(60)
        decision = again.claim.decision
        assert decision is not None
        later = replace(again, claim=again.claim.decided(decision, AT + timedelta(days=9)))
        estimate = took(5, kind=ClaimKind.PREDETERMINATION)
        unknown = took(5, claim_type="not in the catalogue")
        await stores.claims.add_all([later, estimate, unknown], session=None)

        assert (await stores.times.measure(GROUPS, since=SINCE)) == {"care": Turnaround(Span(1, 60_000, 60_000), None)}
        assert (await stores.times.measure(GROUPS, since=AT + timedelta(seconds=1))) == {}

    async def test_one_measures_in_every_time(self, stores: TimesStores) -> None:
        every = timedelta(minutes=15)
        turns = [
            await stores.times.take_turn(now=AT + timedelta(minutes=minute), every=every)
            for minute in (0, 1, 14, 15, 16)
        ]
        assert turns == [True, False, False, True, False]

    async def test_what_was_measured_is_kept_until_the_next_time(self, stores: TimesStores) -> None:
        assert await stores.times.latest() is None
        first = Turnarounds(AT, {"care": Turnaround(Span(10, 5, 9), None), "vision": Turnaround(None, Span(1, 2, 3))})
        for measured in (first, Turnarounds(AT + timedelta(hours=1))):
            await stores.times.put(measured)
            assert await stores.times.latest() == measured
