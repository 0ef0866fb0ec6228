"""Days on which banks pay."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

_SATURDAY: Final = 5

IsHoliday = Callable[[date], bool]
"""Whether banks are closed on a day, weekends aside."""


def no_holidays(_day: date) -> bool:
    """A world without bank holidays."""
    return False


def is_business_day(day: date, *, is_holiday: IsHoliday = no_holidays) -> bool:
    """Whether banks pay on that day: Monday to Friday, holidays excepted."""
    return day.weekday() < _SATURDAY and not is_holiday(day)


def business_day_from(day: date, *, is_holiday: IsHoliday = no_holidays) -> date:
    """``day`` itself, or the first day after it on which banks pay."""
    while not is_business_day(day, is_holiday=is_holiday):
        day += timedelta(days=1)
    return day


def next_business_day(day: date, *, is_holiday: IsHoliday = no_holidays) -> date:
    """The first day after ``day`` on which banks pay."""
    return business_day_from(day + timedelta(days=1), is_holiday=is_holiday)
