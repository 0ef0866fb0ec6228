"""Days on which banks pay."""

from datetime import date, timedelta
from typing import Final

_SATURDAY: Final = 5


def next_business_day(day: date) -> date:
    """The first Monday to Friday after ``day``. Bank holidays are not considered."""
    following = day + timedelta(days=1)
    while following.weekday() >= _SATURDAY:
        following += timedelta(days=1)
    return following
