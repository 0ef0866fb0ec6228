"""What agents do in banking, for the audit (OPS-7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.banking.handlers.enrolment import BankingForbidden
from shared.contracts import Actor
from shared.contracts.banking_returns import ReturnsActRecorded
from shared.envelopes import Received
from shared.outbox import Work

AGENT: Final = "agent"


def require_agent(actor: Actor) -> None:
    """Raise ``BankingForbidden`` unless the caller is an agent."""
    if AGENT not in actor.roles:
        raise BankingForbidden


async def tell(work: Work, *, received: Received[Any], act: str, at: datetime, details: Mapping[str, str]) -> None:
    """Record that the caller did something."""
    work.publish(
        ReturnsActRecorded(
            act=act,
            account_id=received.require_actor().account_id,
            correlation_id=received.correlation_id,
            occurred_at=at,
            details=details,
        )
    )
