"""The feed of public events: every one of them, once, in an order that never changes (SUB-4)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from services.payments.domain.subscriber_errors import CursorUnreadable

START: Final = 0
"""Before the first event."""
_PREFIX: Final = b"feed:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEvent:
    """An event that systems outside may hear; ``body`` is its CloudEvent in JSON, exactly as it was published."""

    event_id: str
    wire_type: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """A public event with its place in the feed: 1, 2, 3, … without a gap."""

    position: int
    event: PublicEvent


def cursor_of(position: int) -> str:
    """The cursor that stands behind ``position``; opaque to whoever keeps it."""
    return base64.urlsafe_b64encode(_PREFIX + str(position).encode()).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """The position behind which ``cursor`` stands.

    Raises:
        CursorUnreadable: it is none of ours.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorUnreadable from error
    digits = text.removeprefix(_PREFIX)
    if not text.startswith(_PREFIX) or not digits.isdigit() or len(digits) > 15:  # noqa: PLR2004 - beyond any feed
        raise CursorUnreadable
    return int(digits)
