"""Canadian bank holidays, from the ``holidays`` library."""

from collections.abc import Collection
from datetime import date
from typing import Final

import holidays

from services.payments.domain.business_days import IsHoliday

_CATEGORY: Final = "government"
"""Federal holidays: those on which Payments Canada clears nothing. Provincial ones delay no deposit elsewhere."""


def bank_holidays(closed: Collection[date] = ()) -> IsHoliday:
    """Whether banks are closed on a day: federal holidays as observed, and those that the bank announced (``closed``).

    Years are computed when they are asked for, and kept.
    """
    federal = holidays.country_holidays("CA", categories=_CATEGORY)
    announced = frozenset(closed)

    def is_holiday(day: date) -> bool:
        return day in announced or day in federal

    return is_holiday
