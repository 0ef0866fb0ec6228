"""Noting acts for the audit, in the same transaction as what was done (OPS-7, DEL-7)."""

from collections.abc import Mapping
from typing import Any, Literal

from shared.clock import Clock, utc_now
from shared.contracts.identity import RosterReport
from shared.contracts.identity.access import ActRecorded
from shared.envelopes import Received
from shared.outbox import Work


def note(
    work: Work,
    received: Received[Any],
    act: str,
    *,
    about: str | None = None,
    account_id: str | None = None,
    result: Literal["success", "failure"] = "success",
    details: Mapping[str, str] | None = None,
    clock: Clock = utc_now,
) -> None:
    """Publish ``ActRecorded``: ``act`` is a name of OWASP's vocabulary, ``about`` the account, provider or dossier
    whose affairs it concerns; who did it, and for whom, comes from the message's actor unless ``account_id`` says it.
    """
    actor = received.actor
    work.publish(
        ActRecorded(
            act=act,
            result=result,
            account_id=account_id or (None if actor is None else actor.account_id),
            on_behalf_of=None if actor is None else actor.on_behalf_of,
            about=about,
            correlation_id=received.correlation_id,
            occurred_at=clock(),
            details=details or {},
        )
    )


def note_load(work: Work, received: Received[Any], what: str, report: RosterReport, *, clock: Clock) -> None:
    """Note that an agent loaded a slice of the roster or of a register, whatever came of it (REG-20)."""
    counts = {"accepted": report.accepted, "unchanged": report.unchanged, "rejected": len(report.rejected)}
    details = {"what": what} | {name: str(count) for name, count in counts.items()}
    note(work, received, "sensitive_update", details=details, clock=clock)
