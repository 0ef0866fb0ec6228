"""Cases: accounts that were disabled and wait for what an agent decides (LOG-8)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseStatus(StrEnum):
    """``open`` until an agent decides."""

    OPEN = "open"
    REINSTATED = "reinstated"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Why an account was disabled, and what became of it. ``resolved_by`` is the agent's account."""

    case_id: str
    account_id: str
    user_name: str
    display_name: str
    reason: str
    signals: tuple[str, ...]
    opened_at: datetime
    status: CaseStatus = CaseStatus.OPEN
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    note: str = ""
