"""Dates as CPA Standard 005 writes them: ``0YYDDD``, a zero, the year in two digits, the day 001 to 366.

The century is not in the file. It is the one that brings the year closest to a reference date which the
reader gives: the resolved year lies from 50 years before to 49 years after the year of that date.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays

_DATE_LENGTH = 6
_YEARS_BEFORE = 50
_CENTURY = 100
_SATURDAY = 5
_HOLIDAYS = country_holidays("CA", categories=("government", "optional", "public"))
"""Days on which no items are exchanged; the library works a year out when it is first asked for it."""


@lru_cache(maxsize=1024)
def encode_date(day: date) -> str:
    """``date(2026, 11, 20)`` becomes ``"026324"``."""
    return f"0{day.year % _CENTURY:02d}{day.timetuple().tm_yday:03d}"


@lru_cache(maxsize=1024)
def decode_date(text: str, near: date) -> date | None:
    """The day that six characters name, the century chosen around ``near``; None when they name no day."""
    if len(text) != _DATE_LENGTH or not text.isascii() or not text.isdecimal() or text[0] != "0":
        return None
    earliest = near.year - _YEARS_BEFORE
    year = earliest + (int(text[1:3]) - earliest) % _CENTURY
    ordinal = int(text[3:])
    if ordinal < 1:
        return None
    day = date(year, 1, 1) + timedelta(days=ordinal - 1)
    return day if day.year == year else None


@dataclass(frozen=True, slots=True)
class DateWindow:
    """How far, inclusive, a due date may lie from the file's creation date.

    Attributes:
        days_past: calendar days.
        days_future: calendar days, or business days when ``future_in_business_days``: Mondays to Fridays that are no
            holidays of the banks.
    """

    days_past: int
    days_future: int
    future_in_business_days: bool = False

    def admits(self, due: date, created: date) -> bool:
        """Whether ``due`` lies in the window around ``created``."""
        latest = created + timedelta(days=self.days_future)
        if self.future_in_business_days:
            latest = business_days_after(created, self.days_future)
        return created - timedelta(days=self.days_past) <= due <= latest


@lru_cache(maxsize=1024)
def business_days_after(day: date, count: int) -> date:
    """The last day on which no more than ``count`` business days have begun after ``day``.

    That is the eve of business day ``count + 1``: an item due on a Saturday is no later than one due on the Friday.
    """
    begun, latest = 0, day
    while True:
        following = latest + timedelta(days=1)
        begun += _is_business_day(following)
        if begun > count:
            return latest
        latest = following


def _is_business_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in _HOLIDAYS


CREDIT_WINDOW = DateWindow(days_past=30, days_future=173)
"""Usual limit of banks for credits."""

DEBIT_WINDOW = DateWindow(days_past=173, days_future=2, future_in_business_days=True)
"""Debits are stale after 173 days (Rule F1) and come no more than two business days ahead."""
