"""Walking the audit from day to day, in constant memory, up to the first thing that is wrong (OPS-7, U3)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.identity.domain.audit import first_head_follows, position, start_of
from services.identity.domain.audit_verification import Wrong, entry_fault, head_fault
from services.identity.ports import AuditRepository, HeadRepository

DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Walked:
    """What was looked at, and the first wrong thing among it, if any. ``head`` is the digest of the last head."""

    entries: int = 0
    heads: int = 0
    head: str | None = None
    wrong: Wrong | None = None


async def verify_audit(
    audit: AuditRepository, heads: HeadRepository, *, since: date | None, today: date, heads_due_until: date
) -> Walked:
    """Check all days, or those from ``since`` on, whose chain then starts at the head of the day before.

    Args:
        audit: The entries.
        heads: The signed heads.
        since: First day to look at, if not the very first.
        today: Last day that may have entries.
        heads_due_until: Days up to this one must have a head by now.
    """
    walked = Walked()
    first = await first_day(audit, heads)
    if first is None:
        return walked
    day, walked.head = first, first_head_follows(first)
    if since is not None and since > first:
        before = await heads.get(since - DAY)
        walked.head = None if before is None else before.head.digest
        if before is None or not before.genuine:
            walked.wrong = Wrong(f"head of {(since - DAY).isoformat()}", "missing or not signed by a key of ours")
        day = since
    while day <= today and walked.wrong is None:
        await _walk_day(walked, day, audit, heads, due=day <= heads_due_until)
        day += DAY
    return walked


async def first_day(audit: AuditRepository, heads: HeadRepository) -> date | None:
    """The day on which the audit begins, as far as it is there."""
    days = [day for day in (await audit.first_day(), await heads.first_day()) if day is not None]
    return min(days, default=None)


async def _walk_day(walked: Walked, day: date, audit: AuditRepository, heads: HeadRepository, *, due: bool) -> None:
    tail, signed = start_of(day), await heads.get(day)
    try:
        async for entry in audit.entries_of(day):
            walked.wrong = entry_fault(tail, entry)
            if walked.wrong is not None:
                return
            tail = entry.tail
            walked.entries += 1
    except (LookupError, TypeError, AttributeError, ValueError):
        walked.wrong = Wrong(position(day, tail.seq + 1), "is no entry any more")
        return
    if signed is None and tail.closed:  # closed meanwhile: entry and head came together
        signed = await heads.get(day)
    walked.wrong = head_fault(signed, tail, previous=walked.head or "", due=due)
    if signed is not None and walked.wrong is None:
        walked.heads += 1
        walked.head = signed.head.digest
