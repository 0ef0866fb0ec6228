"""Time and identifiers as parameters: real ones here, fixed ones in tests."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import uuid_utils

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""

IdMaker = Callable[[], str]
"""Returns a new unique identifier."""

BUSINESS_ZONE = ZoneInfo("America/Toronto")


def utc_now() -> datetime:
    """Present instant in UTC, cut to milliseconds: what MongoDB stores, so that a value survives a round trip."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def business_day(instant: datetime) -> date:
    """Calendar day of an instant where the business is (America/Toronto, daylight saving included)."""
    return instant.astimezone(BUSINESS_ZONE).date()


def new_id() -> str:
    """UUIDv7 as text: unique, and ordered by time of making (RFC 9562)."""
    return str(uuid_utils.uuid7())
