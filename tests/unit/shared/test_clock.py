"""The business day in Toronto, and identifiers."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from shared.clock import business_day, new_id, utc_now
from shared.contracts import Identifier

MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("midnight", "day"),
    [
        (datetime(2026, 6, 15, 4, tzinfo=UTC), date(2026, 6, 15)),
        (datetime(2026, 1, 15, 5, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2027, 1, 1, 5, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 29, 5, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2026, 3, 8, 5, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 4, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 11, 1, 4, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 5, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_a_business_day_begins_at_midnight_in_toronto(midnight, day):
    assert business_day(midnight) == day
    assert business_day(midnight - MILLISECOND) == day - timedelta(days=1)


def test_days_have_24_hours_but_for_those_on_which_the_clocks_change():
    start = datetime(2026, 1, 1, 5, tzinfo=UTC)
    hours = Counter(business_day(start + timedelta(hours=hour)) for hour in range(365 * 24))
    unusual = {day: count for day, count in hours.items() if count != 24}
    assert unusual == {date(2026, 3, 8): 23, date(2026, 11, 1): 25}


@pytest.mark.parametrize("zone", [ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Vancouver"), timezone(timedelta(hours=14))])
def test_the_zone_in_which_an_instant_is_written_does_not_matter(zone):
    instant = datetime(2026, 6, 15, 3, 59, tzinfo=UTC)
    assert business_day(instant.astimezone(zone)) == date(2026, 6, 14)


def test_now_is_aware_and_survives_a_database_that_keeps_milliseconds():
    before = datetime.now(UTC)
    now = utc_now()
    assert now.utcoffset() == timedelta(0)
    assert now.microsecond % 1000 == 0
    assert before - MILLISECOND < now <= datetime.now(UTC)


def test_identifiers_are_unique_ordered_and_fit_into_messages():
    made = [new_id() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert made == sorted(made)
    assert TypeAdapter(Identifier).validate_python(made[0]) == made[0]
