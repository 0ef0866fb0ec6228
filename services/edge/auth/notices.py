"""Telling the owner of an account what happened to it, and noting acts for the audit (LOG-8, L11, T2, OPS-7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from services.edge.sealing import Sealing
from shared import notices
from shared.clock import Clock, IdMaker
from shared.contracts.edge import ActRecorded
from shared.contracts.notification import NoticeKind
from shared.outbox import Work
from shared.telemetry import current_trace


class Notices:
    """Writes mails about access and notes for the audit."""

    def __init__(self, sealing: Sealing, *, clock: Clock, ids: IdMaker) -> None:
        self._writer = notices.Notices(sealing.notification, clock=clock, ids=ids)
        self._clock = clock
        self._ids = ids

    def mail(
        self,
        work: Work,
        kind: NoticeKind,
        account_id: str,
        *,
        values: Mapping[str, str | int | datetime] | None = None,
        secret: str | None = None,
    ) -> None:
        """Mail a notice to the access address of an account; ``secret`` is readable in the mail only."""
        self._writer.to_account(work, kind, account_id, values=values, secret=secret)

    def note(
        self,
        work: Work,
        act: str,
        account_id: str,
        *,
        result: Literal["success", "failure"] = "success",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Note an act of somebody whose affairs these are; ``act`` is a name of OWASP's logging vocabulary."""
        trace = current_trace()
        work.publish(
            ActRecorded(
                act=act,
                result=result,
                account_id=account_id,
                about=account_id,
                correlation_id=self._ids() if trace is None else trace.correlation_id,
                occurred_at=self._clock(),
                details=details or {},
            )
        )
