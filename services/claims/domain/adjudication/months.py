"""Calendar months, as contracts count them."""

from calendar import monthrange
from datetime import date

_MONTHS_IN_YEAR = 12


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later; the last day where the month is too short."""
    years, month_index = divmod(day.month - 1 + months, _MONTHS_IN_YEAR)
    year, month = day.year + years, month_index + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))
