"""Noting acts for the audit, in the same transaction as what was done (OPS-7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.contracts.banking_details import ActRecorded
from shared.envelopes import Received
from shared.outbox import Work


def note(
    work: Work, received: Received[Any], act: str, *, about: str, details: Mapping[str, str], at: datetime
) -> None:
    """Publish ``ActRecorded``: ``act`` is a name of OWASP's vocabulary, ``about`` whose affairs it concerns; who did it
    is the message's actor.
    """
    work.publish(
        ActRecorded(
            act=act,
            account_id=received.require_actor().account_id,
            about=about,
            correlation_id=received.correlation_id,
            occurred_at=at,
            details=details,
        )
    )
